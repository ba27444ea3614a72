// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/source_command.hpp"
#include "apps/viewer/event_data.hpp"
#include "apps/viewer/event_page.hpp"
#include "apps/viewer/phoenix.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/version.hpp"
#include "difftrack/simulate/simulation.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  std::string tracks, output, phoenix, phantom = "auto";
  std::string detector;  ///< empty: by the name in the file
  std::int64_t frame = -1;
  bool one_frame = false;
  std::int64_t frames = 100;
};

/// The options of a simulation, from the command that a file of steps keeps. An option without text has none behind it.
simulate::SimulationConfig simulation_of(const std::string& command) {
  std::istringstream text(command);
  const std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
  simulate::SimulationConfig config;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!words[i].starts_with("--") || words[i + 1].starts_with("--")) continue;
    core::for_each_field<simulate::SimulationConfig>([&](const auto& each) {
      using T = typename std::remove_cvref_t<decltype(each)>::Value;
      if constexpr (!std::is_same_v<T, bool>)  // switches of the physics change no phantom
        if (words[i] == flag_name(each.name)) each.of(config) = core::parse_field(each, words[i + 1], "", words[i]);
    });
  }
  return config;
}

std::optional<viewer::PhantomOutline> outline_of(simulate::SimulationConfig config,
                                                 const detector::Detector& detector) {
  config.threads = 1;
  const simulate::Simulation simulation(config, detector);
  const simulate::World& world = simulation.world();
  if (world.phantom == nullptr) return std::nullopt;
  const auto half = world.phantom->half_size();
  viewer::PhantomOutline outline;
  outline.name = config.phantom;
  outline.cylinder = dynamic_cast<const simulate::CylinderPhantom*>(world.phantom) != nullptr;
  // A slab is as wide as particles may get; it is drawn as wide as the detector.
  outline.half_x = outline.cylinder ? half[0] : std::min(half[0], detector.pixels.half_width);
  outline.half_y = std::min(half[1], std::max(detector.pixels.half_height, outline.cylinder ? half[1] : 0.0));
  outline.half_z = half[2];
  outline.z = world.placement.z;
  outline.rotation = config.rotation;
  return outline;
}

/// What was asked for; or, with "auto", what the source file tells, and none where it does not.
std::optional<viewer::PhantomOutline> phantom_of(const Options& options, const event::TracksMeta& meta,
                                                 const std::optional<detector::Detector>& detector) {
  if (!detector || options.phantom == "none") return std::nullopt;
  if (options.phantom != "auto") {
    simulate::SimulationConfig config;
    config.phantom = options.phantom;
    return outline_of(config, *detector);
  }
  try {
    const auto command = meta.sources.empty() ? std::nullopt : source_command(meta.sources.front());
    return command ? outline_of(simulation_of(*command), *detector) : std::nullopt;
  } catch (const core::InputError&) {
    return std::nullopt;  // a volume whose file is gone, or the command of another version
  }
}

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
  const auto phantom = phantom_of(options, data.meta, detector);
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
