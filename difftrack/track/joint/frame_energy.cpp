// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/frame_energy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::track {
namespace {

constexpr std::size_t kDeposits = Likelihood::kDeposits, kClasses = Likelihood::kClasses;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Rows `knot` and `knot + 1` of a table of rows of n values, mixed.
template <std::size_t n>
std::array<double, n> mixed(const std::vector<float>& table, std::size_t first_row, const RangePlace& place) {
  std::array<double, n> result;
  const std::size_t row = (first_row + place.knot) * n;
  for (std::size_t i = 0; i < n; ++i)
    result[i] = (1.0 - place.share) * static_cast<double>(table[row + i]) +
                place.share * static_cast<double>(table[row + n + i]);
  return result;
}

/// -log of each.
template <std::size_t n>
std::array<double, n> costs(std::array<double, n> probabilities) {
  for (double& p : probabilities) p = -std::log(p);
  return probabilities;
}

/// What the hits and segments of one layer cost, apart from their places.
struct LayerTables {
  std::array<double, kDeposits - 1> edges;
  std::array<double, kDeposits> survival, death, birth, lone, secondary;  // costs
  std::array<float, kDeposits * kDeposits> transition;  // costs, of a hit of this layer after one before
  double secondary_rate;                                // cost: that one follows a hit of this layer
  double birth_rate, lone_rate;                         // -log of the number expected
  double width;                                         // [rad] of kinks

  std::size_t bin(float deposit) const {
    std::size_t bin = 0;
    for (const double edge : edges) bin += static_cast<double>(deposit) > edge;
    return bin;
  }
};

LayerTables layer_tables(const Likelihood& l, std::int32_t layer, const PlaneExpectation& plane, double range,
                         double n_first) {
  const RangePlace place = l.place(range - plane.depth);
  const std::size_t knots = l.n_knots(), group = l.group(layer);
  LayerTables t;
  t.edges = mixed<kDeposits - 1>(l.deposit_edges, 0, place);
  const auto death = mixed<kDeposits>(l.deaths, group * knots, place);
  t.death = costs(death);
  for (std::size_t i = 0; i < kDeposits; ++i) t.survival[i] = -std::log1p(-death[i]);
  t.birth = costs(mixed<kDeposits>(l.birth_deposit, 0, place));
  t.lone = costs(mixed<kDeposits>(l.lone_deposit, 0, place));
  t.secondary = costs(mixed<kDeposits>(l.secondary_deposit, 0, place));
  t.secondary_rate = -std::log(mixed<1>(l.secondary_rate, group * knots, place)[0]);
  const auto transition = mixed<kDeposits * kDeposits>(l.transitions, 0, place);
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

/// Costs of the hits of all layers; the bin of each hit's deposit goes to `bins`.
void add_hits(const event::Frame& frame, const Likelihood& l, const std::vector<LayerTables>& layers,
              const BeamExpectation& beam, std::vector<std::uint8_t>& bins, FrameEnergy& energy) {
  const auto& hits = frame.hits;
  for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer) {
    const LayerTables& t = layers[at(layer)];
    for (auto h = at(frame.begin(layer)); h < at(frame.end(layer)); ++h) {
      const std::size_t bin = t.bin(hits.edep[h]);
      bins[h] = static_cast<std::uint8_t>(bin);
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

FrameEnergy build_frame_energy(const event::Frame& frame, const graph::HitGraph& graph, const Likelihood& likelihood,
                               const ProtonExpectation& expectation) {
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
  energy.secondary.resize(graph.size());
  energy.secondary_row.resize(n_hits);
  if (n_layers == 0) return energy;

  const double range = expectation.range(frame);
  const auto planes = expectation.planes(range, n_layers);
  const BeamExpectation beam = expectation.beam(frame, range, 0);
  const double n_first = std::max(1, frame.end(0) - frame.begin(0));
  std::vector<LayerTables> layers;
  energy.kinks.resize(at(n_layers) * kClasses * ChordGrid::kPoints);
  for (std::int32_t layer = 0; layer < n_layers; ++layer) {
    layers.push_back(layer_tables(likelihood, layer, planes[at(layer)], range, n_first));
    fill_kinks(likelihood, layer, range - planes[at(layer)].depth, layers.back().width,
               energy.kinks.data() + at(layer) * kClasses * ChordGrid::kPoints);
  }
  std::vector<std::uint8_t> bins(n_hits);
  add_hits(frame, likelihood, layers, beam, bins, energy);

  energy.secondary_kinks.resize(likelihood.n_groups() * ChordGrid::kPoints);
  for (std::size_t g = 0; g < likelihood.n_groups(); ++g) {
    const std::span<const float> row(likelihood.secondary_angles.data() + g * ScaledGrid::kPoints, ScaledGrid::kPoints);
    fill_chord_costs(energy.secondary_kinks.data() + g * ChordGrid::kPoints, Likelihood::kBornScale,
                     [&](double at) { return ScaledGrid::at(row, at); });
  }
  for (std::size_t h = 0; h < n_hits; ++h)
    energy.secondary_row[h] = static_cast<std::int32_t>(likelihood.group(frame.hits.layer[h]));

  const StartTables starts(likelihood, beam, n_layers);
  const auto& hits = frame.hits;
  for (std::int32_t layer = 0; layer + 1 < n_layers; ++layer) {
    const LayerTables &here = layers[at(layer)], &next = layers[at(layer + 1)];
    const std::size_t group = likelihood.group(layer), pair = at(n_layers - 2 - layer);
    for (auto s = at(graph.pair_begin[pair]); s < at(graph.pair_begin[pair + 1]); ++s) {
      const auto a = at(graph.shallow[s]), b = at(graph.deep[s]);
      const float x = -graph.ux[s], y = -graph.uy[s], z = std::abs(graph.uz[s]);  // towards the deeper hit
      const float gap = hits.z[b] - hits.z[a];
      // d = gap / cosθ, so that 2 log d - log cosθ is one logarithm.
      const float place = std::log(gap * gap / (z * z * z));
      energy.link[s] =
          static_cast<float>(here.survival[bins[a]]) + place + next.transition[bins[a] * kDeposits + bins[b]];
      energy.secondary[s] = static_cast<float>(here.secondary_rate + next.secondary[bins[b]]) + place;
      energy.start[s] = layer == 0 ? starts.entrance(hits.x[a], hits.y[a], x, y, z) : starts.born(group, x, y, z);
    }
  }
  return energy;
}

}  // namespace difftrack::track
