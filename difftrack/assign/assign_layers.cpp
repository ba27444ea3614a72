// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/assign_layers.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "difftrack/assign/free_lap.hpp"
#include "difftrack/assign/sparse_lap.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"

namespace difftrack::assign {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

[[noreturn]] void fail(const std::string& field, const std::string& value, const std::string& problem) {
  throw core::InputError({"", field, value}, problem);
}

void check_segments(const Segments& segments) {
  const auto n = segments.size();
  if (segments.shallow.size() != n) fail("shallow", std::to_string(segments.shallow.size()), "needs one per segment");
  if (segments.pair_begin.empty() ? n != 0 : segments.pair_begin.front() != 0 || at(segments.pair_begin.back()) != n)
    fail("pair_begin", "", "must start at 0 and end at the number of segments");
  for (std::size_t p = 0; p < segments.n_pairs(); ++p) {
    if (segments.pair_begin[p] > segments.pair_begin[p + 1]) fail("pair_begin", std::to_string(p), "must not descend");
    for (auto s = at(segments.pair_begin[p]); s < at(segments.pair_begin[p + 1]); ++s) {
      if (segments.deep[s] < 0 || segments.deep[s] >= segments.n_hits || segments.shallow[s] < 0 ||
          segments.shallow[s] >= segments.n_hits)
        fail("segment " + std::to_string(s), "", "its hits must lie in [0, n_hits)");
      if (s > at(segments.pair_begin[p]) &&
          (segments.deep[s] < segments.deep[s - 1] ||
           (segments.deep[s] == segments.deep[s - 1] && segments.shallow[s] <= segments.shallow[s - 1])))
        fail("segment " + std::to_string(s), "", "segments of a layer pair must ascend by deep, then by shallow hit");
    }
  }
}

/// Cost of a segment, or NaN when it is forbidden.
using CostOf = std::function<void(std::size_t begin, std::size_t end, double* costs)>;

struct Kept {
  std::vector<std::int32_t> segment;  // empty when every segment of the pair is kept
};

void build_pair(const Segments& segments, std::size_t p, const double* costs, PairAssignment& pair, Kept& kept) {
  const auto begin = at(segments.pair_begin[p]), end = at(segments.pair_begin[p + 1]);
  Problem& problem = pair.problem;
  problem.row_begin.assign(1, 0);
  if (begin == end) return;
  pair.first_row = segments.deep[begin];
  const auto shallow = segments.shallow.subspan(begin, end - begin);
  const auto [low, high] = std::minmax_element(shallow.begin(), shallow.end());
  pair.first_column = *low;
  problem.n_rows = segments.deep[end - 1] - pair.first_row + 1;
  problem.n_columns = *high - *low + 1;
  problem.row_begin.assign(at(problem.n_rows) + 1, 0);
  problem.column.reserve(end - begin);
  problem.cost.reserve(end - begin);
  bool all = true;
  for (auto s = begin; s < end; ++s) {
    if (std::isnan(costs[s - begin])) {
      all = false;
      continue;
    }
    ++problem.row_begin[at(segments.deep[s] - pair.first_row) + 1];
    problem.column.push_back(segments.shallow[s] - pair.first_column);
    problem.cost.push_back(costs[s - begin]);
  }
  for (std::size_t r = 0; r < at(problem.n_rows); ++r) problem.row_begin[r + 1] += problem.row_begin[r];
  if (all) return;
  for (auto s = begin; s < end; ++s)
    if (!std::isnan(costs[s - begin])) kept.segment.push_back(static_cast<std::int32_t>(s));
}

/// Joins the solved pairs of one frame.
void join(const Segments& segments, const std::vector<Kept>& kept, bool free, Assignment& result) {
  result.free = free;
  result.assigned.assign(segments.size(), 0);
  result.entry_begin.assign(1, 0);
  std::size_t entries = 0;
  for (const auto& pair : result.pairs) {
    entries += pair.problem.n_entries();
    result.entry_begin.push_back(static_cast<std::int32_t>(entries));
    result.cost += pair.solution.cost;
    result.cardinality += pair.solution.cardinality;
  }
  if (entries != segments.size()) {
    result.entry_segment.reserve(entries);
    for (std::size_t p = 0; p < result.pairs.size(); ++p) {
      if (!kept[p].segment.empty())
        result.entry_segment.insert(result.entry_segment.end(), kept[p].segment.begin(), kept[p].segment.end());
      else if (result.pairs[p].problem.n_entries() > 0)
        for (auto s = segments.pair_begin[p]; s < segments.pair_begin[p + 1]; ++s) result.entry_segment.push_back(s);
    }
  }
  for (std::size_t p = 0; p < result.pairs.size(); ++p)
    for (const auto e : result.pairs[p].solution.row_to_entry)
      if (e >= 0) result.assigned[at(result.segment(at(result.entry_begin[p]) + at(e)))] = 1;
}

std::vector<Assignment> solve_batch(std::span<const Segments> frames, const std::vector<CostOf>& costs,
                                    const AssignConfig& config) {
  core::check_fields(config, "");
  std::vector<Assignment> results(frames.size());
  std::vector<std::vector<Kept>> kept(frames.size());
  std::vector<std::pair<std::size_t, std::size_t>> items;  // frame, pair
  for (std::size_t f = 0; f < frames.size(); ++f) {
    check_segments(frames[f]);
    results[f].pairs.resize(frames[f].n_pairs());
    kept[f].resize(frames[f].n_pairs());
    for (std::size_t p = 0; p < frames[f].n_pairs(); ++p) items.emplace_back(f, p);
  }
  const int threads = config.threads > 0 ? config.threads : core::default_threads();
  std::vector<Workspace> workspaces(static_cast<std::size_t>(threads));
  std::vector<std::vector<double>> buffers(static_cast<std::size_t>(threads));
  core::parallel_for_with_thread(static_cast<std::int64_t>(items.size()), threads, [&](std::int64_t i, int thread) {
    const auto [f, p] = items[static_cast<std::size_t>(i)];
    const auto begin = at(frames[f].pair_begin[p]), end = at(frames[f].pair_begin[p + 1]);
    auto& buffer = buffers[static_cast<std::size_t>(thread)];
    auto& workspace = workspaces[static_cast<std::size_t>(thread)];
    buffer.resize(end - begin);
    costs[f](begin, end, buffer.data());
    PairAssignment& pair = results[f].pairs[p];
    build_pair(frames[f], p, buffer.data(), pair, kept[f][p]);
    if (config.free()) {
      pair.leaving = LeavingCosts::uniform(pair.problem, config.unassigned_cost);
      pair.solution = FreeLap{}(pair.problem, pair.leaving, workspace);
    } else {
      pair.solution = SparseLap{}(pair.problem, workspace);
    }
  });
  for (std::size_t f = 0; f < frames.size(); ++f) join(frames[f], kept[f], config.free(), results[f]);
  return results;
}

CostOf costs_of_scores(std::span<const float> scores, double min_score) {
  return [scores, min_score](std::size_t begin, std::size_t end, double* costs) {
    for (auto s = begin; s < end; ++s) {
      const float p = scores[s];
      if (!(p >= 0.0F && p <= 1.0F))
        fail("score[" + std::to_string(s) + "]", std::to_string(p), "scores must be finite and lie in [0, 1]");
      costs[s - begin] = p < min_score ? std::nan("") : 1.0 - static_cast<double>(p);
    }
  };
}

}  // namespace

std::vector<Assignment> assign_layers(std::span<const Segments> frames, std::span<const std::span<const float>> scores,
                                      const AssignConfig& config) {
  if (scores.size() != frames.size()) fail("scores", std::to_string(scores.size()), "needs one row per frame");
  std::vector<CostOf> costs;
  for (std::size_t f = 0; f < frames.size(); ++f) {
    if (scores[f].size() != frames[f].size())
      fail("scores", std::to_string(scores[f].size()),
           "needs one per segment (" + std::to_string(frames[f].size()) + ")");
    costs.push_back(costs_of_scores(scores[f], config.min_score));
  }
  return solve_batch(frames, costs, config);
}

Assignment assign_layers(const Segments& segments, std::span<const float> scores, const AssignConfig& config) {
  return std::move(assign_layers(std::span(&segments, 1), std::span(&scores, 1), config).front());
}

Assignment assign_costs(const Segments& segments, std::span<const double> costs, const AssignConfig& config) {
  if (costs.size() != segments.size())
    fail("costs", std::to_string(costs.size()), "needs one per segment (" + std::to_string(segments.size()) + ")");
  const CostOf copy = [costs](std::size_t begin, std::size_t end, double* out) {
    for (auto s = begin; s < end; ++s) {
      if (!std::isfinite(costs[s])) fail("cost[" + std::to_string(s) + "]", std::to_string(costs[s]), "must be finite");
      out[s - begin] = costs[s];
    }
  };
  return std::move(solve_batch(std::span(&segments, 1), {copy}, config).front());
}

std::vector<std::uint8_t> reassign(const Assignment& forward, std::span<const double> costs, int threads,
                                   double* total_cost) {
  if (costs.size() != forward.assigned.size()) fail("costs", std::to_string(costs.size()), "needs one per segment");
  std::vector<std::uint8_t> assigned(forward.assigned.size(), 0);
  std::vector<double> pair_cost(forward.pairs.size(), 0.0);
  const int team = threads > 0 ? threads : core::default_threads();
  std::vector<Workspace> workspaces(static_cast<std::size_t>(team));
  std::vector<std::vector<double>> buffers(static_cast<std::size_t>(team));
  core::parallel_for_with_thread(
      static_cast<std::int64_t>(forward.pairs.size()), team, [&](std::int64_t i, int thread) {
        const auto p = static_cast<std::size_t>(i);
        const PairAssignment& pair = forward.pairs[p];
        const auto first = at(forward.entry_begin[p]), n = pair.problem.n_entries();
        std::span<const double> own;
        auto& buffer = buffers[static_cast<std::size_t>(thread)];
        if (forward.entry_segment.empty()) {
          own = costs.subspan(first, n);
        } else {
          buffer.resize(n);
          for (std::size_t e = 0; e < n; ++e) buffer[e] = costs[at(forward.segment(first + e))];
          own = buffer;
        }
        for (std::size_t e = 0; e < n; ++e)
          if (!std::isfinite(own[e]))
            fail("cost[" + std::to_string(forward.segment(first + e)) + "]", std::to_string(own[e]), "must be finite");
        auto& workspace = workspaces[static_cast<std::size_t>(thread)];
        const Solution solution = forward.free
                                      ? FreeLap{}.resolve(pair.problem, own, pair.leaving, pair.solution, workspace)
                                      : SparseLap{}.resolve(pair.problem, own, pair.solution, workspace);
        pair_cost[p] = solution.cost;
        for (const auto e : solution.row_to_entry)
          if (e >= 0) assigned[at(forward.segment(first + at(e)))] = 1;
      });
  if (total_cost) {
    *total_cost = 0.0;
    for (const double cost : pair_cost) *total_cost += cost;
  }
  return assigned;
}

}  // namespace difftrack::assign
