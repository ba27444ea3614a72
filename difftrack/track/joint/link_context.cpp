// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/link_context.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/joint/layer_pairs.hpp"
#include "difftrack/track/joint/meetings.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

float held(double value) { return static_cast<float>(std::clamp(value, -3.0, 3.0)); }

/// What a chain shows on one side of each of its hits.
struct Side {
  std::vector<std::int32_t> links;  // per hit: on that side
  std::vector<double> kinks;        // per hit: sum of kink costs above their least, without the hit's own
  std::vector<double> deposits;     // [MeV] per hit: sum, with the hit's own

  explicit Side(std::size_t n_hits) : links(n_hits, 0), kinks(n_hits, 0.0), deposits(n_hits, 0.0) {}
};

class Context {
 public:
  Context(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links)
      : hits_(frame.hits), graph_(graph), energy_(energy), links_(links), above_(hits_.size()), below_(hits_.size()) {
    for (std::size_t row = 0; row * ChordGrid::kPoints < energy.kinks.size(); ++row) {
      const auto begin = energy.kinks.begin() + static_cast<std::ptrdiff_t>(row * ChordGrid::kPoints);
      least_kink_.push_back(static_cast<double>(*std::min_element(begin, begin + ChordGrid::kPoints)));
    }
    for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer)
      for (auto h = frame.begin(layer); h < frame.end(layer); ++h) extend(above_, h, links.up[at(h)], graph.shallow);
    for (std::int32_t layer = frame.n_layers(); layer-- > 0;)
      for (auto h = frame.begin(layer); h < frame.end(layer); ++h) extend(below_, h, links.down[at(h)], graph.deep);
  }

  /// All columns but the last.
  void fill(std::int32_t s, double log_odds, float* to) const {
    const std::int32_t a = graph_.shallow[at(s)], b = graph_.deep[at(s)];
    to[0] = held(log_odds / 10.0);
    to[1] = links_.down[at(a)] == s ? 1.0F : 0.0F;
    to[2] = held((link_cost(energy_, s) - 5.0) / 5.0);
    to[3] = kink(a, links_.up[at(a)], s);
    to[4] = kink(b, s, links_.down[at(b)]);
    const Side* sides[] = {&above_, &below_};
    const std::int32_t ends[] = {a, b};
    for (std::size_t i = 0; i < 2; ++i) {
      const Side& side = *sides[i];
      const std::size_t h = at(ends[i]);
      const double n = side.links[h];
      to[5 + i] = static_cast<float>(n / 20.0);
      to[7 + i] = n < 2.0 ? 0.0F : held(side.kinks[h] / (n - 1.0) - 1.0);
      to[9 + i] = static_cast<float>(std::log10(std::max(side.deposits[h] / (n + 1.0), 1e-4) / 0.01));
    }
  }

 private:
  double above_least(std::int32_t hit, std::int32_t up, std::int32_t down) const {
    return kink_cost(energy_, graph_, hit, up, down) - least_kink_[at(energy_.kink_row[at(hit)])];
  }
  float kink(std::int32_t hit, std::int32_t up, std::int32_t down) const {
    if (up == kNoSegment || down == kNoSegment) return 0.0F;
    return held((above_least(hit, up, down) - 1.0) / 5.0);
  }

  /// Adds hit `h` to what its neighbour across `link`, one of `ends`, has seen.
  void extend(Side& side, std::int32_t h, std::int32_t link, const std::vector<std::int32_t>& ends) const {
    side.deposits[at(h)] = static_cast<double>(hits_.edep[at(h)]);
    if (link == kNoSegment) return;
    const std::int32_t next = ends[at(link)];
    side.links[at(h)] = side.links[at(next)] + 1;
    side.deposits[at(h)] += side.deposits[at(next)];
    side.kinks[at(h)] = side.kinks[at(next)];
    const std::int32_t up = links_.up[at(next)], down = links_.down[at(next)];
    if (up != kNoSegment && down != kNoSegment) side.kinks[at(h)] += above_least(next, up, down);
  }

  const event::Hits& hits_;
  const graph::HitGraph& graph_;
  const FrameEnergy& energy_;
  const Links& links_;
  std::vector<double> least_kink_;  // per row of kinks
  Side above_, below_;
};

}  // namespace

double move_log_odds(const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links,
                     std::int32_t segment) {
  const double cost = move_cost(graph, energy, links, segment);
  return links.down[at(graph.shallow[at(segment)])] == segment ? cost : -cost;
}

UndecidedSegments undecided_segments(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                                     const Links& links, double gate) {
  std::vector<std::uint8_t> keep = assigned_of(links, graph.size());
  std::vector<std::int32_t> rivals(frame.hits.size(), 0);  // per hit
  LayerPairs pairs(frame, graph, energy);
  for (const std::int32_t s : pairs.candidates(links)) {
    if (move_cost(graph, energy, links, s) >= gate) continue;
    keep[at(s)] = 1;
    ++rivals[at(graph.shallow[at(s)])];
    ++rivals[at(graph.deep[at(s)])];
  }
  UndecidedSegments undecided{graph::with_segments(graph, keep, frame.hits.size()), {}};
  const Context context(frame, graph, energy, links);
  constexpr std::size_t kColumns = graph::kContextFeatures;
  for (std::size_t s = 0; s < graph.size(); ++s) {
    if (!keep[s]) continue;
    const auto segment = static_cast<std::int32_t>(s);
    undecided.place.push_back(segment);
    std::vector<float>& rows = undecided.graph.context;
    rows.resize(rows.size() + kColumns);
    float* row = rows.data() + rows.size() - kColumns;
    context.fill(segment, move_log_odds(graph, energy, links, segment), row);
    const double near = rivals[at(graph.shallow[s])] + rivals[at(graph.deep[s])];
    row[kColumns - 1] = static_cast<float>(std::log1p(near) / 2.0);
  }
  return undecided;
}

std::vector<float> doubt(const graph::HitGraph& graph) {
  std::vector<float> factors(graph.size());
  for (std::size_t s = 0; s < factors.size(); ++s)
    factors[s] = std::exp(-std::abs(graph.context[s * graph::kContextFeatures]));  // column 0 is o / 10
  return factors;
}

std::vector<float> added_log_odds(const graph::HitGraph& graph, std::span<const float> logits) {
  std::vector<float> added = doubt(graph);
  for (std::size_t s = 0; s < added.size(); ++s) added[s] *= logits[s];
  return added;
}

}  // namespace difftrack::track
