// SPDX-License-Identifier: Apache-2.0
#include "apps/viewer/phantom_outline.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <type_traits>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/simulate/simulation.hpp"

namespace difftrack::viewer {

namespace {

/// The options of a simulation, from the command that a file of steps keeps. An option without text has none behind it.
simulate::SimulationConfig simulation_of(const std::string& command) {
  std::istringstream text(command);
  const std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
  simulate::SimulationConfig config;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!words[i].starts_with("--") || words[i + 1].starts_with("--")) continue;
    std::string option = words[i].substr(2);
    std::replace(option.begin(), option.end(), '-', '_');
    core::for_each_field<simulate::SimulationConfig>([&](const auto& each) {
      using T = typename std::remove_cvref_t<decltype(each)>::Value;
      if constexpr (!std::is_same_v<T, bool>)  // switches of the physics change no phantom
        if (option == each.name) each.of(config) = core::parse_field(each, words[i + 1], "", words[i]);
    });
  }
  return config;
}

std::optional<PhantomOutline> outline_of(simulate::SimulationConfig config, const detector::Detector& detector) {
  config.threads = 1;
  const simulate::Simulation simulation(config, detector);
  const simulate::World& world = simulation.world();
  if (world.phantom == nullptr) return std::nullopt;
  const auto half = world.phantom->half_size();
  PhantomOutline outline;
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

}  // namespace

std::optional<std::string> source_command(const std::string& source) {
  try {
    const event::NpzFile file(source);
    if (!file.has("command")) return std::nullopt;
    return file.read("command").text;
  } catch (const core::InputError&) {
    return std::nullopt;  // moved, or of another format
  }
}

std::optional<PhantomOutline> phantom_outline(const std::string& phantom, const std::string& source,
                                              const detector::Detector& detector) {
  if (phantom == "none") return std::nullopt;
  if (phantom != "auto") {
    simulate::SimulationConfig config;
    config.phantom = phantom;
    return outline_of(config, detector);
  }
  try {
    const auto command = source_command(source);
    return command ? outline_of(simulation_of(*command), detector) : std::nullopt;
  } catch (const core::InputError&) {
    return std::nullopt;  // a volume whose file is gone, or the command of another version
  }
}

}  // namespace difftrack::viewer
