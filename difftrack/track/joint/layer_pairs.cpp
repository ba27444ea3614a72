// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/layer_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "difftrack/assign/free_lap.hpp"
#include "difftrack/track/pair_sweep.hpp"

namespace difftrack::track {
namespace {

constexpr double kTypicalStart = -1.0;  // nats: a first direction of 0.15 rad from the axis
constexpr double kRounding = 1e-6;      // nats: gains below are none

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

LayerPairs::LayerPairs(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy)
    : frame_(frame), graph_(graph), energy_(energy) {
  for (std::size_t row = 0; row * ChordGrid::kPoints < energy.kinks.size(); ++row) {
    const auto begin = energy.kinks.begin() + static_cast<std::ptrdiff_t>(row * ChordGrid::kPoints);
    least_kink_.push_back(*std::min_element(begin, begin + ChordGrid::kPoints));
  }
  least_beyond_ = energy.kinks;
  for (std::size_t row = 0; row * ChordGrid::kPoints < energy.kinks.size(); ++row)
    for (std::size_t p = ChordGrid::kPoints - 1; p-- > 0;) {
      float* at_point = least_beyond_.data() + row * ChordGrid::kPoints + p;
      at_point[0] = std::min(at_point[0], at_point[1]);
    }
  least_link_.assign(at(std::max(0, frame.n_layers() - 1)), 0.0F);
  for (std::int32_t layer = 0; layer + 1 < frame.n_layers(); ++layer) {
    const auto begin = graph.start_begin[at(frame.begin(layer + 1))], end = graph.start_begin[at(frame.end(layer + 1))];
    if (begin < end) least_link_[at(layer)] = *std::min_element(energy.link.begin() + begin, energy.link.begin() + end);
  }
  if (!energy.start.empty()) least_start_ = *std::min_element(energy.start.begin(), energy.start.end());
}

double LayerPairs::typical_kink(std::int32_t hit) const {
  return static_cast<double>(least_kink_[at(energy_.kink_row[at(hit)])]) +
         1.0;  // the mean of a Gaussian in two dimensions
}

void LayerPairs::leave(std::int32_t layer, Known known, const Links& links) {
  leaving_.row.clear();
  leaving_.column.clear();
  for (auto b = frame_.begin(layer + 1); b < frame_.end(layer + 1); ++b)
    leaving_.row.push_back(known == Known::Shallower ? static_cast<double>(energy_.birth[at(b)]) + kTypicalStart
                                                     : node_cost(energy_, graph_, b, kNoSegment, links.down[at(b)]));
  for (auto a = frame_.begin(layer); a < frame_.end(layer); ++a)
    leaving_.column.push_back(known == Known::Deeper ? static_cast<double>(energy_.death[at(a)])
                                                     : node_cost(energy_, graph_, a, links.up[at(a)], kNoSegment));
}

void LayerPairs::begin_problem(std::int32_t layer) {
  problem_.n_rows = frame_.end(layer + 1) - frame_.begin(layer + 1);
  problem_.n_columns = frame_.end(layer) - frame_.begin(layer);
  problem_.row_begin.assign(1, 0);
  problem_.column.clear();
  problem_.cost.clear();
  entry_segment_.clear();
}

void LayerPairs::add_entry(std::int32_t s, std::int32_t column, double cost) {
  problem_.column.push_back(column);
  problem_.cost.push_back(cost);
  entry_segment_.push_back(s);
}

/// The square of a chord beyond which every kink of a row costs more.
float LayerPairs::widest_kink(std::size_t row, float cost) const {
  const float* begin = least_beyond_.data() + row * ChordGrid::kPoints;
  const float* const found = std::upper_bound(begin, begin + ChordGrid::kPoints, cost);
  if (found == begin + ChordGrid::kPoints) return std::numeric_limits<float>::infinity();
  return static_cast<float>(ChordGrid::squared(static_cast<std::size_t>(found - begin)));
}

/// Calls visit(row, s, column, cost) for the segments that cost less than their ends leaving, and visit(row, -1, 0, 0)
/// behind each row. Most are out of the question by the kink at their deeper end alone, which is therefore looked at
/// first: its chord beside the widest that any segment of the row could afford, then its cost, in float.
template <class Visit>
void LayerPairs::visit_cheap(std::int32_t layer, const Links& links, const Visit& visit) {
  constexpr float kSlack = 0.01F;  // nats, for sums in float
  const auto first_row = frame_.begin(layer + 1), first_column = frame_.begin(layer);
  gain_bound_.clear();
  for (auto a = first_column; a < frame_.end(layer); ++a) {
    const float least =
        links.up[at(a)] != kNoSegment ? least_kink_[at(energy_.kink_row[at(a)])] : energy_.birth[at(a)] + least_start_;
    gain_bound_.push_back(static_cast<float>(leaving_.column[at(a - first_column)]) - least + kSlack);
  }
  const float most_gain = gain_bound_.empty() ? 0.0F : *std::max_element(gain_bound_.begin(), gain_bound_.end());
  for (auto b = first_row; b < frame_.end(layer + 1); ++b) {
    const std::int32_t down = links.down[at(b)];
    const double leaving = leaving_.row[at(b - first_row)];
    const auto bound = static_cast<float>(leaving);
    const std::size_t row = at(energy_.kink_row[at(b)]);
    const float* kinks = energy_.kinks.data() + row * ChordGrid::kPoints;
    const float widest = down == kNoSegment ? 0.0F : widest_kink(row, bound + most_gain - least_link_[at(layer)]);
    for (auto s = graph_.start_begin[at(b)]; s < graph_.start_begin[at(b) + 1]; ++s) {
      float below = energy_.death[at(b)];
      if (down != kNoSegment) {
        const float chord = squared_chord(graph_, s, down);
        if (chord > widest) continue;
        below = ChordGrid::at(kinks, chord);
      }
      const std::int32_t a = graph_.shallow[at(s)], column = a - first_column;
      if (energy_.link[at(s)] + below >= bound + gain_bound_[at(column)]) continue;
      const double cost = static_cast<double>(energy_.link[at(s)]) + static_cast<double>(below) +
                          node_cost(energy_, graph_, a, links.up[at(a)], s);
      if (cost < leaving + leaving_.column[at(column)]) visit(b - first_row, s, column, cost);
    }
    visit(b - first_row, kNoSegment, 0, 0.0);
  }
}

bool LayerPairs::assign(std::int32_t layer, Links& links) {
  const auto first_row = frame_.begin(layer + 1), first_column = frame_.begin(layer);
  const assign::Solution solution = assign::FreeLap{}(problem_, leaving_, workspace_);
  double before = 0.0;
  bool differs = false, dear = false;  // a link that was not collected costs more than to leave its ends
  for (std::int32_t row = 0; row < problem_.n_rows; ++row) {
    const std::int32_t old = links.up[at(first_row + row)], e = solution.row_to_entry[at(row)];
    const std::int32_t now = e < 0 ? kNoSegment : entry_segment_[at(e)];
    differs = differs || old != now;
    if (old == kNoSegment) {
      before += leaving_.row[at(row)];
      continue;
    }
    const auto begin = entry_segment_.begin() + problem_.row_begin[at(row)],
               end = entry_segment_.begin() + problem_.row_begin[at(row) + 1];
    const auto found = std::lower_bound(begin, end, old);
    dear = dear || found == end || *found != old;
    if (!dear) before += problem_.cost[static_cast<std::size_t>(found - entry_segment_.begin())];
  }
  if (!differs) return false;
  for (std::int32_t column = 0; column < problem_.n_columns; ++column)
    if (links.down[at(first_column + column)] == kNoSegment) before += leaving_.column[at(column)];
  if (!dear && solution.cost > before - kRounding) return false;
  for (auto a = first_column; a < frame_.end(layer); ++a) links.down[at(a)] = kNoSegment;
  for (std::int32_t row = 0; row < problem_.n_rows; ++row) {
    const std::int32_t e = solution.row_to_entry[at(row)];
    const std::int32_t s = e < 0 ? kNoSegment : entry_segment_[at(e)];
    links.up[at(first_row + row)] = s;
    if (s != kNoSegment) links.down[at(graph_.shallow[at(s)])] = s;
  }
  return true;
}

bool LayerPairs::solve(std::int32_t layer, Links& links) {
  leave(layer, Known::Both, links);
  begin_problem(layer);
  visit_cheap(layer, links, [&](std::int32_t, std::int32_t s, std::int32_t column, double cost) {
    if (s != kNoSegment)
      add_entry(s, column, cost);
    else
      problem_.row_begin.push_back(static_cast<std::int32_t>(problem_.column.size()));
  });
  return assign(layer, links);
}

std::vector<std::uint8_t> LayerPairs::beside_changes(const Links& before, const Links& after) const {
  const std::int32_t n_pairs = frame_.n_layers() - 1;
  std::vector<std::uint8_t> open(at(std::max(0, n_pairs)), 0);
  for (std::size_t h = 0; h < after.down.size(); ++h) {
    if (after.down[h] == before.down[h]) continue;
    const std::int32_t layer = frame_.hits.layer[h];
    for (std::int32_t i = std::max(0, layer - 1); i <= std::min(layer + 1, n_pairs - 1); ++i) open[at(i)] = 1;
  }
  return open;
}

std::int64_t LayerPairs::sweep(Links& links, int most_sweeps, std::span<const std::uint8_t> only) {
  const std::int32_t n_pairs = frame_.n_layers() - 1;
  if (n_pairs < 1) return 0;
  std::vector<std::uint8_t> open(only.begin(), only.end());
  if (only.empty()) open.assign(at(n_pairs), 1);
  std::int64_t changes = 0;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    bool any = false;
    for (std::int32_t i = 0; i < n_pairs; ++i) {
      const std::int32_t layer = sweep % 2 == 0 ? i : n_pairs - 1 - i;
      if (!open[at(layer)]) continue;
      open[at(layer)] = 0;
      any = true;
      if (!solve(layer, links)) continue;
      ++changes;
      if (layer > 0) open[at(layer - 1)] = 1;
      if (layer + 1 < n_pairs) open[at(layer + 1)] = 1;
    }
    if (!any) break;
  }
  return changes;
}

void LayerPairs::start_pair(std::int32_t layer, Known known, const BeamExpectation* beam, Links& links) {
  leave(layer, known, links);
  const double core = beam ? 0.5 / (beam->spread * beam->spread) : 0.0;
  const double level = beam ? std::log(2.0 * std::numbers::pi * beam->spread * beam->spread) : 0.0;
  if (beam)  // what comes in front is not known either
    for (auto a = frame_.begin(layer); a < frame_.end(layer); ++a)
      leaving_.column[at(a - frame_.begin(layer))] = static_cast<double>(energy_.death[at(a)]);
  const auto cost_of = [&](std::int32_t s) {
    const std::int32_t a = graph_.shallow[at(s)], b = graph_.deep[at(s)];
    double cost = static_cast<double>(energy_.link[at(s)]);
    if (beam) {
      const auto h = at(a);
      const Direction expected = beam->at(static_cast<double>(frame_.hits.x[h]), static_cast<double>(frame_.hits.y[h]));
      const double dx = -static_cast<double>(graph_.ux[at(s)]) - expected.x,
                   dy = -static_cast<double>(graph_.uy[at(s)]) - expected.y;
      return cost + level + std::min(core * (dx * dx + dy * dy), 8.0) + typical_kink(b);
    }
    if (known == Known::Shallower) return cost + node_cost(energy_, graph_, a, links.up[at(a)], s) + typical_kink(b);
    return cost + typical_kink(a) + node_cost(energy_, graph_, b, s, links.down[at(b)]);
  };
  begin_problem(layer);
  const auto first_row = frame_.begin(layer + 1), first_column = frame_.begin(layer);
  for (auto b = first_row; b < frame_.end(layer + 1); ++b) {
    for (auto s = graph_.start_begin[at(b)]; s < graph_.start_begin[at(b) + 1]; ++s) {
      const std::int32_t column = graph_.shallow[at(s)] - first_column;
      const double cost = cost_of(s);
      if (cost < leaving_.row[at(b - first_row)] + leaving_.column[at(column)]) add_entry(s, column, cost);
    }
    problem_.row_begin.push_back(static_cast<std::int32_t>(problem_.column.size()));
  }
  assign(layer, links);
}

Links LayerPairs::start(std::int32_t first_layer, const BeamExpectation& beam) {
  Links links = Links::none(frame_.hits.size());
  const std::int32_t first = std::clamp(first_layer, 0, std::max(0, frame_.n_layers() - 2));
  for (const SweepStep step : sweep_order(frame_.n_layers(), first))
    start_pair(step.layer, step.downstream ? Known::Shallower : Known::Deeper,
               step.layer == first && first > 0 ? &beam : nullptr, links);
  return links;
}

std::vector<std::int32_t> LayerPairs::candidates(const Links& links, std::span<const std::uint8_t> marked) {
  std::vector<std::int32_t> found;
  for (std::int32_t layer = 0; layer + 1 < frame_.n_layers(); ++layer) {
    if (!marked.empty()) {
      add_marked_candidates(layer, links, marked, found);
      continue;
    }
    leave(layer, Known::Both, links);
    visit_cheap(layer, links, [&](std::int32_t, std::int32_t s, std::int32_t, double) {
      if (s != kNoSegment && links.up[at(graph_.deep[at(s)])] != s) found.push_back(s);
    });
  }
  return found;
}

void LayerPairs::add_marked_candidates(std::int32_t layer, const Links& links, std::span<const std::uint8_t> marked,
                                       std::vector<std::int32_t>& found) {
  entry_segment_.clear();
  for (auto a = frame_.begin(layer); a < frame_.end(layer); ++a)
    if (marked[at(a)])
      entry_segment_.insert(entry_segment_.end(), graph_.end_segment.begin() + graph_.end_begin[at(a)],
                            graph_.end_segment.begin() + graph_.end_begin[at(a) + 1]);
  for (auto b = frame_.begin(layer + 1); b < frame_.end(layer + 1); ++b)
    for (auto s = graph_.start_begin[at(b)]; marked[at(b)] && s < graph_.start_begin[at(b) + 1]; ++s)
      if (!marked[at(graph_.shallow[at(s)])]) entry_segment_.push_back(s);
  std::sort(entry_segment_.begin(), entry_segment_.end());
  for (const std::int32_t s : entry_segment_) {
    const std::int32_t a = graph_.shallow[at(s)], b = graph_.deep[at(s)];
    if (links.up[at(b)] == s) continue;
    const std::int32_t up = links.up[at(a)], down = links.down[at(b)];
    const double cost =
        link_cost(energy_, s) + node_cost(energy_, graph_, b, s, down) + node_cost(energy_, graph_, a, up, s);
    if (cost < node_cost(energy_, graph_, b, kNoSegment, down) + node_cost(energy_, graph_, a, up, kNoSegment))
      found.push_back(s);
  }
}

}  // namespace difftrack::track
