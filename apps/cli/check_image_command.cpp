// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/input_options.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/reference_options.hpp"
#include "apps/cli/root_files.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "difftrack/reconstruct/methods.hpp"
#include "difftrack/reconstruct/swap_check.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  InputOptions input;
  std::string detector = "bergen-dtc", calibration, json;
  reconstruct::MethodConfig method;
  std::int32_t per_frame = 100;
  image::ImageConfig image;
  image::RangeFinder::Config finder;
  ReferenceConfig phantom;
  reconstruct::SwapCheckConfig check;
  std::vector<double> lambdas{0.1, 0.3, 1.0, 3.0, 10.0, 30.0};
  int threads = 0;
  bool quiet = false;
};

/// The phantom on the grid of the image.
image::Volume reference_volume(const Options& options) {
  image::Volume volume = image::make_volume(options.image.grid);
  const event::ReferenceImage fine =
      reference_of_phantom(options.phantom, volume.counts, volume.spacing, options.threads);
  const std::int64_t finer = options.phantom.finer;
  for (std::int64_t k = 0; k < fine.counts[2]; ++k)
    for (std::int64_t j = 0; j < fine.counts[1]; ++j)
      for (std::int64_t i = 0; i < fine.counts[0]; ++i)
        volume.values[volume.index(i / finer, j, k / finer)] +=
            fine.rsp[static_cast<std::size_t>((k * fine.counts[1] + j) * fine.counts[0] + i)] /
            static_cast<float>(finer * finer);
  return volume;
}

core::ProgressCallback progress(const Options& options, const std::string& unit) {
  const auto bar = options.quiet ? core::ProgressCallback{} : progress_bar(unit);
  return [bar](const core::Progress& progress) {
    stop_if_interrupted();
    if (bar) bar(progress);
  };
}

void print(const reconstruct::SwapCheck& check, double loss) {
  fmt::print("image loss {:.4g}; {} of {} swaps tried, {} of them change it, by {:.2g} (rms)\n\n", loss, check.tried,
             check.possible, check.changing, check.typical);
  fmt::print("{:<26} {:>8} {:>24} {:>8}   {:>8} {:>24}\n", "gradient", "% told", "% agree (95 % interval)", "by size",
             "% whole", "% agree (95 % interval)");
  const double n = static_cast<double>(std::max<std::int64_t>(1, check.changing));
  const auto interval = [](const track::Estimate& share) {
    return std::isnan(share.value)
               ? std::string("-")
               : fmt::format("{:.1f} ({:.1f} to {:.1f})", 100.0 * share.value, 100.0 * share.low, 100.0 * share.high);
  };
  for (const auto& way : check.ways)
    fmt::print("{:<26} {:>8.1f} {:>24} {:>8.1f}   {:>8.1f} {:>24}\n", way.name,
               100.0 * static_cast<double>(way.told) / n, interval(way.share), 100.0 * way.size_share,
               100.0 * static_cast<double>(way.whole) / n, interval(way.whole_share));
}

std::string json_of(const reconstruct::SwapCheck& check, double loss) {
  nlohmann::ordered_json ways = nlohmann::ordered_json::array();
  for (const auto& way : check.ways)
    ways.push_back({{"gradient", way.name},
                    {"told", way.told},
                    {"agree", way.agree},
                    {"share", way.share.value},
                    {"share_interval", {way.share.low, way.share.high}},
                    {"size_told", way.size_told},
                    {"share_by_size", way.size_share},
                    {"whole", way.whole},
                    {"whole_share", way.whole_share.value},
                    {"whole_interval", {way.whole_share.low, way.whole_share.high}}});
  const nlohmann::ordered_json all{{"loss", loss},         {"possible", check.possible},
                                   {"tried", check.tried}, {"changing", check.changing},
                                   {"rms", check.typical}, {"ways", ways}};
  return all.dump(1) + "\n";
}

void check_image_gradient(const CLI::App& command, Options options) {
  const std::vector<std::string> files = options.input.files(reconstruct::hits_in_folder());
  refuse_root_files(files);
  check_outputs({options.json}, files);
  for (const double lambda : options.lambdas)
    if (!(lambda > 0.0) || !std::isfinite(lambda))
      throw core::InputError({"", "--lambdas", fmt::format("{:g}", lambda)}, "has to be above 0");
  const detector::Detector detector = detector::read_detector(options.detector);
  const std::string named = options.calibration.empty() ? detector.name : options.calibration;
  const auto calibration = image::read_range_calibration(named);
  calibration.check_detector(detector, named);
  const std::string model =
      core::find_shipped("models", options.method.model.empty() ? detector.name : options.method.model, ".safetensors");
  const network::Weights weights = network::read_weights(model);
  options.method.mode_given = command.count("--mode") > 0;
  options.method.cost_given = command.count("--unassigned-cost") > 0;
  const assign::AssignConfig assign = reconstruct::assignment_for(options.method, weights, model);
  if (options.method.cost_given && !assign.free())
    throw core::InputError({"", "--unassigned-cost", fmt::format("{}", assign.unassigned_cost)},
                           "is of no use to --mode forced");
  const image::RangeFinder finder(detector, options.finder, calibration.deposit_scale());
  using Through = reconstruct::ImageGradient::Through;
  const reconstruct::ImageGradient by_wepl(detector, finder, calibration, Through::Wepl),
      by_cuts(detector, finder, calibration, Through::Cuts);
  reconstruct::FrameSource source(files, detector, {.per_frame = options.per_frame});
  const reconstruct::HeldScan scan =
      reconstruct::hold_scan(source, detector, network::SegmentScorer(weights, model), assign, by_cuts, options.image,
                             reference_volume(options), options.check, options.threads, progress(options, "frames"));
  const reconstruct::SwapCheck check = reconstruct::check_swaps(scan, by_wepl, by_cuts, options.lambdas, options.check,
                                                                options.threads, progress(options, "frames checked"));
  if (!options.json.empty()) {
    core::AtomicFile file(options.json);
    file.write(json_of(check, scan.loss.value()));
    file.commit();
  }
  if (!options.quiet) print(check, scan.loss.value());
}

}  // namespace

void add_check_image_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("check-image", "gradient of an image by the tracks' segments, against swaps");
  auto options = std::make_shared<Options>();
  add_input_options(*command, options->input, "Files of steps of a scan of a known phantom, view by view");
  command->add_option("-d,--detector", options->detector, "Name of a shipped description or a .toml file.")
      ->capture_default_str();
  command->add_option("-m,--model", options->method.model,
                      "Weights (.safetensors) or the name of a shipped model; none: the detector's.");
  command->add_option("--calibration", options->calibration,
                      "Range calibration, where it is not beside the description.");
  command->add_option("--per-frame", options->per_frame, "Events per frame.")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--lambdas", options->lambdas, "Steps of the estimators, scale-free.")->capture_default_str();
  command->add_option("--json", options->json, "File to write the figures to, too.");
  command->add_option("--threads", options->threads, "Number of threads, without effect on the result; 0: all cores.");
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  add_field_options(*command, options->method.assign, "Assignment (default: the model's own)", {"threads"});
  add_field_options(*command, options->image, "Image");
  add_field_options(*command, options->finder, "Range of a track");
  add_field_options(*command, options->phantom, "What it should be");
  add_field_options(*command, options->check, "Check");
  command->footer(
      "Example:\n"
      "  difftrack check-image scan --phantom ctp404 --hull cylinder:75 --pixels 84 --pixel 2 --per-frame 100");
  command->callback([options, command, &run] {
    if (options->phantom.phantom.phantom.empty() || options->phantom.phantom.phantom == "none")
      throw core::InputError({"", "--phantom", options->phantom.phantom.phantom},
                             "has to say what the image should be");
    run = [options, command] { run_interruptible([&] { check_image_gradient(*command, *options); }); };
  });
}

}  // namespace difftrack::cli
