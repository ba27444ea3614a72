// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/build_frames.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/reconstruct/stream.hpp"
#include "difftrack/reconstruct/tracks_file.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  std::vector<std::string> files;
  std::string detector = "bergen-dtc";
  std::string model;
  std::string output = "tracks";
  bool write_graph = false, quiet = false;
  detector::FrameConfig frames;
  assign::AssignConfig assign;
};

void print_report(const reconstruct::SourceReport& report, const std::map<std::string, std::int64_t>& no_tracks) {
  for (const std::string& warning : report.warnings) fmt::print(stderr, "warning: {}\n", warning);
  const auto note = [](std::int64_t count, const char* what) {
    if (count > 0) fmt::print("  {:>9} {}\n", count, what);
  };
  note(report.merge.duplicates, "steps dropped: equal to one before");
  note(report.merge.small, "hits dropped: cluster below the detector's minimum");
  note(report.frames.cut_off, "hits dropped: behind the first empty layer of their frame");
  note(report.frames.partial_events, "events dropped: incomplete last frame");
  for (const auto& [reason, frames] : no_tracks) fmt::print("  {:>9} frames without tracks: {}\n", frames, reason);
}

void reconstruct_files(const Options& options) {
  const detector::Detector detector = detector::read_detector(options.detector);
  core::check_fields(options.frames, "");
  for (const std::string& file : options.files)
    if (!std::filesystem::is_regular_file(file)) throw core::InputError({file, "", ""}, "no such file");
  const std::string model = core::find_shipped("models", options.model.empty() ? detector.name : options.model,
                                               ".safetensors");
  const reconstruct::NetworkReconstruction chain(
      detector, network::SegmentScorer(network::read_weights(model), model), options.assign);

  reconstruct::TracksMeta meta;
  meta.method = "network";
  meta.model = model;
  meta.assignment = options.assign.mode;
  meta.detector = detector.name;
  meta.thresholds = detector.thresholds;
  meta.per_frame = options.frames.per_frame;
  meta.sources = options.files;
  reconstruct::TracksWriter writer(options.output, meta, options.write_graph);
  reconstruct::FrameSource source(options.files, detector, options.frames);
  const auto counts = reconstruct::reconstruct_stream(
      source, chain, options.assign.threads,
      [&](const event::Frame& frame, std::int32_t file, const reconstruct::FrameResult& result) {
        writer.add(frame, file, result);
      },
      options.quiet ? core::ProgressCallback{} : progress_bar("frames"));
  writer.commit();
  if (options.quiet) return;
  fmt::print("{}: {} tracks from {} hits in {} frames\n", writer.npz_path(), counts.tracks, counts.hits,
             counts.frames);
  print_report(source.report(), writer.no_tracks());
}

}  // namespace

void add_reconstruct_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("reconstruct", "hits → tracks, as .npz and .csv");
  auto options = std::make_shared<Options>();
  command->add_option("files", options->files, "Files of steps or hits (.npz, .npy, .csv)")->required();
  command->add_option("-d,--detector", options->detector, "Name of a shipped description or a .toml file")
      ->capture_default_str();
  command->add_option("-m,--model", options->model,
                      "Weights (.safetensors) or the name of a shipped model (default: the detector's)");
  command->add_option("-o,--output", options->output, "Writes NAME.npz and NAME.csv")->capture_default_str();
  command->add_flag("--write-graph", options->write_graph,
                    "Also write NAME.graph.npz: segments, logits and the assignment of every frame");
  command->add_flag("-q,--quiet", options->quiet, "Print nothing but errors");
  add_field_options(*command, options->frames, "Frames");
  add_field_options(*command, options->assign, "Assignment");
  command->footer(
      "Examples:\n"
      "  difftrack reconstruct steps.npz --per-frame 100 -o tracks\n"
      "  difftrack reconstruct gate.npz --detector gate-3mm-al --model my.safetensors --mode free\n"
      "  difftrack reconstruct a.npz b.npz --threads 8 --write-graph -o run7");
  command->callback([options, &run] { run = [options] { reconstruct_files(*options); }; });
}

}  // namespace difftrack::cli
