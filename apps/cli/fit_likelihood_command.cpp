// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/hit_options.hpp"
#include "apps/cli/input_options.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/reading_options.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "difftrack/reconstruct/frame_source.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/fit_without_truth.hpp"
#include "difftrack/track/joint/likelihood.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  InputOptions input;
  std::string detector = "bergen-dtc", output = "likelihood.safetensors", source, start;
  bool quiet = false, without_truth = false;
  int threads = 0;
  detector::FrameConfig frames;
  detector::HitConfig hits;
  ReadingOptions reading;
  track::PhysicsConfig physics;
  track::LikelihoodFitConfig fit;
  track::TruthFreeFitConfig alone;
};

/// Decides and counts in turn: frames are kept, some 40 bytes a hit.
track::Likelihood fit_without_truth(const Options& options, const detector::Detector& detector,
                                    reconstruct::FrameSource& source, std::int64_t& hits) {
  std::vector<event::Frame> frames;
  event::Frame frame;
  for (std::int32_t file = 0; source.next(frame, file);) {
    hits += static_cast<std::int64_t>(frame.hits.size());
    frames.push_back(frame);
  }
  std::optional<track::Likelihood> start;
  if (!options.start.empty()) {
    const std::string file = core::find_shipped("likelihoods", options.start, ".safetensors");
    start = track::read_likelihood(file);
    if (start->detector != detector.name)
      throw core::InputError({file, "detector", start->detector},
                             "but the hits are taken for those of '" + detector.name + "'");
  }
  const track::FitWithoutTruth fit(detector, options.physics, options.fit, options.alone);
  return fit(frames, start, options.source, options.threads, [&](const track::TruthFreeRound& done) {
    stop_if_interrupted();
    if (!options.quiet)
      fmt::print("round {}: {} links, {:.2f} % new\n", done.round, done.links,
                 100.0 * static_cast<double>(done.changed) / static_cast<double>(done.links));
  });
}

void fit_likelihood(const Options& options) {
  detector::Detector detector = detector::read_detector(options.detector);
  apply_reading_options(options.reading, detector);
  detector::check_frames(options.frames, "");
  const std::vector<std::string> files = options.input.files(reconstruct::hits_in_folder());
  std::vector<std::string> inputs = files;
  inputs.insert(inputs.end(), {options.detector, options.start, options.input.files_from});
  check_outputs({options.output}, inputs);
  // Frames are only counted, so that a file out of order may as well be grouped from the start.
  reconstruct::FrameSource source(files, detector, options.frames, options.hits, options.reading.input,
                                  {files.begin(), files.end()});
  if (options.without_truth) {
    std::int64_t hits = 0;
    track::write_likelihood(options.output, fit_without_truth(options, detector, source, hits));
    if (!options.quiet)
      fmt::print("{}: likelihood of {} from {} hits without truth\n", options.output, detector.name, hits);
    return;
  }
  track::LikelihoodFit fit(detector, options.physics, options.fit);
  event::Frame frame;
  for (std::int32_t file = 0; source.next(frame, file);) {
    stop_if_interrupted();
    if (frame.hits.size() > 0 && (!frame.hits.has_truth() || frame.hits.primary.empty()))
      throw core::InputError({files[static_cast<std::size_t>(file)], "", ""},
                             "has no truth (eventID and parentID), which a likelihood is fitted to");
    fit.add(frame);
  }
  track::write_likelihood(options.output, fit.finish(options.source));
  if (!options.quiet) fmt::print("{}: likelihood of {} from {} hits\n", options.output, detector.name, fit.hits());
}

}  // namespace

void add_fit_likelihood_command(CLI::App& app, std::function<void()>& run) {
  auto* command =
      app.add_subcommand("fit-likelihood", "hits, with truth or without → what --method joint knows of a detector");
  auto options = std::make_shared<Options>();
  options->frames.per_frame = 100;
  add_input_options(*command, options->input, "Files of steps, hits or, without truth, pixels (.npz, .npy, text)");
  command->add_option("-d,--detector", options->detector, "Name of a shipped description or a .toml file.")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Name of the file (.safetensors).")->capture_default_str();
  command->add_option("--source", options->source, "Sentence about the hits, kept in the file.");
  command->add_flag("--without-truth", options->without_truth,
                    "Tracks are decided and counted in turn; what the files say of truth is not read.");
  command->add_option(
      "--start", options->start,
      "Likelihood (.safetensors) or name of a shipped one for the first decision; none: physics alone.");
  command->add_option("--threads", options->threads, "Number of threads, without effect on the result; 0: all cores.")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  add_reading_options(*command, options->reading);
  add_hit_options(*command, options->hits);
  add_field_options(*command, options->frames, "Frames",
                    {"frame_time", "rate", "arrival_seed", "keep_partial", "max_hits_per_layer"});
  add_field_options(*command, options->physics, "Beam and matter, as --method joint is told them",
                    {"tail_share", "tail_width"});
  add_field_options(*command, options->fit, "Fit");
  add_field_options(*command, options->alone, "Without truth");
  command->footer(
      "Examples:\n"
      "  difftrack simulate --phantom water:100 --primaries 40000 --seed 1 -o steps.npz\n"
      "  difftrack fit-likelihood steps.npz -o mine.safetensors\n"
      "  difftrack reconstruct other.npz --likelihood mine.safetensors\n"
      "  difftrack fit-likelihood measured.npz --without-truth --per-frame 50 -o own.safetensors");
  command->callback([options, command, &run] {
    run = [options, command] {
      check_hit_options(*command, options->hits);
      if (!options->without_truth) {
        const std::string why = "is of no use without --without-truth";
        for (const char* flag : {"--start", "--threads"}) refuse_option(*command, flag, why);
        refuse_field_options<track::TruthFreeFitConfig>(*command, why);
      }
      run_interruptible([&] { fit_likelihood(*options); });
    };
  });
}

}  // namespace difftrack::cli
