// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps_from_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "difftrack/core/error.hpp"

namespace difftrack::detector {

using event::Column;
using event::Table;

namespace {

/// The first of several names that the table has; the first name when it has none, so that errors name GATE's.
std::string_view present(const Table& table, const std::array<std::string_view, 2>& names) {
  for (const auto name : names)
    if (table.has(name)) return name;
  return names.front();
}

constexpr std::array<std::string_view, 2> kEvent = {"eventID", "event"};
constexpr std::array<std::string_view, 2> kTrack = {"trackID", "track"};
constexpr std::array<std::string_view, 2> kParent = {"parentID", "parent"};
constexpr std::array<std::string_view, 2> kPdg = {"PDGEncoding", "pdg"};
constexpr std::array<std::string_view, 2> kX = {"posX", "x"};
constexpr std::array<std::string_view, 2> kY = {"posY", "y"};
constexpr std::array<std::string_view, 2> kZ = {"posZ", "z"};

/// The form to use for this table: the described one where its columns are there.
std::string usable_form(const Table& table, const LayerMapping& mapping) {
  const bool levels = table.has("level1ID") && table.has("level2ID");
  const bool volume = table.has("volumeID[2]") && table.has("volumeID[3]");
  if (mapping.form == "levels" && levels) return "levels";
  if (mapping.form == "volume" && volume) return "volume";
  if (mapping.form == "plane" && table.has(present(table, kZ))) return "plane";
  if (mapping.form == "column" && table.has(mapping.column)) return "column";
  if (table.has("layer")) return "layer";
  if (mapping.form == "volume" && levels) return "levels";
  if (mapping.form == "levels" && volume) return "volume";
  return mapping.form;
}

std::vector<std::int32_t> layers_from_planes(const Table& table, const LayerMapping& mapping) {
  const Column& z = table.at(present(table, kZ));
  std::vector<std::int32_t> layers(z.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const double layer = std::round((z.number(i) - mapping.origin) / mapping.pitch);
    if (!(std::abs(layer) < 1e9)) table.fail(z, i, "must be a finite position within the detector");
    layers[i] = static_cast<std::int32_t>(layer);
  }
  return layers;
}

}  // namespace

std::vector<std::int32_t> layers_from_table(const Table& table, const Detector& detector) {
  const LayerMapping& mapping = detector.mapping;
  const std::string form = usable_form(table, mapping);
  std::vector<std::int32_t> layers;
  std::string_view column;  // the one that errors name
  if (form == "levels") {
    layers = table.int32s("level1ID");
    const auto level2 = table.int32s("level2ID");
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (level2[i] >= 0)
        layers[i] = static_cast<std::int32_t>(
            std::min<std::int64_t>(std::int64_t{detector.n_tracker_layers} + level2[i], 1'000'000'000));
    column = "level1ID";
  } else if (form == "volume") {
    layers = table.int32s("volumeID[2]");
    const auto inner = table.int32s("volumeID[3]");
    for (std::size_t i = 0; i < layers.size(); ++i)
      layers[i] = static_cast<std::int32_t>(
          std::clamp<std::int64_t>(2 * std::int64_t{layers[i]} + inner[i], -1'000'000'000, 1'000'000'000));
    column = "volumeID[2]";
  } else if (form == "plane") {
    layers = layers_from_planes(table, mapping);
    column = present(table, kZ);
  } else {
    column = form == "layer" ? std::string_view("layer") : std::string_view(mapping.column);
    layers = table.int32s(column);
  }
  const auto n_layers = static_cast<std::int32_t>(detector.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i] < 0 || layers[i] >= n_layers)
      table.fail(
          table.at(column), i,
          fmt::format("is layer {}, but detector '{}' has layers 0 to {}", layers[i], detector.name, n_layers - 1));
  return layers;
}

event::Steps steps_from_table(const Table& table, const Detector& detector) {
  event::Steps steps;
  steps.event = table.int64s(present(table, kEvent));
  steps.x = table.finite_floats(present(table, kX));
  steps.y = table.finite_floats(present(table, kY));
  steps.z = table.finite_floats(present(table, kZ));
  steps.edep = table.finite_floats("edep");
  for (std::size_t i = 0; i < steps.edep.size(); ++i)
    if (steps.edep[i] < 0.0F) table.fail(table.at("edep"), i, "an energy deposit must not be negative");
  steps.layer = layers_from_table(table, detector);
  if (const auto name = present(table, kTrack); table.has(name)) steps.track = table.int32s(name);
  if (const auto name = present(table, kParent); table.has(name)) steps.parent = table.int32s(name);
  if (const auto name = present(table, kPdg); table.has(name)) steps.pdg = table.int32s(name);
  if (const Column* process = table.find("creatorProcess"); process != nullptr && process->is_integer())
    for (const std::int32_t code : table.int32s("creatorProcess")) {
      if (code < 0 || code > 255) table.fail(*process, steps.process.size(), "must lie in [0, 255]");
      steps.process.push_back(static_cast<std::uint8_t>(code));
    }
  if (table.has("spotX") && table.has("spotY")) {
    steps.spot_x = table.finite_floats("spotX");
    steps.spot_y = table.finite_floats("spotY");
  }
  return steps;
}

}  // namespace difftrack::detector
