// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/response/digitise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/detector/response/fire_pixels.hpp"
#include "difftrack/detector/steps/frame_boundary.hpp"

namespace difftrack::detector {
namespace {

void check_steps(const event::Steps& steps, std::size_t n_layers) {
  const auto fail = [](const char* column, std::size_t row, double value, const std::string& problem) {
    throw core::InputError({"", fmt::format("{}, step {}", column, row), fmt::format("{}", value)}, problem);
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps.layer[i] < 0 || static_cast<std::size_t>(steps.layer[i]) >= n_layers)
      fail("layer", i, steps.layer[i], fmt::format("lies outside the detector's {} layers", n_layers));
    if (!std::isfinite(steps.x[i])) fail("posX", i, static_cast<double>(steps.x[i]), "is not a finite position");
    if (!std::isfinite(steps.y[i])) fail("posY", i, static_cast<double>(steps.y[i]), "is not a finite position");
    if (!(steps.edep[i] >= 0.0F) || !std::isfinite(steps.edep[i]))
      fail("edep", i, static_cast<double>(steps.edep[i]), "is no energy: it must be finite and not negative");
  }
}

/// Rows of each readout, in input order: readout r holds row[begin[r]] … row[begin[r + 1]).
struct ReadoutRows {
  std::vector<std::size_t> begin;
  std::vector<std::uint32_t> row;
};

ReadoutRows group_by_readout(const std::vector<std::int32_t>& readout) {
  ReadoutRows groups;
  const auto n = readout.empty() ? std::size_t{0}
                                 : static_cast<std::size_t>(*std::max_element(readout.begin(), readout.end())) + 1;
  groups.begin.assign(n + 1, 0);
  for (const std::int32_t r : readout) ++groups.begin[static_cast<std::size_t>(r) + 1];
  std::partial_sum(groups.begin.begin(), groups.begin.end(), groups.begin.begin());
  std::vector<std::size_t> next(groups.begin.begin(), groups.begin.end() - 1);
  groups.row.resize(readout.size());
  for (std::size_t i = 0; i < readout.size(); ++i)
    groups.row[next[static_cast<std::size_t>(readout[i])]++] = static_cast<std::uint32_t>(i);
  return groups;
}

/// Sorts rows of one readout by (layer, event, track), equal ones by row.
void sort_by_particle(const event::Steps& steps, std::span<std::uint32_t> rows) {
  struct Key {
    std::int64_t event;
    std::int32_t layer, track;
    std::uint32_t row;
    bool operator<(const Key& other) const {
      if (layer != other.layer) return layer < other.layer;
      if (event != other.event) return event < other.event;
      return track != other.track ? track < other.track : row < other.row;
    }
  };
  std::vector<Key> keys(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint32_t r = rows[i];
    keys[i] = {steps.event[r], steps.layer[r], steps.track.empty() ? 0 : steps.track[r], r};
  }
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = keys[i].row;
}

void append_layer(const event::Steps& steps, std::int32_t columns, std::int32_t frame, std::int32_t layer,
                  std::span<const FiredPixel> fired, event::Pixels& out) {
  for (const FiredPixel& f : fired) {
    out.frame.push_back(frame);
    out.layer.push_back(layer);
    out.row.push_back(static_cast<std::int32_t>(f.pixel / columns));
    out.column.push_back(static_cast<std::int32_t>(f.pixel % columns));
    const auto truth = [&f](const auto& from, auto& to, std::int32_t none) {
      if (!from.empty()) to.push_back(f.step < 0 ? none : from[static_cast<std::size_t>(f.step)]);
    };
    const auto of_second = [&] { return f.second < 0 ? -1 : steps.event[static_cast<std::size_t>(f.second)]; };
    truth(steps.event, out.event, -1);
    truth(steps.track, out.particle, -1);
    truth(steps.parent, out.parent, -1);
    truth(steps.pdg, out.pdg, 0);
    out.edep.push_back(f.edep);
    if (!steps.parent.empty()) out.second_event.push_back(of_second());
  }
}

}  // namespace

ReadoutsOfSteps readouts_of_steps(const event::Steps& steps, std::int32_t events_per_frame, double frame_time) {
  ReadoutsOfSteps readouts;
  readouts.of_step.resize(steps.size());
  FrameBoundary boundary(events_per_frame, frame_time);
  std::map<std::pair<std::int32_t, std::int64_t>, std::int32_t> readout_of_event;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i > 0 && steps.same_event(i, i - 1)) {
      readouts.of_step[i] = readouts.of_step[i - 1];
      continue;
    }
    const EventPlace place = place_of(steps, steps.time, i);
    const auto [known, is_new] = readout_of_event.try_emplace({place.run, steps.event[i]}, 0);
    if (is_new) {
      if (boundary.begins(place)) {
        if (!readouts.n_events.empty()) readouts.complete.push_back(boundary.last_was_complete() ? 1 : 0);
        readouts.n_events.push_back(0);
      }
      known->second = static_cast<std::int32_t>(readouts.n_events.size()) - 1;
      ++readouts.n_events.back();
    }
    readouts.of_step[i] = known->second;
  }
  if (!readouts.n_events.empty()) readouts.complete.push_back(boundary.open_is_complete() ? 1 : 0);
  return readouts;
}

Digitise::Digitise(const Config& config) : config_(config) { core::check_fields(config, ""); }

event::Pixels Digitise::operator()(const event::Steps& steps, const Detector& detector,
                                   std::int32_t first_readout) const {
  check_steps(steps, detector.layers.size());
  const PixelGeometry geometry(detector.pixels, config_.chip_layout ? PixelLayout::Chips : PixelLayout::Spread);
  const ChipAlignment alignment(detector, geometry);
  const SensorFaults faults(config_, detector);
  ReadoutRows groups = group_by_readout(readouts_of_steps(steps, config_.events_per_frame, config_.frame_time).of_step);

  const std::size_t n_readouts = groups.begin.size() - 1;
  std::vector<event::Pixels> parts(n_readouts);
  core::parallel_for(static_cast<std::int64_t>(n_readouts), config_.threads, [&](std::int64_t i) {
    const auto slot = static_cast<std::size_t>(i);
    const std::span<std::uint32_t> rows(groups.row.data() + groups.begin[slot],
                                        groups.begin[slot + 1] - groups.begin[slot]);
    sort_by_particle(steps, rows);
    FirePixels fire(config_, steps, geometry, alignment, faults);
    std::size_t begin = 0;
    for (std::int32_t layer = 0; layer < static_cast<std::int32_t>(detector.layers.size()); ++layer) {
      std::size_t end = begin;
      while (end < rows.size() && steps.layer[rows[end]] == layer) ++end;
      const auto frame = first_readout + static_cast<std::int32_t>(i);
      append_layer(steps, geometry.x.pixels(), frame, layer, fire(frame, layer, rows.subspan(begin, end - begin)),
                   parts[slot]);
      begin = end;
    }
  });

  event::Pixels all;
  for (event::Pixels& part : parts) {
    event::append_rows(all, part);
    part = {};
  }
  return all;
}

}  // namespace difftrack::detector
