// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
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
#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/parse_number.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/event/io/tracks_file.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "difftrack/reconstruct/stream.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/oracle.hpp"
#include "difftrack/track/physics_assignment.hpp"
#include "difftrack/track/straightness.hpp"

namespace difftrack::cli {

namespace {

/// How frames become tracks.
enum class Tracking { Joint, Network, Combined, Physics, Straightness, Follower, Oracle, Truth };
constexpr core::Choices<Tracking, 8> choices(Tracking) {
  return {{{Tracking::Joint, "joint", "no network, all hits of a frame decided together, the fewest errors"},
           {Tracking::Network, "network", "the published way: a network's scores, an assignment per layer pair"},
           {Tracking::Combined, "combined", "network and physics together"},
           {Tracking::Physics, "physics", "no network"},
           {Tracking::Straightness, "straightness", "angles alone"},
           {Tracking::Follower, "follower", "the classical baseline"},
           {Tracking::Oracle, "oracle", "truth as scores, the head-room of any network"},
           {Tracking::Truth, "truth", "the hits of each primary, what no method can do better"}}};
}

struct Options {
  InputOptions input;
  std::string tree;
  std::string detector = "bergen-dtc";
  Tracking method = Tracking::Joint;
  std::string model, likelihood;
  std::string output = "tracks";
  bool write_graph = false, quiet = false, each = false;
  std::string shard, given;  // part of the files; what was said on the command line
  detector::FrameConfig frames;
  detector::HitConfig hits;
  ReadingOptions reading;
  assign::AssignConfig assign;
  track::JointConfig joint;
  track::PhysicsConfig physics;
  track::FollowerConfig follower;
  int threads = 0;
  bool mode_given = false, cost_given = false;  // on the command line
};

struct Method {
  std::string model;                        // path of the weights; empty without a network
  std::string assignment;                   // forced or free
  std::optional<detector::HitSource> hits;  // what its model was trained on; none without a network
  std::string detector;                     // what its model was trained for; empty without a network
  std::unique_ptr<reconstruct::ReconstructFrame> reconstruct;
};

// The text of a model's metadata under `key`; `otherwise` where there is none.
std::string metadata(const network::Weights& weights, const std::string& key, const std::string& otherwise) {
  const auto found = weights.metadata.find(key);
  return found == weights.metadata.end() ? otherwise : found->second;
}

// The assignment that the model was chosen with, where the user asks for none; its cost also where the user asks for
// free assignment.
assign::AssignConfig assignment_for(const Options& options, const network::Weights& weights, const std::string& model) {
  assign::AssignConfig assign = options.assign;
  if (const std::string mode = metadata(weights, "assignment", ""); !mode.empty() && !options.mode_given)
    assign.mode = core::parse_choice<assign::AssignMode>(mode, model, "assignment");
  const std::string cost = metadata(weights, "unassigned_cost", "");
  if (assign.free() && !cost.empty() && !options.cost_given) {
    const auto number = core::parse_number(cost);
    if (!number) throw core::InputError({model, "unassigned_cost", cost}, "is no number");
    assign.unassigned_cost = *number;
  }
  core::check_fields(assign, model);
  return assign;
}

// An option that changes nothing is a misunderstanding, better told than obeyed in silence.
void check_options(const CLI::App& command, const Options& options) {
  check_hit_options(command, options.hits);
  const auto is = [&](std::initializer_list<Tracking> methods) {
    return std::find(methods.begin(), methods.end(), options.method) != methods.end();
  };
  const std::string why = "is of no use to --method " + std::string(core::name_of(options.method));
  if (!is({Tracking::Network, Tracking::Oracle}))
    refuse_field_options<assign::AssignConfig>(command, why + ", which has an assignment of its own", {"threads"});
  if (!is({Tracking::Physics, Tracking::Combined, Tracking::Joint}))
    refuse_field_options<track::PhysicsConfig>(command, why);
  if (is({Tracking::Joint})) {
    for (const char* flag : {"--tail-share", "--tail-width"})
      refuse_option(command, flag, why + ", whose kinks are those of its likelihood");
  } else {
    refuse_field_options<track::JointConfig>(command, why);
    refuse_option(command, "--likelihood", why);
  }
  if (!is({Tracking::Follower})) refuse_field_options<track::FollowerConfig>(command, why);
  if (!is({Tracking::Network, Tracking::Combined})) refuse_option(command, "--model", why);
  if (options.frames.frame_time > 0.0)
    refuse_option(command, "--per-frame", "is of no use to --frame-time: its windows decide what a frame holds");
  if (options.frames.rate <= 0.0) refuse_option(command, "--arrival-seed", "is of no use without --rate");
  if (options.output == event::kStandardOutput)
    refuse_option(command, "--write-graph", "is of no use to --output -, which writes no files");
}

// As check_options, once the mode is known; a network's may be its own.
void check_cost(const Options& options, const assign::AssignConfig& assign) {
  if (options.cost_given && !assign.free())
    throw core::InputError({"", "--unassigned-cost", fmt::format("{}", assign.unassigned_cost)},
                           "is of no use to --mode forced");
}

// The likelihood that was named, or the detector's own.
std::string likelihood_file(const Options& options, const detector::Detector& detector) {
  const std::string ending = ".safetensors";
  if (!options.likelihood.empty()) return core::find_shipped("likelihoods", options.likelihood, ending);
  const std::vector<std::string> names = core::shipped_names("likelihoods", ending);
  if (std::find(names.begin(), names.end(), detector.name) == names.end())
    throw core::InputError({"", "--likelihood", ""},
                           "none ships for detector '" + detector.name +
                               "'; 'difftrack fit-likelihood' makes one, and --method physics needs none");
  return core::find_shipped("likelihoods", detector.name, ending);
}

Method make_method(const Options& options, const detector::Detector& detector) {
  using namespace reconstruct;
  if (options.method == Tracking::Network || options.method == Tracking::Combined) {
    const std::string model =
        core::find_shipped("models", options.model.empty() ? detector.name : options.model, ".safetensors");
    const network::Weights weights = network::read_weights(model);
    network::SegmentScorer scorer(weights, model);
    const auto hits = core::parse_choice<detector::HitSource>(metadata(weights, "hits", "merged"), model, "hits");
    const std::string trained_for = metadata(weights, "detector", detector.name);
    if (options.method == Tracking::Combined)
      return {model, "free", hits, trained_for,
              std::make_unique<CombinedReconstruction>(detector, std::move(scorer), options.physics)};
    const assign::AssignConfig assign = assignment_for(options, weights, model);
    check_cost(options, assign);
    return {model, std::string(core::name_of(assign.mode)), hits, trained_for,
            std::make_unique<NetworkReconstruction>(detector, std::move(scorer), assign)};
  }
  if (options.method == Tracking::Follower)
    return {"", "none", {}, "", std::make_unique<FollowerReconstruction>(detector, options.follower)};
  if (options.method == Tracking::Truth) return {"", "none", {}, "", std::make_unique<TruthReconstruction>(detector)};
  if (options.method == Tracking::Straightness)
    return {
        "",
        "forced",
        {},
        "",
        std::make_unique<SegmentReconstruction>(detector, [](const event::Frame& frame, const graph::HitGraph& graph) {
          return track::assign_by_straightness(frame, graph);
        })};
  if (options.method == Tracking::Oracle) {
    assign::AssignConfig assign = options.assign;
    assign.threads = 1;  // frames are solved side by side
    check_cost(options, assign);
    return {"",
            std::string(core::name_of(assign.mode)),
            {},
            "",
            std::make_unique<SegmentReconstruction>(detector,
                                                    [assign](const event::Frame& frame, const graph::HitGraph& graph) {
                                                      return track::assign_by_truth(frame, graph, assign);
                                                    })};
  }
  if (options.method == Tracking::Joint) {
    const std::string file = likelihood_file(options, detector);
    track::Likelihood likelihood = track::read_likelihood(file);
    if (likelihood.detector != detector.name)
      throw core::InputError({file, "detector", likelihood.detector},
                             "but the hits are taken for those of '" + detector.name +
                                 "'; 'difftrack fit-likelihood' makes a likelihood for that");
    return {file,
            "free",
            {},
            "",
            std::make_unique<JointReconstruction>(detector, std::move(likelihood), options.joint, options.physics)};
  }
  auto physics = std::make_shared<track::PhysicsAssignment>(detector, options.physics);
  return {"",
          "free",
          {},
          "",
          std::make_unique<SegmentReconstruction>(
              detector,
              [physics](const event::Frame& frame, const graph::HitGraph& graph) { return (*physics)(frame, graph); })};
}

// A network takes hits for what it was trained on; hits of another kind or detector have other sizes, energies, places.
void warn_of_other_hits(const Method& method, const std::string& detector, const reconstruct::SourceReport& report) {
  if (!method.detector.empty() && method.detector != detector)
    fmt::print(stderr, "warning: the model was trained for detector '{}', but the hits are taken for those of '{}'\n",
               method.detector, detector);
  const bool pixels = method.hits == detector::HitSource::Pixels;
  const std::int64_t other = pixels ? report.merged_files : report.pixel_files;
  if (method.hits && other > 0)
    fmt::print(stderr, "warning: the model was trained on {} hits, but {} of the input files gave {} ones\n",
               pixels ? "pixel" : "merged", other, pixels ? "merged" : "pixel");
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
void reconstruct_once(const Options& options, const detector::Detector& detector, const Method& method,
                      const std::vector<std::string>& files, const ReadableFiles& readable,
                      const std::set<std::string>& grouped) {
  event::TracksMeta meta;
  meta.method = core::name_of(options.method);
  meta.model = method.model;
  meta.assignment = method.assignment;
  meta.detector = detector.name;
  reconstruct::set_thresholds(meta, detector.thresholds);
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
  warn_of_other_hits(method, detector.name, source.report());
  print_report(to, source.report(), counts.cuts, detector.thresholds, writer.meta().no_tracks, readable);
}

void reconstruct_files(const Options& options) {
  detector::Detector detector = detector::read_detector(options.detector);
  apply_reading_options(options.reading, detector);
  detector::check_frames(options.frames, "");
  const std::vector<std::string> files = options.input.files(reconstruct::hits_in_folder());
  std::vector<std::string> inputs = files;
  inputs.insert(inputs.end(), {options.detector, options.model, options.likelihood, options.input.files_from});
  check_outputs(event::tracks_file_names(options.output, options.write_graph), inputs);
  const Method method = make_method(options, detector);
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
  add_choice_option(*command, "--method", options->method, "Way from a frame to tracks.");
  command->add_option("-m,--model", options->model,
                      "Weights (.safetensors) or the name of a shipped model, for --method network, which it implies, "
                      "and combined; none: the detector's.");
  command->add_option("--likelihood", options->likelihood,
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
  add_field_options(*command, options->assign,
                    "Assignment of a network's scores (default: the model's own) or the oracle's", {"threads"});
  add_field_options(*command, options->joint, "Method joint");
  add_field_options(*command, options->physics, "Methods physics, combined and joint");
  add_field_options(*command, options->follower, "Method follower");
  command->footer(
      "Examples:\n"
      "  difftrack reconstruct steps.npz --per-frame 100 -o tracks\n"
      "  difftrack reconstruct gate.npz --detector gate-3mm-al --model my.safetensors --mode free\n"
      "  difftrack reconstruct gate.npz --detector gate-3mm-al --method physics --beam-energy 250\n"
      "  difftrack reconstruct steps.npz --per-frame 100 --method network\n"
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
    if (command->count("--model") > 0 && command->count("--method") == 0) options->method = Tracking::Network;
    options->mode_given = command->count("--mode") > 0;
    options->cost_given = command->count("--unassigned-cost") > 0;
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
