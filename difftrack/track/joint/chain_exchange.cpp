// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/chain_exchange.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace difftrack::track {
namespace {

constexpr double kRounding = 1e-6;  // nats: gains below are none
constexpr std::int32_t kNoHit = -1;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// -log Σ exp(-value).
class SoftMinimum {
 public:
  void add(double value) {
    if (sum_ == 0.0) {
      least_ = value;
      sum_ = 1.0;
    } else if (value < least_) {
      sum_ = sum_ * std::exp(value - least_) + 1.0;
      least_ = value;
    } else {
      sum_ += std::exp(least_ - value);
    }
  }
  double value() const { return sum_ > 0.0 && sum_ != 1.0 ? least_ - std::log(sum_) : least_; }

 private:
  double least_ = std::numeric_limits<double>::infinity(), sum_ = 0.0;
};

/// Place of a segment in a list of different ones, which gets it where it is not there yet.
template <std::size_t n>
std::size_t place_in(std::array<std::int32_t, n>& list, std::size_t& size, std::int32_t segment) {
  std::size_t place = 0;
  while (place < size && list[place] != segment) ++place;
  if (place == size) list[size++] = segment;
  return place;
}

}  // namespace

ChainExchange::ChainExchange(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                             double inverse_temperature)
    : frame_(frame), graph_(graph), energy_(energy), scale_(inverse_temperature), reach_(at(frame.n_layers()), 0.0F) {
  const auto& hits = frame_.hits;
  for (std::int32_t layer = 0; layer + 1 < frame_.n_layers(); ++layer) {
    const auto begin = graph_.start_begin[at(frame_.begin(layer + 1))],
               end = graph_.start_begin[at(frame_.end(layer + 1))];
    if (begin == end) continue;
    float steepest = 1.0F;  // |cos| of the widest segment
    for (auto s = begin; s < end; ++s) steepest = std::min(steepest, std::abs(graph_.uz[at(s)]));
    const auto range = [&](std::int32_t of) {
      return std::minmax_element(hits.z.begin() + frame_.begin(of), hits.z.begin() + frame_.end(of));
    };
    const float gap = *range(layer + 1).second - *range(layer).first;
    reach_[at(layer)] = 1.001F * gap * gap * (1.0F / (steepest * steepest) - 1.0F) + 1e-6F;
  }
}

/// Whether two hits are near enough for a segment: most that chains have are not.
bool ChainExchange::within_reach(std::int32_t shallow, std::int32_t deep) const {
  const auto& hits = frame_.hits;
  const auto a = at(shallow), b = at(deep);
  const float dx = hits.x[b] - hits.x[a], dy = hits.y[b] - hits.y[a];
  return dx * dx + dy * dy <= reach_[at(hits.layer[a])];
}

void ChainExchange::load(std::span<const std::int32_t> hits_of_chains, const Links& links, Joins joins) {
  n_ = hits_of_chains.size();
  all_paths_.reset();
  std::array<std::int32_t, kMost> head{};
  std::int32_t first = std::numeric_limits<std::int32_t>::max(), last = -1;
  for (std::size_t k = 0; k < n_; ++k) {
    std::int32_t h = hits_of_chains[k];
    while (links.up[at(h)] != kNoSegment) h = graph_.shallow[at(links.up[at(h)])];
    head[k] = h;
    first = std::min(first, frame_.hits.layer[at(h)]);
  }
  layers_.clear();
  layers_.reserve(at(frame_.n_layers()));
  first_ = first;
  for (std::size_t k = 0; k < n_; ++k) {
    for (std::int32_t h = head[k];; h = graph_.deep[at(links.down[at(h)])]) {
      const std::int32_t layer = frame_.hits.layer[at(h)];
      last = std::max(last, layer);
      if (layers_.size() < at(last - first) + 1) {
        Layer empty;
        empty.hit.fill(kNoHit);
        layers_.resize(at(last - first) + 1, empty);
      }
      layers_[at(layer - first)].hit[k] = h;
      if (links.down[at(h)] == kNoSegment) break;
    }
  }
  for (std::size_t i = 0; i < layers_.size(); ++i) find_joins(i, links, joins);
  terms_.resize(layers_.size());
  for (std::size_t i = 0; i < layers_.size(); ++i) fill_terms(i);
}

void ChainExchange::find_joins(std::size_t i, const Links& links, Joins joins) {
  Layer& layer = layers_[i];
  const bool last = i + 1 == layers_.size();
  const auto add = [&](const Slots& down, const Slots& up) {
    layer.down[layer.n_joins] = down;
    layer.up_of_next[layer.n_joins] = up;
    ++layer.n_joins;
  };
  Slots none;
  none.fill(kNoSegment);
  Slots down = none, up = none;
  for (std::size_t k = 0; k < n_; ++k)
    if (layer.hit[k] != kNoHit) down[k] = up[k] = links.down[at(layer.hit[k])];  // a chain goes on in its own slot
  layer.n_joins = 0;
  add(down, up);
  if (last) return;
  const Slots present = down;

  std::array<Slots, kMost> segment;
  for (auto& row : segment) row.fill(kNoSegment);
  for (std::size_t k = 0; k < n_; ++k)
    for (std::size_t j = 0; j < n_; ++j) {
      const std::int32_t a = layer.hit[k], b = layers_[i + 1].hit[j];
      if (a != kNoHit && b != kNoHit)
        segment[k][j] = k == j && down[k] != kNoSegment ? down[k]
                        : within_reach(a, b)            ? segment_between(graph_, a, b)
                                                        : kNoSegment;
    }
  bool crossed = false;  // where chains cannot meet, there is nothing to choose
  for (std::size_t k = 0; k < n_; ++k)
    for (std::size_t j = 0; j < n_; ++j)
      crossed = crossed || (segment[k][j] != kNoSegment && segment[k][j] != present[k]);
  if (!crossed) return;
  // All matchings, slot after slot; those of the largest size are kept.
  std::size_t largest = 0;
  const auto visit = [&](const auto& self, std::size_t k, std::size_t size, bool count_only) -> void {
    if (k == n_) {
      if (count_only)
        largest = std::max(largest, size);
      else if ((joins == Joins::All || size == largest) && down != present)
        add(down, up);
      return;
    }
    for (std::size_t j = 0; j < n_; ++j) {
      if (segment[k][j] == kNoSegment || up[j] != kNoSegment) continue;
      down[k] = up[j] = segment[k][j];
      self(self, k + 1, size + 1, count_only);
      down[k] = up[j] = kNoSegment;
    }
    self(self, k + 1, size, count_only);
  };
  down = up = none;
  visit(visit, 0, 0, true);
  visit(visit, 0, 0, false);
}

bool ChainExchange::open(std::size_t i) const { return layers_[i].n_joins > 1 || joins_before(i) > 1; }

void ChainExchange::fill_terms(std::size_t i) {
  Terms& terms = terms_[i];
  const Layer& layer = layers_[i];
  if (!open(i)) {
    terms[0][0] = 0.0;
    return;
  }
  // A hit has few segments to choose from on either side: the same costs come back in many joins.
  const std::size_t n_before = joins_before(i);
  for (std::size_t before = 0; before < n_before; ++before)
    for (std::size_t behind = 0; behind < layer.n_joins; ++behind) terms[before][behind] = 0.0;
  for (std::size_t k = 0; k < n_; ++k) {
    const std::int32_t hit = layer.hit[k];
    if (hit == kNoHit) continue;
    std::array<std::int32_t, kMostJoins> ups, downs;           // different ones
    std::array<std::size_t, kMostJoins> up_place, down_place;  // of each join
    std::size_t n_ups = 0, n_downs = 0;
    for (std::size_t before = 0; before < n_before; ++before)
      up_place[before] = place_in(ups, n_ups, i == 0 ? kNoSegment : layers_[i - 1].up_of_next[before][k]);
    for (std::size_t behind = 0; behind < layer.n_joins; ++behind)
      down_place[behind] = place_in(downs, n_downs, layer.down[behind][k]);
    std::array<std::array<double, kMost + 2>, kMost + 2> cost;
    for (std::size_t u = 0; u < n_ups; ++u)
      for (std::size_t d = 0; d < n_downs; ++d)
        cost[u][d] = node_cost(energy_, graph_, hit, ups[u], downs[d]) + link_cost(energy_, downs[d]);
    for (std::size_t before = 0; before < n_before; ++before)
      for (std::size_t behind = 0; behind < layer.n_joins; ++behind)
        terms[before][behind] += cost[up_place[before]][down_place[behind]];
  }
}

double ChainExchange::improve(Links& links) {
  using Costs = std::array<double, kMostJoins>;
  Costs reach{};
  double present = 0.0;
  std::vector<std::array<std::uint8_t, kMostJoins>> from(layers_.size());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Costs next;
    for (std::size_t behind = 0; behind < layers_[i].n_joins; ++behind) {
      double best = std::numeric_limits<double>::infinity();
      for (std::size_t before = 0; before < joins_before(i); ++before) {
        const double cost = reach[before] + terms_[i][before][behind];
        if (cost < best) {
          best = cost;
          from[i][behind] = static_cast<std::uint8_t>(before);
        }
      }
      next[behind] = best;
    }
    present += terms_[i][0][0];
    reach = next;
  }
  const double gain = present - reach[0];  // behind the last layer there is one join, of nothing
  if (!(gain > kRounding)) return 0.0;
  std::size_t join = 0;
  for (std::size_t i = layers_.size() - 1; i > 0; --i) {
    join = from[i][join];
    if (join == 0) continue;
    const Layer &layer = layers_[i - 1], &next = layers_[i];
    for (std::size_t k = 0; k < n_; ++k) {
      if (layer.hit[k] != kNoHit) links.down[at(layer.hit[k])] = layer.down[join][k];
      if (next.hit[k] != kNoHit) links.up[at(next.hit[k])] = layer.up_of_next[join][k];
    }
  }
  return gain;
}

/// -log Σ exp(-E) over the paths whose joins are all allowed(i, join).
template <class Allowed>
double ChainExchange::sum_of_paths(const Allowed& allowed) const {
  std::array<double, kMostJoins> reach{}, next{};
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    for (std::size_t to = 0; to < layers_[i].n_joins; ++to) {
      SoftMinimum sum;
      if (allowed(i, to))
        for (std::size_t from = 0; from < joins_before(i); ++from)
          if (i == 0 || allowed(i - 1, from)) sum.add(reach[from] + scale_ * terms_[i][from][to]);
      next[to] = sum.value();
    }
    reach = next;
  }
  return reach[0];
}

double ChainExchange::odds_against(std::size_t k, std::int32_t first_layer, std::int32_t last_layer) {
  bool any = false;
  const auto keeps = [&](std::size_t i, std::size_t join) {
    const std::int32_t layer = first_ + static_cast<std::int32_t>(i), s = layers_[i].down[0][k];
    if (s == kNoSegment || layer < first_layer || layer >= last_layer || layers_[i].down[join][k] == s) return true;
    any = true;
    return false;
  };
  const double with = sum_of_paths(keeps);
  if (!any) return 0.0;
  if (!all_paths_) all_paths_ = sum_of_paths([](std::size_t, std::size_t) { return true; });
  return std::max(0.0, std::expm1(with - *all_paths_));
}

ChainExchange::Odds ChainExchange::odds() const {
  Odds odds;
  const std::size_t n = layers_.size();
  std::vector<std::array<double, kMostJoins>> front(n), behind(n);  // -log sums of the paths to and from a join
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t to = 0; to < layers_[i].n_joins; ++to) {
      SoftMinimum sum;
      for (std::size_t from = 0; from < joins_before(i); ++from)
        sum.add((i == 0 ? 0.0 : front[i - 1][from]) + scale_ * terms_[i][from][to]);
      front[i][to] = sum.value();
    }
  behind[n - 1][0] = 0.0;
  for (std::size_t i = n - 1; i > 0; --i)
    for (std::size_t from = 0; from < layers_[i - 1].n_joins; ++from) {
      SoftMinimum sum;
      for (std::size_t to = 0; to < layers_[i].n_joins; ++to) sum.add(scale_ * terms_[i][from][to] + behind[i][to]);
      behind[i - 1][from] = sum.value();
    }
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const Layer& layer = layers_[i];
    if (layer.n_joins == 1) continue;
    for (std::size_t k = 0; k < n_; ++k) {
      const std::int32_t s = layer.down[0][k];
      if (s == kNoSegment) continue;
      SoftMinimum with, without;
      for (std::size_t join = 0; join < layer.n_joins; ++join)
        (layer.down[join][k] == s ? with : without).add(front[i][join] + behind[i][join]);
      odds.segment.push_back(s);
      odds.against.push_back(std::exp(with.value() - without.value()));  // 0 where no join is without it
    }
  }
  return odds;
}

}  // namespace difftrack::track
