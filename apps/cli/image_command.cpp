// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "apps/cli/commands.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/scan_options.hpp"
#include "difftrack/event/io/meta_image.hpp"
#include "difftrack/image/drop.hpp"

namespace difftrack::cli {

namespace {

/// How projections or paths become an image.
enum class Method { Fbp, Drop };
constexpr core::Choices<Method, 2> choices(Method) {
  return {{{Method::Fbp, "fbp", "filtered back projection of distance-driven projections"},
           {Method::Drop, "drop", "from that on, DROP with total-variation superiorisation"}}};
}

struct Options {
  ScanOptions scan;
  Method method = Method::Fbp;
  image::Drop::Config drop;
  std::string output = "image.mha";
};

// Sweeps over the views, again and again, from the image of the filtered back projection on.
image::Volume swept(const Options& options, const OpenScan& scan, image::Volume start) {
  const image::PathFinder finder(scan.detector, options.scan.config.paths);
  const image::RobustCuts cuts(options.scan.config.cuts);
  image::Drop drop(options.drop, std::move(start));
  const auto progress = scan_progress(options.scan, "views of all sweeps");
  const auto views = static_cast<std::int64_t>(scan.weights.size()), total = views * options.drop.sweeps;
  std::int64_t done = 0;
  for (std::int32_t sweep = 0; sweep < options.drop.sweeps; ++sweep) {
    double square = 0.0;
    for (image::View view; scan.source(view);) {
      image::CutCounts counts;
      const auto prepared = image::prepare(view, finder, cuts, scan.hull, options.scan.threads, counts);
      square += drop.add(prepared.paths, view.protons.wepl, prepared.keep, view.rotation, options.scan.threads);
      progress({++done, total, ""});
    }
    drop.superiorise();
    progress({done, total, fmt::format("rms difference {:.3f} mm", std::sqrt(square / static_cast<double>(views)))});
  }
  return drop.image();
}

void make_image(const Options& options) {
  OpenScan scan = open_scan(options.scan);
  check_outputs({options.output}, scan.files);
  auto spool = std::make_shared<image::ViewSpool>();
  image::ViewSink keep;  // what is gone through again has to be kept, on disk
  if (options.method == Method::Drop)
    keep = [&](const image::View& view, const image::PreparedView&) { spool->push(view); };
  image::Image image = image::back_project(scan.source, scan.weights, scan.detector, options.scan.config, scan.hull,
                                           options.scan.threads, scan_progress(options.scan, "views"), keep);
  if (options.method == Method::Drop) {
    scan.source = [spool](image::View& view) { return spool->next(view); };
    image.rsp = swept(options, scan, std::move(image.rsp));
  }
  event::write_meta_image(options.output, {image.rsp.counts, image.rsp.spacing, image.rsp.values});
  if (options.scan.quiet) return;
  const image::CutCounts& cuts = image.cuts;
  const auto share = [&](std::int64_t n) {
    return 100.0 * static_cast<double>(n) / static_cast<double>(std::max<std::int64_t>(1, cuts.protons));
  };
  fmt::print(
      "{}: {} views, {} protons; dropped {:.1f} % tail, {:.1f} % deflected, {:.1f} % unlike their neighbours; {} "
      "kept\n",
      options.output, image.views, cuts.protons, share(cuts.tail), share(cuts.misfit), share(cuts.wepl), cuts.kept);
  if (cuts.truth)
    fmt::print("pure: {:.2f} % of all, {:.2f} % of those kept\n", 100.0 - share(cuts.wrong),
               100.0 - 100.0 * static_cast<double>(cuts.kept_wrong) /
                           static_cast<double>(std::max<std::int64_t>(1, cuts.kept)));
  if (image.left_out > 0) fmt::print("{} tracks without hits on the first two planes left out\n", image.left_out);
}

}  // namespace

void add_image_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("image", "tracks of a scan to an image of relative stopping power");
  auto options = std::make_shared<Options>();
  add_scan_options(*command, options->scan);
  add_choice_option(*command, "--method", options->method, "Way to the image.");
  add_field_options(*command, options->drop, "Method drop");
  command->add_option("-o,--output", options->output, "The image to write, a MetaImage (.mha).")->capture_default_str();
  command->footer(
      "Examples:\n"
      "  difftrack image tracks.npz --hull cylinder:75 -o image.mha\n"
      "  difftrack image run*/tracks.npz --pixels 220 --window hann -o head.mha");
  command->callback([options, command, &run] {
    if (options->method != Method::Drop)
      refuse_field_options<image::Drop::Config>(*command, "is of no use to --method fbp");
    run = [options] { run_interruptible([&] { make_image(*options); }); };
  });
}

}  // namespace difftrack::cli
