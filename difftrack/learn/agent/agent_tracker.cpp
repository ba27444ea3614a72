// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/agent_tracker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/assign/free_lap.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/learn/agent/agent_environment.hpp"
#include "difftrack/learn/agent/embedding_pass.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/kink.hpp"

namespace difftrack::learn {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

constexpr double kNever = -std::numeric_limits<double>::infinity();

struct Walker {
  std::vector<std::int32_t> hits;  // deep to shallow
  double probability = 0.0;        // sum over its steps
};

/// ln of the probability of each walker for each hit of the next layer, [walkers, hits].
using LogProbabilities = std::vector<std::vector<double>>;

/// Of a first step by the beam, or by truth.
std::vector<double> first_step(const event::Frame& frame, std::int32_t hit, const AgentTrackerConfig& config) {
  const auto& hits = frame.hits;
  const std::int32_t next = hits.layer[index(hit)] - 1, first = frame.begin(next);
  std::vector<double> result(index(frame.end(next) - first), kNever);
  if (config.seeds == AgentSeeds::Truth) {
    if (const auto found = first_true_hit(frame, hit)) result[index(*found - first)] = 0.0;
    return result;
  }
  double best = kNever;
  for (std::size_t c = 0; c < result.size(); ++c) {
    const std::array<float, 3> edge = agent_edge(hits, hit, first + static_cast<std::int32_t>(c));
    result[c] = -0.5 * std::pow(double{edge[2]} / config.seed_spread, 2);
    best = std::max(best, result[c]);
  }
  double sum = 0.0;
  for (const double each : result) sum += std::exp(each - best);
  for (double& each : result) each -= best + std::log(sum);
  return result;
}

/// Column of every walker's likeliest hit; -1 where it has none.
std::vector<std::int32_t> likeliest(const LogProbabilities& log_probability) {
  std::vector<std::int32_t> taken;
  for (const std::vector<double>& row : log_probability) {
    const auto best = std::max_element(row.begin(), row.end());
    taken.push_back(best == row.end() || *best == kNever ? -1 : static_cast<std::int32_t>(best - row.begin()));
  }
  return taken;
}

/// The same with no hit twice.
std::vector<std::int32_t> assigned(const LogProbabilities& log_probability, std::int32_t n_hits, double leave_cost) {
  assign::Problem problem;
  problem.n_rows = static_cast<std::int32_t>(log_probability.size());
  problem.n_columns = n_hits;
  problem.row_begin = {0};
  for (const std::vector<double>& row : log_probability) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (-row[c] >= leave_cost) continue;
      problem.column.push_back(static_cast<std::int32_t>(c));
      problem.cost.push_back(-row[c]);
    }
    problem.row_begin.push_back(static_cast<std::int32_t>(problem.column.size()));
  }
  std::vector<std::int32_t> taken(log_probability.size(), -1);
  if (problem.n_entries() == 0) return taken;
  const assign::LeavingCosts leaving{std::vector<double>(log_probability.size(), leave_cost),
                                     std::vector<double>(index(n_hits), 0.0)};
  const assign::Solution solution = assign::FreeLap()(problem, leaving);
  for (std::size_t row = 0; row < taken.size(); ++row)
    if (const std::int32_t entry = solution.row_to_entry[row]; entry >= 0) taken[row] = problem.column[index(entry)];
  return taken;
}

/// Of walkers that stand in one layer.
LogProbabilities probabilities(EmbeddingPass& pass, const event::Frame& frame, const std::vector<Walker>& walkers,
                               const std::vector<std::size_t>& walking, const AgentTrackerConfig& config) {
  LogProbabilities result(walking.size());
  std::vector<AgentMove> moves;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < walking.size(); ++i) {
    const std::vector<std::int32_t>& hits = walkers[walking[i]].hits;
    if (hits.size() < 2) {
      result[i] = first_step(frame, hits.back(), config);
    } else {
      moves.push_back({hits[hits.size() - 2], hits.back()});
      rows.push_back(i);
    }
  }
  if (moves.empty()) return result;
  const torch::Tensor policy = pass.decide(frame, moves).log_policy.contiguous();
  const float* values = policy.data_ptr<float>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* row = values + static_cast<std::int64_t>(i) * policy.size(1);
    result[rows[i]].assign(row, row + policy.size(1));
  }
  return result;
}

}  // namespace

AgentTracker::AgentTracker(std::shared_ptr<AgentNetwork> network, const detector::Detector& detector,
                           const AgentTrackerConfig& config)
    : network_(std::move(network)), detector_(detector), config_(config) {
  core::check_fields(config, "");
}

event::Tracks AgentTracker::operator()(const event::Frame& frame) const {
  shim::use_one_thread_per_operation();
  const torch::NoGradGuard guard;
  event::Tracks tracks;
  if (frame.hits.size() == 0) {
    tracks.why_none = frame.why_empty.empty() ? "the frame has no hits" : frame.why_empty;
    return tracks;
  }
  if (config_.seeds == AgentSeeds::Truth && !frame.hits.has_truth())
    throw core::InputError({"", "seeds", "truth"}, "needs truth, which the hits do not have; say --seeds beam");
  std::vector<Walker> walkers;
  std::vector<std::uint8_t> taken(frame.hits.size(), 0);
  std::vector<std::size_t> walking;
  EmbeddingPass pass(*network_, AgentFrame(frame, detector_));
  const std::int32_t deepest = frame.n_layers() - 1;
  for (std::int32_t layer = deepest; layer > 0; --layer) {
    if (layer == deepest || layer >= config_.last_start)
      for (std::int32_t h = frame.begin(layer); h < frame.end(layer); ++h)
        if (taken[index(h)] == 0) {
          walking.push_back(walkers.size());
          walkers.push_back({{h}});
        }
    if (walking.empty()) continue;
    const LogProbabilities log_probability = probabilities(pass, frame, walkers, walking, config_);
    const std::int32_t first = frame.begin(layer - 1);
    const std::vector<std::int32_t> columns =
        config_.assignment == AgentAssignment::Shared
            ? likeliest(log_probability)
            : assigned(log_probability, frame.end(layer - 1) - first, config_.leave_cost);
    std::vector<std::size_t> on;
    for (std::size_t i = 0; i < walking.size(); ++i) {
      if (columns[i] < 0) continue;
      Walker& walker = walkers[walking[i]];
      walker.hits.push_back(first + columns[i]);
      walker.probability += std::exp(log_probability[i][index(columns[i])]);
      taken[index(walker.hits.back())] = 1;
      on.push_back(walking[i]);
    }
    walking = std::move(on);
  }
  for (const Walker& walker : walkers) {
    if (walker.hits.size() < 2) continue;
    tracks.hits.push_back(std::vector<std::int32_t>(walker.hits.rbegin(), walker.hits.rend()));
    tracks.score.push_back(static_cast<float>(walker.probability / static_cast<double>(walker.hits.size() - 1)));
  }
  if (tracks.size() == 0) tracks.why_none = "no hit can be followed upstream";
  return tracks;
}

event::Tracks AgentTracker::filtered(const event::Frame& frame, const event::Tracks& chains) const {
  event::Tracks smooth;
  smooth.why_none = chains.why_none;
  std::int64_t hits = 0;
  for (std::size_t t = 0; t < chains.size(); ++t) {
    const auto track = chains.hits[t];
    hits += static_cast<std::int64_t>(track.size());
    bool bent = false;
    for (std::size_t i = 0; i + 2 < track.size() && config_.max_kink > 0.0; ++i)
      bent = bent || track::kink(frame.hits, track[i + 2], track[i + 1], track[i]) >= config_.max_kink;
    if (bent) continue;
    smooth.hits.push_back(track);
    smooth.score.push_back(chains.score[t]);
  }
  if (chains.size() > 0 && smooth.size() == 0) smooth.why_none = "every track has a kink of max_kink or more";
  event::Tracks tracks = track::filter_tracks(frame, smooth, detector_.thresholds);
  tracks.cuts.chains = static_cast<std::int64_t>(chains.size());
  tracks.cuts.hits = hits;
  return tracks;
}

reconstruct::FrameResult AgentReconstruction::operator()(const event::Frame& frame, Workspace&) const {
  reconstruct::FrameResult result;
  result.tracks = tracker_.filtered(frame, tracker_(frame));
  return result;
}

}  // namespace difftrack::learn
