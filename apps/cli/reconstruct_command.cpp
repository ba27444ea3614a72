// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/file_queue.hpp"
#include "apps/cli/hit_options.hpp"
#include "apps/cli/input_options.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/reading_options.hpp"
#include "apps/cli/root_files.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/event/io/tracks_file.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "difftrack/reconstruct/methods.hpp"
#include "difftrack/reconstruct/stream.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "difftrack/track/build_tracks.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  InputOptions input;
  std::string tree;
  std::string detector = "bergen-dtc";
  reconstruct::MethodConfig method;
  std::string output = "tracks";
  bool write_graph = false, quiet = false, each = false;
  std::string shard, given;  // part of the files; what was said on the command line
  detector::FrameConfig frames;
  detector::HitConfig hits;
  ReadingOptions reading;
  int threads = 0;
};

// An option that changes nothing is a misunderstanding, better told than obeyed in silence.
void check_options(const CLI::App& command, const Options& options) {
  check_hit_options(command, options.hits);
  using reconstruct::Tracking;
  const Tracking method = options.method.method;
  const std::string why = "is of no use to --method " + std::string(core::name_of(method));
  if (!reconstruct::uses_assign(method))
    refuse_field_options<assign::AssignConfig>(command, why + ", which has an assignment of its own", {"threads"});
  if (!reconstruct::uses_physics(method)) refuse_field_options<track::PhysicsConfig>(command, why);
  if (reconstruct::uses_likelihood(method)) {
    for (const char* field : reconstruct::kNotOfLikelihood)
      refuse_option(command, flag_name(field), why + ", whose kinks are those of its likelihood");
  } else {
    refuse_option(command, "--likelihood", why);
  }
  if (method == Tracking::Policy) {
    for (const char* field : reconstruct::kNotOfPolicy) refuse_option(command, flag_name(field), why);
  } else if (method != Tracking::Joint) {
    refuse_field_options<track::JointConfig>(command, why);
  }
  if (method != Tracking::Policy) refuse_field_options<policy::PolicyConfig>(command, why);
  if (method != Tracking::Follower) refuse_field_options<track::FollowerConfig>(command, why);
  if (!reconstruct::uses_model(method)) refuse_option(command, "--model", why);
  if (options.frames.frame_time > 0.0)
    refuse_option(command, "--per-frame", "is of no use to --frame-time: its windows decide what a frame holds");
  if (options.frames.rate <= 0.0) refuse_option(command, "--arrival-seed", "is of no use without --rate");
  if (options.output == event::kStandardOutput)
    refuse_option(command, "--write-graph", "is of no use to --output -, which writes no files");
}

void print_report(std::FILE* to, const reconstruct::SourceReport& report, const event::TrackCuts& cuts,
                  const detector::Thresholds& thresholds, const std::map<std::string, std::int64_t>& no_tracks,
                  const ReadableFiles& readable) {
  for (const std::string& note : report.notes) fmt::print(stderr, "note: {}\n", readable.named(note));
  for (const std::string& warning : report.warnings) fmt::print(stderr, "warning: {}\n", readable.named(warning));
  for (const std::string& warning : track::cut_warnings(cuts, thresholds)) fmt::print(stderr, "warning: {}\n", warning);
  const auto note = [to](std::int64_t count, const std::string& what) {
    if (count > 0) fmt::print(to, "  {:>9} {}\n", count, what);
  };
  note(report.merge.duplicates, "steps dropped: equal to one before");
  note(report.merge.folded, "steps of electrons near their parent joined its hit");
  note(report.merge.mixed, "hits with pixels of several primaries");
  note(report.merge.crowded, "hits of three primaries or more, of which truth names two");
  note(report.merge.small, "hits dropped: cluster below the detector's minimum");
  note(report.frames.cut_off, "hits dropped: behind the first empty layer of their frame");
  note(report.frames.partial_events, "events dropped: incomplete last frame");
  note(report.frames.empty_windows, "windows of time between the frames without a hit");
  note(cuts.too_short, fmt::format("chains dropped: fewer than {} hits", thresholds.min_track_hits));
  note(cuts.faint_end, fmt::format("chains dropped: last hit not above {:g} MeV", thresholds.last_hit_edep));
  note(cuts.doubtful, "tracks dropped: not likely enough to be of one proton of the beam (--min-track-confidence)");
  std::vector<std::pair<std::int64_t, std::string>> reasons;
  reasons.reserve(no_tracks.size());
  for (const auto& [reason, frames] : no_tracks) reasons.emplace_back(-frames, reason);
  std::sort(reasons.begin(), reasons.end());  // most frequent first
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, reasons.size()); ++i)
    fmt::print(to, "  {:>9} frames without tracks: {}\n", -reasons[i].first, reasons[i].second);
  if (reasons.size() > kShown)
    fmt::print(to, "  {:>9} more reasons, all in the file's meta\n", reasons.size() - kShown);
}

/// One pass over the input; `grouped` names files whose events are known not to be in order.
void reconstruct_once(const Options& options, const detector::Detector& detector, const reconstruct::Method& method,
                      const std::vector<std::string>& files, const ReadableFiles& readable,
                      const std::set<std::string>& grouped) {
  event::TracksMeta meta;
  meta.method = core::name_of(options.method.method);
  meta.model = method.model;
  meta.assignment = method.assignment;
  meta.detector = detector.name;
  reconstruct::set_thresholds(meta, method.thresholds);
  meta.per_frame = options.frames.frame_time > 0.0 ? 0 : options.frames.per_frame;
  meta.frame_time = options.frames.frame_time;
  meta.sources = files;
  event::TracksWriter writer(options.output, meta, options.write_graph);
  reconstruct::FrameSource source(readable.paths(), detector, options.frames, options.hits, options.reading.input,
                                  grouped);
  const auto counts = readable.name_errors([&] {
    return reconstruct::reconstruct_stream(
        source, *method.reconstruct, options.threads,
        [&](const event::Frame& frame, std::int32_t file, const reconstruct::FrameResult& result) {
          stop_if_interrupted();
          reconstruct::write_result(writer, frame, file, result);
        },
        options.quiet ? core::ProgressCallback{} : progress_bar("frames"));
  });
  writer.commit();
  if (options.quiet) return;
  std::FILE* const to = options.output == event::kStandardOutput ? stderr : stdout;  // beside the tracks
  fmt::print(to, "{}: {} tracks from {} hits in {} frames\n", writer.name(), counts.tracks, counts.hits, counts.frames);
  for (const std::string& warning : reconstruct::warnings_of_other_hits(method, detector.name, source.report()))
    fmt::print(stderr, "warning: {}\n", warning);
  print_report(to, source.report(), counts.cuts, method.thresholds, writer.meta().no_tracks, readable);
}

void reconstruct_files(const Options& options) {
  detector::Detector detector = detector::read_detector(options.detector);
  apply_reading_options(options.reading, detector);
  detector::check_frames(options.frames, "");
  const std::vector<std::string> files = options.input.files(reconstruct::hits_in_folder());
  std::vector<std::string> inputs = files;
  inputs.insert(inputs.end(),
                {options.detector, options.method.model, options.method.likelihood, options.input.files_from});
  check_outputs(event::tracks_file_names(options.output, options.write_graph), inputs);
  const reconstruct::Method method = reconstruct::make_method(options.method, detector);
  if (reconstruct::cost_is_of_no_use(options.method, method))
    throw core::InputError({"", "--unassigned-cost", fmt::format("{}", options.method.assign.unassigned_cost)},
                           "is of no use to --mode forced");
  const ReadableFiles readable(files, options.tree, options.quiet);

  // A file whose events turn out not to be in order is read anew, grouped; no file has been written by then. What went
  // to standard output cannot be taken back, so that order is made there before.
  std::set<std::string> grouped;
  if (options.output == event::kStandardOutput) grouped.insert(readable.paths().begin(), readable.paths().end());
  for (;;) {
    try {
      return reconstruct_once(options, detector, method, files, readable, grouped);
    } catch (const detector::EventsOutOfOrder& found) {
      grouped.insert(found.file);
    }
  }
}

/// Every input file into a tracks file of its own, in the folder of the output.
void reconstruct_each(const Options& options) {
  const std::vector<std::string> files = options.input.files(reconstruct::hits_in_folder());
  FileQueue queue{options.output, options.given, options.shard, options.quiet, {}};
  for (const std::string& file : files) queue.names.push_back(std::filesystem::path(file).stem().string());
  queue.run([&](std::size_t i) {
    Options one = options;
    one.input = {{files[i]}, ""};
    one.output = queue.path(i);
    one.quiet = true;
    reconstruct_files(one);
  });
}

}  // namespace

void add_reconstruct_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("reconstruct", "hits → tracks, as .npz and .csv");
  auto options = std::make_shared<Options>();
  add_input_options(*command, options->input, "Files of steps, hits or pixels (.npz, .npy, text, ROOT)");
  command->add_option("--tree", options->tree, kTreeHelp);
  command->add_option("-d,--detector", options->detector, "Name of a shipped description or a .toml file.")
      ->capture_default_str();
  add_choice_option(*command, "--method", options->method.method, "Way from a frame to tracks.");
  command->add_option("-m,--model", options->method.model,
                      "Weights (.safetensors) or the name of a shipped model, for --method network, which it implies, "
                      "and combined, none: the detector's; for joint and policy a trained one, none: without.");
  command->add_option("--likelihood", options->method.likelihood,
                      "Likelihood (.safetensors) or the name of a shipped one; none: the detector's.");
  command
      ->add_option("-o,--output", options->output,
                   "Name of NAME.npz and NAME.csv; -: the CSV alone, to standard output.")
      ->capture_default_str();
  command->add_flag("--write-graph", options->write_graph,
                    "Segments, logits and the assignment of every frame in NAME.graph.npz, too.");
  command->add_flag("--each", options->each,
                    "Tracks files of their own for all input files, in the folder --output; a killed run goes on.");
  command->add_option("--shard", options->shard,
                      "Part i/n of the files with --each, on machines that share the folder; mpirun needs none.");
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  add_reading_options(*command, options->reading);
  add_hit_options(*command, options->hits);
  add_field_options(*command, options->frames, "Frames");
  command->add_option("--threads", options->threads, "Number of threads, without effect on the result; 0: all cores.")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  add_field_options(*command, options->method.assign,
                    "Assignment of a network's scores (default: the model's own) or the oracle's", {"threads"});
  add_field_options(*command, options->method.joint, "Method joint, and of a policy --min-track-confidence");
  add_field_options(*command, options->method.policy, "Method policy");
  add_field_options(*command, options->method.physics, "Methods physics, combined, joint and policy");
  add_field_options(*command, options->method.follower, "Method follower");
  command->footer(
      "Examples:\n"
      "  difftrack reconstruct steps.npz --per-frame 100 -o tracks\n"
      "  difftrack reconstruct gate.npz --detector gate-3mm-al --model my.safetensors --mode free\n"
      "  difftrack reconstruct gate.npz --detector gate-3mm-al --method physics --beam-energy 250\n"
      "  difftrack reconstruct steps.npz --per-frame 100 --method network\n"
      "  difftrack reconstruct steps.npz --per-frame 100 --method policy --model runs/policy/model.safetensors\n"
      "  difftrack reconstruct steps.npz --per-frame 150 --method joint --model runs/joint/model.safetensors\n"
      "  difftrack reconstruct steps.npz --per-frame 300 --min-confidence 0.5\n"
      "  difftrack reconstruct steps.npz --hits pixels --pixel-noise 5 --per-frame 100 -o tracks\n"
      "  difftrack reconstruct pixels.npz --detector groningen-w --method follower\n"
      "  difftrack reconstruct gate.npz --frame-time 5us --rate 1e7       frames of 5 us of a beam of 10 million a "
      "second\n"
      "  difftrack reconstruct mine.csv --length-unit cm --energy-unit keV --beam-axis -z\n"
      "  difftrack reconstruct steps.npz -q -o - | head -3\n"
      "  difftrack reconstruct 'run*/hits*.npz' more/ --per-frame 100 -o all\n"
      "  difftrack reconstruct gate.root --tree Hits --detector gate-3mm-al --method physics --beam-energy 250\n"
      "  difftrack reconstruct 'run*/steps*.npz' --each --shard 0/4 -o tracks\n"
      "  difftrack reconstruct a.npz b.npz --threads 8 --write-graph -o run7");
  command->callback([options, command, &run] {
    if (command->count("--model") > 0 && command->count("--method") == 0)
      options->method.method = reconstruct::Tracking::Network;
    options->method.mode_given = command->count("--mode") > 0;
    options->method.cost_given = command->count("--unassigned-cost") > 0;
    options->method.order_given = command->count("--order") > 0;
    run = [options, command] {
      check_options(*command, *options);
      options->hits.pixels.threads = options->threads;
      if (!options->each) refuse_option(*command, "--shard", "is of no use without --each");
      options->given = given_options(*command, {"--threads", "--quiet", "--shard", "--output", "files"});
      run_interruptible([&] { options->each ? reconstruct_each(*options) : reconstruct_files(*options); });
    };
  });
}

}  // namespace difftrack::cli
