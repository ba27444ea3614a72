// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/steps_from_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "difftrack/event/rows_from_table.hpp"

namespace difftrack::detector {

using event::Column;
using event::Table;

namespace {

constexpr std::int64_t kFarLayer = 1'000'000'000;  // stands for every layer number that an int32 cannot hold

/// A column of floating-point numbers times a factor. Throws for NaN and what overflows.
template <class T>
std::vector<T> scaled(const Table& table, const std::string& name, double factor) {
  if (factor == 1.0) return event::column_values<T>(table, name);
  const Column& column = table.at(name);
  std::vector<T> result(column.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double value = factor * column.number(i);
    if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<T>::max())))
      table.fail(column, i, "must be a finite number");
    result[i] = static_cast<T>(value);
  }
  return result;
}

/// One coordinate in the detector's frame [mm].
std::vector<float> coordinates(const Table& table, const StepsLayout& layout, std::size_t axis) {
  const FileAxis& from = layout.axes[axis];
  const double factor = from.sign * layout.length;
  if (layout.end[from.from].empty()) return scaled<float>(table, layout.position[from.from], factor);
  const Column& begin = table.at(layout.position[from.from]);
  table.at(layout.end[from.from]);
  std::vector<float> result(begin.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double value = coordinate(table, layout, axis, i);
    if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max())))
      table.fail(begin, i, "must be a finite number, as the other end of the step");
    result[i] = static_cast<float>(value);
  }
  return result;
}

std::int32_t bounded(std::int64_t layer) { return static_cast<std::int32_t>(std::clamp(layer, -kFarLayer, kFarLayer)); }

std::vector<std::int32_t> layers_from_planes(const Table& table, const LayerMapping& mapping,
                                             const StepsLayout& layout) {
  const Column& z = table.at(layout.position[layout.axes[2].from]);
  std::vector<std::int32_t> layers(z.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const double layer = std::round((coordinate(table, layout, 2, i) - mapping.origin) / mapping.pitch);
    if (!(std::abs(layer) < static_cast<double>(kFarLayer)))
      table.fail(z, i, "must be a finite position within the detector");
    layers[i] = static_cast<std::int32_t>(layer);
  }
  return layers;
}

double sensitive_thickness(const Layer& layer) {
  for (const Slab& slab : layer.slabs)
    if (slab.sensitive) return slab.thickness;
  return 0.0;
}

std::vector<std::int32_t> layers_from_positions(const Table& table, const Detector& detector,
                                                const StepsLayout& layout) {
  const Column& z = table.at(layout.position[layout.axes[2].from]);
  std::vector<std::int32_t> layers(z.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const NearestPlane nearest = nearest_plane(detector, coordinate(table, layout, 2, i));
    const auto& layer = detector.layers[static_cast<std::size_t>(nearest.layer)];
    // Written so that NaN fails too.
    if (!(nearest.distance <= kPositionTolerance + 0.5 * sensitive_thickness(layer)))
      table.fail(z, i,
                 fmt::format("lies {:.3g} mm from the nearest plane of detector '{}', layer {} at {:.2f} mm{}",
                             nearest.distance, detector.name, nearest.layer, layer.sensitive_z,
                             layout.missing.empty()
                                 ? ""
                                 : "; the file has no column " + layout.missing + " that would tell the layer"));
    layers[i] = nearest.layer;
  }
  return layers;
}

}  // namespace

std::vector<std::int32_t> raw_layers(const Table& table, const Detector& detector, const StepsLayout& layout) {
  if (layout.form == LayerForm::Plane) return layers_from_planes(table, detector.mapping, layout);
  if (layout.form == LayerForm::Position) return layers_from_positions(table, detector, layout);
  if (layout.form == LayerForm::Column) return table.int32s(layout.layer_column);
  const bool levels = layout.form == LayerForm::Levels;
  std::vector<std::int32_t> layers = table.int32s(levels ? "level1ID" : "volumeID[2]");
  const auto inner = table.int32s(levels ? "level2ID" : "volumeID[3]");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!levels)
      layers[i] = bounded(2 * std::int64_t{layers[i]} + inner[i]);
    else if (inner[i] >= 0)
      layers[i] = bounded(std::int64_t{detector.n_tracker_layers} + inner[i]);
  }
  return layers;
}

std::vector<std::int32_t> layers_from_table(const Table& table, const Detector& detector, const StepsLayout& layout) {
  std::vector<std::int32_t> layers = raw_layers(table, detector, layout);
  const std::string column = layout.form == LayerForm::Levels   ? "level1ID"
                             : layout.form == LayerForm::Volume ? "volumeID[2]"
                             : layout.form == LayerForm::Column ? layout.layer_column
                                                                : layout.position[layout.axes[2].from];
  const auto n_layers = static_cast<std::int32_t>(detector.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i] < 0 || layers[i] >= n_layers)
      table.fail(
          table.at(column), i,
          fmt::format("is layer {}, but detector '{}' has layers 0 to {}", layers[i], detector.name, n_layers - 1));
  return layers;
}

std::vector<std::int32_t> layers_from_table(const Table& table, const Detector& detector) {
  return layers_from_table(table, detector, find_steps_layout(table, detector));
}

event::Steps steps_from_table(const Table& table, const Detector& detector, const StepsLayout& layout, bool with_time) {
  event::Steps steps;
  event::for_each_column<event::Steps>([&](const auto& each) {
    using T = typename std::remove_cvref_t<decltype(steps.*(each.member))>::value_type;
    const std::string& name = layout.column[each.member];
    if (name.empty() || (each.name == "time" && !with_time)) return;
    if constexpr (std::is_floating_point_v<T>)
      steps.*(each.member) = scaled<T>(table, name, layout.factor[each.member]);
    else
      steps.*(each.member) = event::column_values<T>(table, name);
  });
  steps.x = coordinates(table, layout, 0);
  steps.y = coordinates(table, layout, 1);
  steps.z = coordinates(table, layout, 2);
  for (std::size_t i = 0; i < steps.edep.size(); ++i)
    if (steps.edep[i] < 0.0F)
      table.fail(table.at(layout.column[&event::Steps::edep]), i, "an energy deposit must not be negative");
  steps.layer = layers_from_table(table, detector, layout);
  return steps;
}

event::Steps steps_from_table(const Table& table, const Detector& detector) {
  return steps_from_table(table, detector, find_steps_layout(table, detector));
}

}  // namespace difftrack::detector
