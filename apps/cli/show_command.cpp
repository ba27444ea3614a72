// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "apps/cli/commands.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/viewer/event_data.hpp"
#include "apps/viewer/event_page.hpp"
#include "apps/viewer/phoenix.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/version.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  std::string tracks, output, phoenix, phantom = "auto";
  std::string detector;  ///< empty: by the name in the file
  std::int64_t frame = -1;
  bool one_frame = false;
  std::int64_t frames = 100;
};

std::optional<detector::Detector> detector_of(const Options& options, const event::TracksMeta& meta) {
  if (!options.detector.empty()) return detector::read_detector(options.detector);
  try {
    return detector::read_detector(meta.detector);
  } catch (const core::InputError&) {
    fmt::print(stderr, "detector '{}' is not at hand: planes and expectations are left out (--detector FILE.toml)\n",
               meta.detector);
    return std::nullopt;
  }
}

void show(const Options& options) {
  check_outputs({options.output, options.phoenix}, {options.tracks, options.detector});
  viewer::Choice choice{std::nullopt, options.frames};
  if (options.one_frame) choice.frame = options.frame;
  const viewer::EventData data = viewer::read_event_data(options.tracks, choice);
  const auto detector = detector_of(options, data.meta);
  std::optional<viewer::PhantomOutline> phantom;
  const auto& sources = data.meta.sources;
  if (detector) phantom = viewer::phantom_outline(options.phantom, sources.empty() ? "" : sources.front(), *detector);
  core::AtomicFile page(options.output);
  page.write(viewer::event_page(data, detector, phantom, core::version()));
  page.finish();
  if (!options.phoenix.empty()) {
    core::AtomicFile events(options.phoenix);
    events.write(viewer::phoenix_json(data));
    events.commit();
  }
  page.commit();
  fmt::print("{}: {} tracks and {} hits in {} of {} frames; open it in a browser\n", options.output, data.score.size(),
             data.x.size(), data.frames.size(), data.n_frames);
}

}  // namespace

void add_show_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("show", "event display of a tracks file, as one page for any browser");
  auto options = std::make_shared<Options>();
  command->add_option("tracks", options->tracks, "Tracks file (.npz) made by 'difftrack reconstruct'.")->required();
  command->add_option("-o,--output", options->output, "The .html to write.")->required();
  auto* frame =
      command->add_option("--frame", options->frame, "Number of the only frame shown; default: from the first on.");
  command->add_option("--frames", options->frames, "Largest number of frames in the page.")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->capture_default_str()
      ->excludes(frame);
  command->add_option("--detector", options->detector,
                      "Shipped detector or TOML file; default: the one that the tracks file names.");
  command
      ->add_option("--phantom", options->phantom,
                   "Phantom to draw, as 'difftrack simulate' names it; auto: what the file of steps tells.")
      ->capture_default_str();
  command->add_option("--phoenix", options->phoenix, "File for the same frames as Phoenix JSON.");
  command->footer(
      "The page needs no network. Tracks are green where all hits are of one primary, red where not, and protons that\n"
      "were missed are dashed; without truth the colour is the score. A click on a track shows its hits, kinks and\n"
      "deposits beside what physics expects, and the segments that competed ('reconstruct --write-graph').\n\n"
      "Examples:\n"
      "  difftrack show tracks.npz -o event.html\n"
      "  difftrack show tracks.npz --frame 12 -o event.html --phoenix event.json");
  command->callback([options, frame, &run] {
    options->one_frame = frame->count() > 0;
    run = [options] { show(*options); };
  });
}

}  // namespace difftrack::cli
