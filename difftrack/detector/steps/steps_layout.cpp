// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/steps_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "difftrack/core/error.hpp"
#include "difftrack/core/quantity.hpp"

namespace difftrack::detector {

using event::Column;
using event::Table;

namespace {

/// The first of the known names that the table has; the most usual one when it has none, so that errors name it.
std::string name_in(const Table& table, std::string_view quantity) {
  const auto& all = known_quantities();
  const auto known = std::find_if(all.begin(), all.end(), [&](const auto& q) { return q.quantity == quantity; });
  for (const auto name : known->names)
    if (table.has(name)) return std::string(name);
  return known->needed ? std::string(known->names.front()) : "";
}

std::array<std::string, 3> text_of(const std::array<std::string_view, 3>& names) {
  return {std::string(names[0]), std::string(names[1]), std::string(names[2])};
}

std::ptrdiff_t present(const Table& table, const std::array<std::string_view, 3>& names) {
  return std::count_if(names.begin(), names.end(), [&](const auto name) { return table.has(name); });
}

void find_position(const Table& table, StepsLayout& layout) {
  constexpr std::array<std::string_view, 3> kPre = {"PrePosition_X", "PrePosition_Y", "PrePosition_Z"};
  constexpr std::array<std::string_view, 3> kPost = {"PostPosition_X", "PostPosition_Y", "PostPosition_Z"};
  const auto& all = known_positions();
  const auto best = std::max_element(
      all.begin(), all.end(), [&](const auto& a, const auto& b) { return present(table, a) < present(table, b); });
  layout.position = text_of(*best);
  if (present(table, kPre) == 3 && present(table, kPost) == 3 && (*best == kPre || *best == kPost)) {
    layout.position = text_of(kPre);
    layout.end = text_of(kPost);
    layout.notes.emplace_back("positions are the middle between PrePosition and PostPosition");
  }
}

/// The factor of a quantity: the mapping's unit, else that of the column's header, else `otherwise`.
double factor(const Table& table, const std::string& column, std::string_view unit, const char* base,
              std::string_view otherwise) {
  if (!unit.empty()) return core::unit_factor(base, unit).value_or(1.0);
  const Column* found = table.find(column);
  if (found == nullptr || found->unit.empty()) return core::unit_factor(base, otherwise).value_or(1.0);
  const auto known = core::unit_factor(base, found->unit);
  if (!known)
    throw core::InputError({table.file, column, found->unit},
                           "the unit in the header is none of " + core::units_like(base));
  return *known;
}

/// The form to use for this table: the described one where its columns are there.
void find_layer(const Table& table, const LayerMapping& mapping, StepsLayout& layout) {
  const bool levels = table.has("level1ID") && table.has("level2ID");
  const bool volume = table.has("volumeID[2]") && table.has("volumeID[3]");
  layout.form = mapping.form;
  layout.layer_column = mapping.column;
  const bool usable = layout.form == LayerForm::Levels   ? levels
                      : layout.form == LayerForm::Volume ? volume
                      : layout.form == LayerForm::Column ? table.has(mapping.column)
                                                         : true;
  if (usable) return;
  const std::string missing = layout.form == LayerForm::Levels   ? "level1ID and level2ID"
                              : layout.form == LayerForm::Volume ? "volumeID"
                                                                 : "'" + mapping.column + "'";
  if (table.has("layer")) {
    layout.form = LayerForm::Column;
    layout.layer_column = "layer";
  } else if (layout.form == LayerForm::Volume && levels) {
    layout.form = LayerForm::Levels;
  } else if (layout.form == LayerForm::Levels && volume) {
    layout.form = LayerForm::Volume;
  } else {
    layout.form = LayerForm::Position;
    layout.missing = missing;
    layout.notes.push_back(fmt::format("no column {}: the layer is the plane nearest to {}", missing,
                                       layout.position[layout.axes[2].from]));
  }
}

}  // namespace

const std::vector<QuantityNames>& known_quantities() {
  static const std::vector<QuantityNames> all = {
      {"event", {"eventID", "event", "EventID"}, true},  {"run", {"runID", "run", "RunID"}, false},
      {"track", {"trackID", "track", "TrackID"}, false}, {"parent", {"parentID", "parent", "ParentID"}, false},
      {"pdg", {"PDGEncoding", "pdg", "PDGCode"}, false}, {"edep", {"edep", "TotalEnergyDeposit"}, true},
      {"time", {"time", "GlobalTime"}, false},           {"process", {"creatorProcess"}, false}};
  return all;
}

const std::vector<std::array<std::string_view, 3>>& known_positions() {
  static const std::vector<std::array<std::string_view, 3>> all = {
      {"posX", "posY", "posZ"},
      {"x", "y", "z"},
      {"PrePosition_X", "PrePosition_Y", "PrePosition_Z"},
      {"PostPosition_X", "PostPosition_Y", "PostPosition_Z"},
      {"Position_X", "Position_Y", "Position_Z"}};
  return all;
}

std::array<FileAxis, 3> axes_of_beam(BeamAxis direction) {
  // Rotations about y (beam along -z or x) or about x (beam along y).
  switch (direction) {
    case BeamAxis::MinusZ:
      return {{{0, -1.0}, {1, 1.0}, {2, -1.0}}};
    case BeamAxis::PlusX:
      return {{{2, -1.0}, {1, 1.0}, {0, 1.0}}};
    case BeamAxis::MinusX:
      return {{{2, 1.0}, {1, 1.0}, {0, -1.0}}};
    case BeamAxis::PlusY:
      return {{{0, 1.0}, {2, -1.0}, {1, 1.0}}};
    case BeamAxis::MinusY:
      return {{{0, 1.0}, {2, 1.0}, {1, -1.0}}};
    case BeamAxis::Unsaid:
    case BeamAxis::PlusZ:
      break;
  }
  return {{{0, 1.0}, {1, 1.0}, {2, 1.0}}};
}

double coordinate(const Table& table, const StepsLayout& layout, std::size_t axis, std::size_t row) {
  const FileAxis& from = layout.axes[axis];
  double value = table.at(layout.position[from.from]).number(row);
  if (!layout.end[from.from].empty()) value = 0.5 * (value + table.at(layout.end[from.from]).number(row));
  return from.sign * layout.length * value;
}

NearestPlane nearest_plane(const Detector& detector, double z) {
  const auto& layers = detector.layers;
  const auto above =
      std::lower_bound(layers.begin(), layers.end(), z, [](const Layer& l, double at) { return l.sensitive_z < at; });
  std::size_t best = above == layers.end() ? layers.size() - 1 : static_cast<std::size_t>(above - layers.begin());
  if (best > 0 && std::abs(layers[best - 1].sensitive_z - z) < std::abs(layers[best].sensitive_z - z)) --best;
  return {static_cast<std::int32_t>(best), std::abs(layers[best].sensitive_z - z)};
}

StepsLayout find_steps_layout(const Table& first, const Detector& detector) {
  const LayerMapping& mapping = detector.mapping;
  StepsLayout layout;
  layout.event = name_in(first, "event");
  layout.edep = name_in(first, "edep");
  layout.run = name_in(first, "run");
  layout.track = name_in(first, "track");
  layout.parent = name_in(first, "parent");
  layout.pdg = name_in(first, "pdg");
  layout.time = name_in(first, "time");
  layout.process = name_in(first, "process");
  if (const Column* process = first.find(layout.process); process == nullptr || !process->is_integer())
    layout.process.clear();  // GATE's are names
  find_position(first, layout);
  if (first.has("spotX") && first.has("spotY")) layout.spot = {"spotX", "spotY"};
  layout.axes = axes_of_beam(mapping.beam_axis);
  layout.length = factor(first, layout.position[0], core::name_of(mapping.length_unit), "mm", "mm");
  layout.energy = factor(first, layout.edep, core::name_of(mapping.energy_unit), "MeV", "MeV");
  // GATE 9 writes seconds, Geant4 and GATE 10 nanoseconds.
  layout.time_scale =
      factor(first, layout.time, core::name_of(mapping.time_unit), "ns", layout.time == "time" ? "s" : "ns");
  find_layer(first, mapping, layout);
  return layout;
}

}  // namespace difftrack::detector
