// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/plausibility.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"

namespace difftrack::detector {

using event::Table;

namespace {

constexpr std::size_t kFewestRows = 100;
constexpr std::size_t kSample = 4096;  // rows

/// Every `stride`-th row, so that judging a file costs little beside reading it.
Table sampled(const Table& table, std::size_t stride, std::size_t most) {
  Table sample{table.file, table.first_row, {}, table.skipped, {}};
  for (const event::Column& column : table.columns)
    std::visit(
        [&](const auto& values) {
          std::remove_cvref_t<decltype(values)> kept;
          for (std::size_t i = 0; i < values.size() && kept.size() < most; i += stride) kept.push_back(values[i]);
          sample.columns.push_back({column.name, std::move(kept), column.type, column.unit});
        },
        column.values);
  return sample;
}

/// Units and axes that a file may have been written in: how its lengths would have to be multiplied.
struct Reading {
  LengthUnit unit;  // Unsaid: as it is
  BeamAxis axis;    // Unsaid: as it is
};

constexpr std::array kUnits = {std::pair{LengthUnit::Unsaid, 1.0}, std::pair{LengthUnit::Cm, 10.0},
                               std::pair{LengthUnit::M, 1000.0}, std::pair{LengthUnit::Um, 0.001}};
constexpr std::array kAxes = {BeamAxis::Unsaid, BeamAxis::MinusZ, BeamAxis::PlusX,
                              BeamAxis::MinusX, BeamAxis::PlusY,  BeamAxis::MinusY};

std::string flags_of(const Reading& reading) {
  const auto unit = core::name_of(reading.unit), axis = core::name_of(reading.axis);
  if (axis.empty()) return fmt::format("--length-unit {}", unit);
  if (unit.empty()) return fmt::format("--beam-axis {}", axis);
  return fmt::format("--length-unit {} --beam-axis {}", unit, axis);
}

std::string cause_of(const Reading& reading) {
  const auto unit = core::name_of(reading.unit), axis = core::name_of(reading.axis);
  if (axis.empty()) return fmt::format("positions in {}", unit);
  if (unit.empty()) return fmt::format("a beam along {}", axis);
  return fmt::format("positions in {} and a beam along {}", unit, axis);
}

Suspicion suspicion_of(const std::string& column, const std::string& found, const Reading& reading) {
  return {column,
          fmt::format("{}: this looks like {}; add {}", found, cause_of(reading), flags_of(reading)),
          flags_of(reading),
          reading.unit,
          EnergyUnit::Unsaid,
          reading.axis};
}

/// The file's coordinate along a beam direction, in what the layout takes for mm.
StepsLayout along(const StepsLayout& layout, BeamAxis axis) {
  StepsLayout turned = layout;
  if (axis != BeamAxis::Unsaid) turned.axes = axes_of_beam(axis);
  return turned;
}

/// Rows with their layers from columns; those outside the detector are left to steps_from_table, which refuses them.
struct LayerRows {
  std::vector<std::size_t> row;
  std::vector<std::int32_t> layer;
};

LayerRows layers_in_range(const Table& table, const Detector& detector, const StepsLayout& layout) {
  const auto n = static_cast<std::int32_t>(detector.layers.size());
  const std::vector<std::int32_t> layers = raw_layers(table, detector, layout);
  LayerRows result;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i] >= 0 && layers[i] < n) {
      result.row.push_back(i);
      result.layer.push_back(layers[i]);
    }
  return result;
}

/// Least squares of the coordinate against the planes of the rows' layers.
struct Line {
  double slope = 0.0, correlation = 0.0;
};

std::optional<Line> fit(const Table& table, const Detector& detector, const StepsLayout& layout,
                        const LayerRows& rows) {
  double n = 0.0, sp = 0.0, sz = 0.0, spp = 0.0, szz = 0.0, spz = 0.0;
  for (std::size_t i = 0; i < rows.row.size(); ++i) {
    const double plane = detector.layers[static_cast<std::size_t>(rows.layer[i])].sensitive_z;
    const double z = coordinate(table, layout, 2, rows.row[i]);
    if (!std::isfinite(z)) continue;
    n += 1.0;
    sp += plane;
    sz += z;
    spp += plane * plane;
    szz += z * z;
    spz += plane * z;
  }
  if (n < static_cast<double>(kFewestRows)) return std::nullopt;
  const double vp = spp - sp * sp / n, vz = szz - sz * sz / n, cov = spz - sp * sz / n;
  if (vp <= 1e-9 * spp) return std::nullopt;  // one layer
  return Line{cov / vp, vz > 0.0 ? cov / std::sqrt(vp * vz) : 0.0};
}

/// How rows lie at planes when lengths are multiplied by a factor.
struct AtPlanes {
  double share = 0.0;      // of the rows
  std::size_t layers = 0;  // different ones
  bool fits() const { return share > 0.9 && layers > 1; }
};

AtPlanes at_planes(const Table& table, const Detector& detector, const StepsLayout& layout, double factor) {
  const LayerMapping& mapping = detector.mapping;
  const bool by_pitch = layout.form == LayerForm::Plane;
  const double tolerance = by_pitch ? std::max(kPositionTolerance, 0.2 * mapping.pitch) : kPositionTolerance;
  std::set<std::int32_t> layers;
  std::size_t near = 0;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const double z = factor * coordinate(table, layout, 2, i);
    NearestPlane nearest = nearest_plane(detector, z);
    if (by_pitch) {
      const double k = std::clamp(std::round((z - mapping.origin) / mapping.pitch), 0.0,
                                  static_cast<double>(detector.layers.size()) - 1.0);
      nearest = {static_cast<std::int32_t>(k), std::abs(z - mapping.origin - k * mapping.pitch)};
    }
    if (!(nearest.distance <= tolerance)) continue;
    ++near;
    layers.insert(nearest.layer);
  }
  return {static_cast<double>(near) / static_cast<double>(table.rows()), layers.size()};
}

std::string where(const Detector& detector, const LayerRows& rows, const Table& table, const StepsLayout& layout) {
  const auto deepest =
      static_cast<std::size_t>(std::max_element(rows.layer.begin(), rows.layer.end()) - rows.layer.begin());
  const auto layer = rows.layer[deepest];
  return fmt::format("a row of layer {} lies at {:.4g} mm, its plane at {:.1f} mm", layer,
                     coordinate(table, layout, 2, rows.row[deepest]),
                     detector.layers[static_cast<std::size_t>(layer)].sensitive_z);
}

std::optional<Suspicion> positions_against_layers(const Table& table, const Detector& detector, StepsLayout& layout) {
  const LayerRows rows = layers_in_range(table, detector, layout);
  const auto line = fit(table, detector, layout, rows);
  if (!line || (line->slope > 0.9 && line->slope < 1.1 && line->correlation > 0.9)) return std::nullopt;
  if (at_planes(table, detector, layout, 1.0).fits()) {
    layout.form = LayerForm::Position;
    layout.notes.push_back(fmt::format(
        "the columns of the layer contradict the positions, which fit the planes: the layer is the plane nearest to {}",
        layout.position[layout.axes[2].from]));
    return std::nullopt;
  }
  const std::string z = layout.position[layout.axes[2].from];
  const std::string found = where(detector, rows, table, layout);
  for (const BeamAxis axis : kAxes) {
    const auto turned = fit(table, detector, along(layout, axis), rows);
    for (const auto& [unit, factor] : kUnits)
      if (turned && turned->correlation > 0.9 && std::abs(turned->slope * factor - 1.0) < 0.1)
        return suspicion_of(z, found, {unit, axis});
  }
  return Suspicion{z,
                   fmt::format("{}: the positions do not follow the planes of detector '{}'; is it another one "
                               "(--detector)?",
                               found, detector.name),
                   ""};
}

std::optional<Suspicion> positions_at_planes(const Table& table, const Detector& detector, const StepsLayout& layout) {
  const AtPlanes as_they_are = at_planes(table, detector, layout, 1.0);
  if (as_they_are.fits()) return std::nullopt;
  const std::string z = layout.position[layout.axes[2].from];
  const std::string found =
      fmt::format("{:.0f} % of the rows lie at planes of detector '{}', in {} layers (a row at {:.4g} mm)",
                  100.0 * as_they_are.share, detector.name, as_they_are.layers, coordinate(table, layout, 2, 0));
  for (const BeamAxis axis : kAxes)
    for (const auto& [unit, factor] : kUnits)
      if (at_planes(table, detector, along(layout, axis), factor).fits()) return suspicion_of(z, found, {unit, axis});
  if (as_they_are.share > 0.9) return std::nullopt;  // one layer only, and nothing explains it better
  return Suspicion{z, fmt::format("{}: is it another detector (--detector)?", found), ""};
}

double mean_sensitive_thickness(const Detector& detector) {
  double sum = 0.0;
  for (const Layer& layer : detector.layers)
    for (const Slab& slab : layer.slabs)
      if (slab.sensitive) sum += slab.thickness;
  return detector.layers.empty() ? 0.0 : sum / static_cast<double>(detector.layers.size());
}

std::optional<Suspicion> energies(const Table& table, const Detector& detector, const StepsLayout& layout) {
  constexpr double kLowest = 0.004, kHighest = 30.0;  // [MeV/mm] = [keV/um]
  const double thickness = mean_sensitive_thickness(detector);
  const auto& column = table.at(layout.column[&event::Steps::edep]);
  std::vector<double> values;
  for (std::size_t i = 0; i < column.size(); ++i)
    if (column.number(i) > 0.0 && std::isfinite(column.number(i)))
      values.push_back(layout.factor[&event::Steps::edep] * column.number(i));
  if (values.size() < kFewestRows || thickness <= 0.0) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const double low = kLowest * thickness, high = kHighest * thickness, median = *middle;
  if (median >= low && median <= high) return std::nullopt;
  const std::string found = fmt::format(
      "the median deposit is {:.3g} MeV, where {:.0f} um of the sensor take {:.2g} to "
      "{:.2g} MeV from a proton",
      median, 1e3 * thickness, low, high);
  // The file's number is the same; only the unit that it is taken for changes.
  const std::array units = {std::pair{EnergyUnit::KeV, 1e-3}, std::pair{EnergyUnit::EV, 1e-6},
                            std::pair{EnergyUnit::MeV, 1.0}, std::pair{EnergyUnit::GeV, 1e3}};
  const double number = median / layout.factor[&event::Steps::edep];
  for (const auto& [unit, factor] : units)
    if (number * factor >= 10.0 * low && number * factor <= high)
      return Suspicion{layout.column[&event::Steps::edep],
                       fmt::format("{0}: this looks like {1}; add --energy-unit {1}", found, core::name_of(unit)),
                       fmt::format("--energy-unit {}", core::name_of(unit)), LengthUnit::Unsaid, unit};
  return Suspicion{layout.column[&event::Steps::edep], found, ""};
}

/// Leaves out a column of runs that cuts events into single rows: what tells runs apart does not change within events.
void judge_runs(const Table& table, StepsLayout& layout) {
  std::string& name = layout.column[&event::Steps::run];
  if (name.empty() || !table.has(layout.column[&event::Steps::event])) return;
  const auto& event = table.at(layout.column[&event::Steps::event]);
  const auto& run = table.at(name);
  std::set<double> events;
  std::set<std::pair<double, double>> keys;
  for (std::size_t i = 0; i < event.size(); ++i) {
    events.insert(event.number(i));
    keys.emplace(run.number(i), event.number(i));
  }
  const auto rows = static_cast<double>(event.size());
  if (rows < 3.0 * static_cast<double>(events.size()) || rows > 1.5 * static_cast<double>(keys.size())) return;
  layout.notes.push_back(
      fmt::format("column {} is left out: it changes from row to row within events, so it is no run", name));
  name.clear();
}

/// Rows of the particle that crosses the detector once: primaries where they are known.
bool is_of_primary(const event::Steps& steps, std::size_t i) {
  if (!steps.parent.empty()) return steps.parent[i] == 0;
  return steps.track.empty() || steps.track[i] == 1;
}

/// Lateral extent of an event's rows in one layer [mm].
struct Box {
  float x0, x1, y0, y1;
  void add(float x, float y) {
    x0 = std::min(x0, x);
    x1 = std::max(x1, x);
    y0 = std::min(y0, y);
    y1 = std::max(y1, y);
  }
  double extent() const { return std::hypot(static_cast<double>(x1 - x0), static_cast<double>(y1 - y0)); }
};

}  // namespace

std::vector<Suspicion> find_suspicions(const Table& first, const Detector& detector, StepsLayout& layout) {
  std::vector<Suspicion> found;
  const auto add = [&](const std::optional<Suspicion>& one) {
    if (one) found.push_back(*one);
  };
  for (const auto& name : layout.position)
    if (!first.has(name)) return found;  // steps_from_table names what is missing
  if (!first.has(layout.column[&event::Steps::edep]) || first.rows() < kFewestRows) return found;
  judge_runs(sampled(first, 1, kSample), layout);
  const Table sample = sampled(first, std::max<std::size_t>(1, first.rows() / kSample), kSample);
  const bool by_position = layout.form == LayerForm::Position || layout.form == LayerForm::Plane;
  add(by_position ? positions_at_planes(sample, detector, layout) : positions_against_layers(sample, detector, layout));
  add(energies(sample, detector, layout));
  return found;
}

std::vector<Suspicion> find_merged_runs(const event::Steps& steps, const StepsLayout& layout) {
  constexpr std::size_t kEvents = 200, kFewestEvents = 20;
  constexpr double kApart = 1.0, kShare = 0.1;
  std::size_t judged = 0, doubled = 0;
  std::string example;
  std::map<std::int32_t, Box> boxes;
  for (std::size_t begin = 0; begin < steps.size() && judged < kEvents;) {
    std::size_t end = begin;
    boxes.clear();
    for (; end < steps.size() && steps.same_event(begin, end); ++end) {
      if (!is_of_primary(steps, end)) continue;
      const Box point{steps.x[end], steps.x[end], steps.y[end], steps.y[end]};
      boxes.try_emplace(steps.layer[end], point).first->second.add(steps.x[end], steps.y[end]);
    }
    std::size_t wide = 0;
    for (const auto& [layer, box] : boxes) wide += box.extent() > kApart;
    if (boxes.size() > 1) {
      ++judged;
      doubled += 2 * wide >= boxes.size();
      if (example.empty() && 2 * wide >= boxes.size()) {
        const auto widest = std::max_element(boxes.begin(), boxes.end(), [](const auto& a, const auto& b) {
          return a.second.extent() < b.second.extent();
        });
        example = fmt::format("event {} has primaries {:.1f} mm apart in layer {}", steps.event[begin],
                              widest->second.extent(), widest->first);
      }
    }
    begin = end;
  }
  if (judged < kFewestEvents || static_cast<double>(doubled) <= kShare * static_cast<double>(judged)) return {};
  return {{layout.column[&event::Steps::event],
           fmt::format("{:.0f} % of the events hold more than one primary ({}): event numbers of several runs or files "
                       "were merged; give the files apart, or keep the column of the run (runID)",
                       100.0 * static_cast<double>(doubled) / static_cast<double>(judged), example),
           ""}};
}

void refuse(const std::vector<Suspicion>& suspicions, const std::string& file) {
  if (suspicions.empty()) return;
  const Suspicion& first = suspicions.front();
  throw core::InputError(
      {file, first.field, ""},
      first.problem + (first.problem.ends_with('?') ? " --force" : "; --force") + " reads it as it is");
}

}  // namespace difftrack::detector
