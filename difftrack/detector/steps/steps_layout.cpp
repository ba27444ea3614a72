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

/// The first of the known names that the table has; where it has none of a column that must be there, the most usual
/// one, so that errors name it.
FileName name_in(const Table& table, std::string_view quantity, event::Presence presence) {
  const std::vector<FileName>& names = known_names(quantity);
  for (const FileName& each : names)
    if (table.has(each.name)) return each;
  return presence == event::Presence::Always ? names.front() : FileName{};
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

/// The factor of a quantity to `base`: the mapping's unit, else that of the column's header, else `otherwise`.
double factor(const Table& table, const std::string& column, std::string_view unit, std::string_view base,
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

/// Names and factors of the columns that are known by name.
void find_columns(const Table& table, const LayerMapping& mapping, StepsLayout& layout) {
  event::for_each_column<event::Steps>([&](const auto& each) {
    if (known_names(each.name).empty()) return;
    const FileName found = name_in(table, each.name, each.presence);
    layout.column[each.member] = found.name;
    if (each.unit.empty() || each.unit == "mm") return;  // lengths below
    const std::string_view unit = each.unit == "MeV"  ? core::name_of(mapping.energy_unit)
                                  : each.unit == "ns" ? core::name_of(mapping.time_unit)
                                                      : "";
    layout.factor[each.member] =
        factor(table, layout.column[each.member], unit, each.unit, found.unit.empty() ? each.unit : found.unit);
  });
  std::string& process = layout.column[&event::Steps::process];
  if (const Column* column = table.find(process); column == nullptr || !column->is_integer())
    process.clear();  // GATE's are names
  std::string& spot_x = layout.column[&event::Steps::spot_x];
  std::string& spot_y = layout.column[&event::Steps::spot_y];
  if (spot_x.empty() || spot_y.empty()) spot_x.clear(), spot_y.clear();
  const bool turned = layout.axes[0].sign < 0.0;  // beam along -z: x turns around with it
  layout.factor[&event::Steps::spot_x] = turned ? -layout.length : layout.length;
  layout.factor[&event::Steps::spot_y] = layout.length;
}

}  // namespace

const std::vector<QuantityNames>& known_quantities() {
  static const std::vector<QuantityNames> all = {{"event", {{"eventID"}, {"event"}, {"EventID"}}},
                                                 {"run", {{"runID"}, {"run"}, {"RunID"}}},
                                                 {"track", {{"trackID"}, {"track"}, {"TrackID"}}},
                                                 {"parent", {{"parentID"}, {"parent"}, {"ParentID"}}},
                                                 {"pdg", {{"PDGEncoding"}, {"pdg"}, {"PDGCode"}}},
                                                 {"edep", {{"edep"}, {"TotalEnergyDeposit"}}},
                                                 {"process", {{"creatorProcess"}}},
                                                 // GATE 9 writes seconds, Geant4 and GATE 10 nanoseconds.
                                                 {"time", {{"time", "s"}, {"GlobalTime"}}},
                                                 {"spot_x", {{"spotX"}}},
                                                 {"spot_y", {{"spotY"}}},
                                                 {"rotation", {{"rotation"}, {"rotationAngle", "deg"}}},
                                                 {"second_event", {{"secondEventID"}, {"second_event"}}}};
  return all;
}

const std::vector<FileName>& known_names(std::string_view quantity) {
  static const std::vector<FileName> none;
  for (const QuantityNames& each : known_quantities())
    if (each.quantity == quantity) return each.names;
  return none;
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
  find_position(first, layout);
  layout.axes = axes_of_beam(mapping.beam_axis);
  layout.length = factor(first, layout.position[0], core::name_of(mapping.length_unit), "mm", "mm");
  find_columns(first, mapping, layout);
  find_layer(first, mapping, layout);
  return layout;
}

}  // namespace difftrack::detector
