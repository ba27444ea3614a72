// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/image/protons_from_tracks.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/truth_tracks.hpp"

namespace difftrack::cli {

namespace {

struct CalibrateConfig {
  std::string detector = "bergen-dtc";
  double energy = 230.0;
  double thickest = 300.0;
  double step = 2.0;
  std::int64_t protons = 4000;
  std::int64_t seed = 1;
  std::int32_t threads = 0;

  static constexpr auto fields() {
    using C = CalibrateConfig;
    using core::field;
    return std::tuple{
        field("detector", &C::detector, "", "Shipped detector or TOML file."),
        field("energy", &C::energy, "MeV", {1, 330}, "Kinetic energy of the beam."),
        field("thickest", &C::thickest, "mm", {1, 2000}, "Largest thickness of water before the detector."),
        field("step", &C::step, "mm", {0.1, 100}, "Distance of the thicknesses."),
        field("protons", &C::protons, "", {100, 1e8}, "Beam protons through each thickness."),
        field("seed", &C::seed, "", {0, 9e18}, "Seed of all random numbers."),
        field("threads", &C::threads, "", {0, 1024}, "Number of threads, without effect on the result; 0: all cores."),
    };
  }
};

struct Options {
  CalibrateConfig config;
  image::RangeFinder::Config finder;
  image::RangeCalibration::Config fit;
  std::string output;
  bool quiet = false;
};

/// Frames and tracks from truth of protons behind `water` mm: simulated, merged, filtered as any tracks are.
template <class Use>
void each_frame(const CalibrateConfig& config, const detector::Detector& detector, double water, std::int64_t number,
                Use&& use) {
  simulate::SimulationConfig simulated;
  simulated.detector = config.detector;
  simulated.phantom = water > 0.0 ? fmt::format("water:{}", water) : "none";
  simulated.primaries = config.protons;
  simulated.seed = config.seed + number;  // of its own for each thickness
  simulated.threads = config.threads;
  simulated.beam.energy = config.energy;
  const simulate::Simulation simulation(simulated, detector);
  const event::Hits hits = detector::StepMerger(detector)(simulation.run());
  for (const event::Frame& frame : detector::build_frames(hits, {.per_frame = 100}).frames)
    use(frame, track::filter_tracks(frame, track::truth_tracks(frame), detector.thresholds));
}

std::string command_line(const Options& options) {
  std::string text = "difftrack calibrate";
  const auto add = [&]<class Config>(const Config& config) {
    core::for_each_field<Config>([&](const auto& each) {
      if (each.name != "threads")
        text += fmt::format(" {} {}", flag_name(each.name), core::field_text(each, each.of(config)));
    });
  };
  add(options.config);
  add(options.finder);
  add(options.fit);
  return text;
}

void calibrate(const Options& options) {
  const CalibrateConfig& config = options.config;
  const std::string description = core::find_shipped("detectors", config.detector, ".toml");
  const std::string output =
      options.output.empty() ? std::filesystem::path(description).replace_extension(".range").string() : options.output;
  check_outputs({output}, {description});
  core::AtomicFile file(output);  // fails now rather than after the simulation
  const detector::Detector detector = detector::read_detector(config.detector);
  const auto progress = options.quiet ? core::ProgressCallback{} : progress_bar("thicknesses");
  std::vector<double> waters;
  for (std::int64_t i = 0; config.step * static_cast<double>(i) <= config.thickest + 1e-9; ++i)
    waters.push_back(config.step * static_cast<double>(i));

  // What deposits are in units of the mean loss: the finder's own ranges tell, the second round with the first one's.
  double scale = 1.0;
  for (int round = 0; round < 2; ++round) {
    const image::RangeFinder finder(detector, options.finder, scale);
    image::DepositRatio ratio;
    each_frame(config, detector, waters[waters.size() / 2], static_cast<std::int64_t>(waters.size()) + round,
               [&](const auto& frame, const auto& tracks) { ratio.add(frame, tracks, finder); });
    scale *= ratio.ratio();
  }

  const image::RangeFinder finder(detector, options.finder, scale);
  image::PathFinder::Config beam;
  beam.beam.energy = config.energy;
  const image::PathFinder paths(detector, beam);
  std::vector<image::CalibrationStep> steps;
  for (const double water : waters) {
    stop_if_interrupted();
    image::CalibrationStep step{water, {}};
    each_frame(config, detector, water, static_cast<std::int64_t>(steps.size()),
               [&](const auto& frame, const auto& tracks) {
                 const auto ranges = ranges_behind_water(frame, tracks, finder, paths, water);
                 step.ranges.insert(step.ranges.end(), ranges.begin(), ranges.end());
               });
    steps.push_back(std::move(step));
    if (progress)
      progress({static_cast<std::int64_t>(steps.size()), static_cast<std::int64_t>(waters.size()),
                fmt::format("{} mm of water", water)});
  }
  const auto calibration = image::RangeCalibration::fit(detector, config.energy, scale, steps, options.fit);
  file.write(calibration.text(command_line(options)));
  file.commit();
  if (!options.quiet)
    fmt::print("{}: ranges {:.1f} to {:.1f} mm of water for 0 to {:g} mm, standard deviation {:.2f} to {:.2f} mm\n",
               output, calibration.knots().back().range, calibration.knots().front().range, config.thickest,
               calibration.knots().front().sd, calibration.knots().back().sd);
}

}  // namespace

void add_calibrate_command(CLI::App& app, std::function<void()>& run) {
  auto* command =
      app.add_subcommand("calibrate", "ranges in a detector against known thicknesses of water, for images");
  auto options = std::make_shared<Options>();
  add_field_options(*command, options->config, "Calibration");
  add_field_options(*command, options->finder, "Range of a track");
  add_field_options(*command, options->fit, "Table");
  command->add_option("-o,--output", options->output, "File to write (default: beside the description, NAME.range).");
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  command->footer(
      "Examples:\n"
      "  difftrack calibrate --detector my.toml\n"
      "  difftrack calibrate --detector bergen-dtc --energy 200 --thickest 240 -o bergen-200.range\n"
      "The same seed gives the same file to the byte for any number of threads.");
  command->callback([options, &run] { run = [options] { run_interruptible([&] { calibrate(*options); }); }; });
}

}  // namespace difftrack::cli
