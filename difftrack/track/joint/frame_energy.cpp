// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/frame_energy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/track/joint/range_tables.hpp"

namespace difftrack::track {
namespace {

constexpr std::size_t kDeposits = Likelihood::kDeposits, kClasses = Likelihood::kClasses;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// What the hits and segments of one layer cost, apart from their places.
struct LayerTables {
  DepositEdges edges;
  std::array<double, kDeposits> survival, death, birth, lone;  // costs
  std::array<float, kDeposits * kDeposits> transition;         // costs, of a hit of this layer after one before
  double birth_rate, lone_rate;                                // -log of the number expected
  double width;                                                // [rad] of kinks
};

LayerTables layer_tables(const Likelihood& l, std::int32_t layer, const PlaneExpectation& plane, double range,
                         double n_first) {
  const RangePlace place = l.place(range - plane.depth);
  const std::size_t knots = l.n_knots(), group = l.group(layer);
  LayerTables t;
  t.edges = mixed_rows<kDeposits - 1>(l.deposit_edges, 0, place);
  const auto death = mixed_rows<kDeposits>(l.deaths, group * knots, place);
  t.death = costs_of(death);
  for (std::size_t i = 0; i < kDeposits; ++i) t.survival[i] = -std::log1p(-death[i]);
  t.birth = costs_of(mixed_rows<kDeposits>(l.birth_deposit, 0, place));
  t.lone = costs_of(mixed_rows<kDeposits>(l.lone_deposit, 0, place));
  const auto transition = mixed_rows<kDeposits * kDeposits>(l.transitions, 0, place);
  for (std::size_t i = 0; i < transition.size(); ++i) t.transition[i] = static_cast<float>(-std::log(transition[i]));
  t.birth_rate = -std::log(n_first * static_cast<double>(l.birth_rate[at(layer)]));
  t.lone_rate = -std::log(n_first * static_cast<double>(l.lone_rate[at(layer)]));
  t.width = std::max(plane.kink, Likelihood::kSmallestWidth);
  return t;
}

/// log2(t²) of the points of ChordGrid.
const std::array<double, ChordGrid::kPoints>& log2_chords() {
  static const auto values = [] {
    std::array<double, ChordGrid::kPoints> result;
    for (std::size_t p = 0; p < result.size(); ++p) result[p] = std::log2(ChordGrid::squared(p));
    return result;
  }();
  return values;
}

/// Costs on ChordGrid of a density on ScaledGrid, over `scale` [rad].
template <class Value>
void fill_chord_costs(float* to, double scale, const Value& log_density_at) {
  const double shift = 2.0 * std::log2(scale), jacobian = 2.0 * std::log(scale);
  for (std::size_t p = 0; p < ChordGrid::kPoints; ++p)
    to[p] = static_cast<float>(jacobian - log_density_at(ScaledGrid::place(log2_chords()[p] - shift)));
}

void fill_kinks(const Likelihood& l, std::int32_t layer, double residual_range, double width, float* to) {
  const RangePlace place = l.place(residual_range);
  const std::size_t first = l.group(layer) * l.n_knots() + place.knot;
  std::array<float, ScaledGrid::kPoints> row;
  for (std::size_t c = 0; c < kClasses; ++c) {
    const float* near = l.kinks.data() + (first * kClasses + c) * ScaledGrid::kPoints;
    const float* far = near + kClasses * ScaledGrid::kPoints;
    const auto share = static_cast<float>(place.share);
    for (std::size_t p = 0; p < row.size(); ++p) row[p] = (1.0F - share) * near[p] + share * far[p];
    fill_chord_costs(to + c * ChordGrid::kPoints, width, [&](double at) { return ScaledGrid::at(row, at); });
  }
}

/// The costs of directions at the beginning of tracks.
class StartTables {
 public:
  StartTables(const Likelihood& l, const BeamExpectation& beam, std::int32_t n_layers)
      : beam_(beam), entrance_(ChordGrid::kPoints), born_(ChordGrid::kPoints * l.n_groups()) {
    fill_chord_costs(entrance_.data(), std::max(beam.spread, Likelihood::kSmallestWidth),
                     [&](double at) { return ScaledGrid::at(l.entrance, at); });
    for (std::size_t g = 0; g < l.n_groups() && g <= l.group(n_layers); ++g) {
      const std::span<const float> row(l.birth_angles.data() + g * ScaledGrid::kPoints, ScaledGrid::kPoints);
      fill_chord_costs(born_.data() + g * ChordGrid::kPoints, Likelihood::kBornScale,
                       [&](double at) { return ScaledGrid::at(row, at); });
    }
  }

  /// Of a segment with direction (x, y, z) towards +z at its shallower hit.
  float entrance(float hit_x, float hit_y, float x, float y, float z) const {
    const Direction expected = beam_.at(static_cast<double>(hit_x), static_cast<double>(hit_y));
    const float dx = x - static_cast<float>(expected.x), dy = y - static_cast<float>(expected.y),
                dz = z - static_cast<float>(expected.z);
    return ChordGrid::at(entrance_.data(), dx * dx + dy * dy + dz * dz);
  }
  float born(std::size_t group, float x, float y, float z) const {
    const float dz = 1.0F - z;
    return ChordGrid::at(born_.data() + group * ChordGrid::kPoints, x * x + y * y + dz * dz);
  }

 private:
  BeamExpectation beam_;
  std::vector<float> entrance_, born_;
};

/// Costs of the hits of all layers; `bins` are those of their deposits.
void add_hits(const event::Frame& frame, const Likelihood& l, const std::vector<LayerTables>& layers,
              const BeamExpectation& beam, const std::vector<std::uint8_t>& bins, FrameEnergy& energy) {
  const auto& hits = frame.hits;
  for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer) {
    const LayerTables& t = layers[at(layer)];
    for (auto h = at(frame.begin(layer)); h < at(frame.end(layer)); ++h) {
      const std::size_t bin = bins[h];
      energy.kink_row[h] =
          layer * static_cast<std::int32_t>(kClasses) + static_cast<std::int32_t>(bin * kClasses / kDeposits);
      energy.death[h] = static_cast<float>(t.death[bin]);
      if (layer == 0) {  // every hit is there to begin with
        energy.lone[h] = energy.death[h];
        continue;
      }
      const double dx = static_cast<double>(hits.x[h]) - beam.centre_x,
                   dy = static_cast<double>(hits.y[h]) - beam.centre_y;
      const double radius = std::sqrt(dx * dx + dy * dy) / beam.width, area = 2.0 * std::log(beam.width);
      const std::size_t place = at(layer) * l.n_radii() + l.radius_bin(radius);
      energy.birth[h] =
          static_cast<float>(t.birth_rate + t.birth[bin] + area - std::log(static_cast<double>(l.birth_radius[place])));
      energy.lone[h] =
          static_cast<float>(t.lone_rate + t.lone[bin] + area - std::log(static_cast<double>(l.lone_radius[place])));
    }
  }
}

}  // namespace

graph::HitGraphConfig joint_graph_config(const detector::Detector& detector, double link_angle) {
  graph::HitGraphConfig config = graph::hit_graph_config(detector);
  config.angles.max_angle_calorimeter = std::max(config.angles.max_angle_calorimeter, link_angle);
  return config;
}

Links links_of(const graph::HitGraph& graph, std::span<const std::uint8_t> assigned, std::size_t n_hits) {
  Links links = Links::none(n_hits);
  for (std::size_t s = 0; s < assigned.size(); ++s) {
    if (!assigned[s]) continue;
    std::int32_t& down = links.down[at(graph.shallow[s])];
    std::int32_t& up = links.up[at(graph.deep[s])];
    if (down != kNoSegment || up != kNoSegment)
      throw core::InputError({"", "assigned[" + std::to_string(s) + "]", "1"},
                             "a hit has two assigned segments on one side: not a matching");
    down = up = static_cast<std::int32_t>(s);
  }
  return links;
}

std::vector<std::uint8_t> assigned_of(const Links& links, std::size_t n_segments) {
  std::vector<std::uint8_t> assigned(n_segments, 0);
  for (const std::int32_t s : links.up)
    if (s != kNoSegment) assigned[at(s)] = 1;
  return assigned;
}

std::int32_t segment_between(const graph::HitGraph& graph, std::int32_t shallow, std::int32_t deep) {
  const auto begin = graph.shallow.begin() + graph.start_begin[at(deep)],
             end = graph.shallow.begin() + graph.start_begin[at(deep) + 1];
  const auto found = std::lower_bound(begin, end, shallow);
  return found != end && *found == shallow ? static_cast<std::int32_t>(found - graph.shallow.begin()) : kNoSegment;
}

double total_energy(const FrameEnergy& energy, const graph::HitGraph& graph, const Links& links) {
  double sum = 0.0;
  for (std::size_t h = 0; h < links.up.size(); ++h)
    sum += node_cost(energy, graph, static_cast<std::int32_t>(h), links.up[h], links.down[h]) +
           link_cost(energy, links.down[h]);
  return sum;
}

namespace {

/// What the segments of a frame cost, once its tables are there.
class SegmentCosts {
 public:
  SegmentCosts(const event::Frame& frame, const Likelihood& likelihood, const TransportExpectation& expectation)
      : hits_(frame.hits),
        likelihood_(likelihood),
        range_(expectation.range(frame)),
        planes_(expectation.planes(range_, frame.n_layers())),
        beam_(expectation.beam(frame, range_, 0)),
        starts_(likelihood, beam_, frame.n_layers()),
        bins_(frame.hits.size()) {
    const double n_first = std::max(1, frame.end(0) - frame.begin(0));
    for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer) {
      layers_.push_back(layer_tables(likelihood, layer, planes_[at(layer)], range_, n_first));
      for (auto h = at(frame.begin(layer)); h < at(frame.end(layer)); ++h)
        bins_[h] = static_cast<std::uint8_t>(bin_of(layers_.back().edges, hits_.edep[h]));
    }
  }

  /// Costs of all hits, and of all kinks.
  void fill_hits(const event::Frame& frame, FrameEnergy& energy) const {
    energy.kinks.resize(layers_.size() * kClasses * ChordGrid::kPoints);
    for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer)
      fill_kinks(likelihood_, layer, range_ - planes_[at(layer)].depth, layers_[at(layer)].width,
                 energy.kinks.data() + at(layer) * kClasses * ChordGrid::kPoints);
    add_hits(frame, likelihood_, layers_, beam_, bins_, energy);
  }

  void fill(const graph::HitGraph& graph, std::size_t s, FrameEnergy& energy) const {
    const auto a = at(graph.shallow[s]), b = at(graph.deep[s]);
    const std::int32_t layer = hits_.layer[a];
    const LayerTables &here = layers_[at(layer)], &next = layers_[at(layer) + 1];
    const float x = -graph.ux[s], y = -graph.uy[s], z = std::abs(graph.uz[s]);  // towards the deeper hit
    const float gap = hits_.z[b] - hits_.z[a];
    // d = gap / cosθ, so that 2 log d - log cosθ is one logarithm.
    energy.link[s] = static_cast<float>(here.survival[bins_[a]]) + std::log(gap * gap / (z * z * z)) +
                     next.transition[bins_[a] * kDeposits + bins_[b]];
    energy.start[s] = layer == 0 ? starts_.entrance(hits_.x[a], hits_.y[a], x, y, z)
                                 : starts_.born(likelihood_.group(layer), x, y, z);
  }

 private:
  const event::Hits& hits_;
  const Likelihood& likelihood_;
  double range_;
  std::vector<PlaneExpectation> planes_;
  BeamExpectation beam_;
  StartTables starts_;
  std::vector<std::uint8_t> bins_;
  std::vector<LayerTables> layers_;
};

}  // namespace

FrameEnergy build_frame_energy(const event::Frame& frame, const graph::HitGraph& graph, const Likelihood& likelihood,
                               const TransportExpectation& expectation) {
  const std::int32_t n_layers = frame.n_layers();
  if (n_layers > likelihood.n_layers)
    throw core::InputError({"", "layers", std::to_string(n_layers)}, "the frame has more layers than the likelihood (" +
                                                                         std::to_string(likelihood.n_layers) + ")");
  const std::size_t n_hits = frame.hits.size();
  FrameEnergy energy;
  energy.link.resize(graph.size());
  energy.start.resize(graph.size());
  energy.birth.assign(n_hits, 0.0F);
  energy.death.resize(n_hits);
  energy.lone.resize(n_hits);
  energy.kink_row.resize(n_hits);
  if (n_layers == 0) return energy;
  const SegmentCosts costs(frame, likelihood, expectation);
  costs.fill_hits(frame, energy);
  for (std::size_t s = 0; s < graph.size(); ++s) costs.fill(graph, s, energy);
  return energy;
}

FrameEnergy widen_frame_energy(const event::Frame& frame, const graph::WidenedGraph& wide, FrameEnergy energy,
                               const Likelihood& likelihood, const TransportExpectation& expectation) {
  if (!wide.any()) return energy;
  const SegmentCosts costs(frame, likelihood, expectation);
  const std::vector<float> link = std::move(energy.link), start = std::move(energy.start);
  energy.link.assign(wide.graph.size(), 0.0F);
  energy.start.assign(wide.graph.size(), 0.0F);
  std::size_t old = 0;
  for (std::size_t s = 0; s < wide.graph.size(); ++s) {
    if (old < wide.place.size() && at(wide.place[old]) == s) {
      energy.link[s] = link[old];
      energy.start[s] = start[old++];
    } else {
      costs.fill(wide.graph, s, energy);
    }
  }
  return energy;
}

}  // namespace difftrack::track
