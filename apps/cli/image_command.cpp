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

struct Options {
  ScanOptions scan;
  image::ImageMethod method = image::ImageMethod::Fbp;
  image::Drop::Config drop;
  std::string output = "image.mha";
};

void make_image(const Options& options) {
  image::OpenScan scan = open_scan(options.scan);
  check_outputs({options.output}, scan.files);
  const image::Image image = image::image_of_scan(
      scan, options.scan, options.method, options.drop, options.scan.threads,
      scan_progress(options.scan, options.method == image::ImageMethod::Drop ? "views of all sweeps" : "views"));
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
    if (options->method != image::ImageMethod::Drop)
      refuse_field_options<image::Drop::Config>(*command, "is of no use to --method fbp");
    run = [options] { run_interruptible([&] { make_image(*options); }); };
  });
}

}  // namespace difftrack::cli
