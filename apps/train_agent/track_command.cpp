// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apps/cli/input_options.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/root_files.hpp"
#include "apps/train_agent/commands.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/event/io/tracks_file.hpp"
#include "difftrack/learn/agent/agent_tracker.hpp"
#include "difftrack/learn/agent/agent_training.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "difftrack/reconstruct/stream.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "difftrack/track/metrics.hpp"

namespace difftrack::train_agent_app {

namespace {

struct Options {
  std::string model, output, detector;
  cli::InputOptions input;
  detector::FrameConfig frames;
  learn::AgentTrackerConfig tracker;
  bool quiet = false;
};

std::string percent(const track::Estimate& estimate) {
  if (std::isnan(estimate.value)) return "-";
  if (std::isnan(estimate.low)) return fmt::format("{:.1f}", 100 * estimate.value);
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", 100 * estimate.value, 100 * estimate.low, 100 * estimate.high);
}

/// What was found in all frames, and how good that is where there is truth.
void tell(const reconstruct::StreamCounts& counts, const std::vector<track::FrameCounts>& frames) {
  fmt::print("{} tracks from {} hits in {} frames; {} of {} walks accepted\n", counts.tracks, counts.hits,
             counts.frames, counts.tracks, counts.cuts.chains);
  if (frames.empty()) return;
  const track::Metrics metrics = track::summarise(frames);
  fmt::print("published purity {} %, efficiency {} %\nstrict    purity {} %, efficiency {} %\n",
             percent(metrics.published_purity), percent(metrics.published_efficiency), percent(metrics.strict_purity),
             percent(metrics.strict_efficiency));
}

/// One pass over the input; `grouped` names files whose events are known not to be in order.
void track_once(const Options& options, const detector::Detector& detector, const std::string& name,
                const learn::AgentReconstruction& agent, const std::vector<std::string>& files,
                const std::set<std::string>& grouped) {
  event::TracksMeta meta;
  meta.method = "agent";
  meta.model = options.model;
  meta.assignment = core::name_of(options.tracker.assignment);
  meta.detector = name;
  meta.per_frame = options.frames.per_frame;
  meta.sources = files;
  reconstruct::set_thresholds(meta, detector.thresholds);
  std::optional<event::TracksWriter> writer;
  if (!options.output.empty()) writer.emplace(options.output, meta, false);
  reconstruct::FrameSource source(files, detector, options.frames, {}, {}, grouped);
  std::vector<track::FrameCounts> counts;
  const reconstruct::StreamCounts all = reconstruct::reconstruct_stream(
      source, agent, 1,
      [&](const event::Frame& frame, std::int32_t file, const reconstruct::FrameResult& result) {
        cli::stop_if_interrupted();
        if (writer) reconstruct::write_result(*writer, frame, file, result);
        if (event::has_recorded_truth(frame))
          counts.push_back(track::evaluate_tracks(frame, result.tracks, detector.thresholds));
      },
      options.quiet ? core::ProgressCallback{} : cli::progress_bar("frames"));
  if (writer) writer->commit();
  for (const std::string& warning : source.report().warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (!options.quiet) tell(all, counts);
}

void track(const Options& options) {
  if (!options.output.empty() && options.tracker.assignment == learn::AgentAssignment::Shared)
    throw core::InputError(
        {"", "--output", options.output},
        "holds no hit on two tracks; say --assignment unique, or leave it out for the figures alone");
  const std::vector<std::string> files = options.input.files(reconstruct::hits_in_folder());
  cli::refuse_root_files(files);
  if (!options.output.empty()) {
    std::vector<std::string> inputs = files;
    inputs.insert(inputs.end(), {options.model, options.detector, options.input.files_from});
    cli::check_outputs(event::tracks_file_names(options.output, false), inputs);
  }
  const learn::ReadAgent agent = learn::read_agent(options.model);
  const detector::Detector detector =
      detector::read_detector(options.detector.empty() ? agent.detector : options.detector);
  const learn::AgentReconstruction reconstruction(learn::AgentTracker(agent.network, detector, options.tracker));
  std::set<std::string> grouped;
  for (;;) {
    try {
      return track_once(options, detector, detector.name, reconstruction, files, grouped);
    } catch (const detector::EventsOutOfOrder& found) {
      grouped.insert(found.file);
    }
  }
}

void check_options(const CLI::App& command, const Options& options) {
  if (options.tracker.assignment == learn::AgentAssignment::Shared)
    for (const char* flag : {"--leave-cost", "--seed-spread"})
      cli::refuse_option(command, flag, "is of no use to --assignment shared");
  if (options.tracker.seeds == learn::AgentSeeds::Truth)
    cli::refuse_option(command, "--seed-spread", "is of no use to --seeds truth");
}

}  // namespace

void add_track_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("track", "hits → tracks by a trained agent, as .npz and .csv");
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, "Agent of 'difftrack train-agent learn' (.safetensors).")->required();
  cli::add_input_options(*command, options->input, "Files of steps, hits or pixels (.npz, .npy, text)");
  command->add_option("-o,--output", options->output,
                      "Name of NAME.npz and NAME.csv, as of 'difftrack reconstruct'; none: the figures alone.");
  command->add_option("-d,--detector", options->detector,
                      "Name of a shipped description or a .toml file; none: the one the agent was trained for.");
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  cli::add_field_options(*command, options->frames, "Frames",
                         {"frame_time", "rate", "arrival_seed", "keep_partial", "max_hits_per_layer"});
  cli::add_field_options(*command, options->tracker, "Walkers");
  command->footer(
      "Examples:\n"
      "  difftrack train-agent track runs/agent/model.safetensors steps.npz --per-frame 50 -o tracks\n"
      "  difftrack evaluate tracks.npz\n"
      "  difftrack train-agent track model.safetensors steps.npz --per-frame 50 --seeds truth --assignment shared\n"
      "With truth, purity and efficiency are printed. The last one is the published way, whose tracks share hits.");
  command->callback([options, command, &run] {
    run = [options, command] {
      check_options(*command, *options);
      track(*options);
    };
  });
}

}  // namespace difftrack::train_agent_app
