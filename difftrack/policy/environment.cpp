// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/environment.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "difftrack/assign/free_lap.hpp"
#include "difftrack/core/error.hpp"

namespace difftrack::policy {
namespace {

using track::kNoSegment;

constexpr double kTypicalStart = -1.0;  // [nats] a first direction of 0.15 rad from the axis
constexpr double kFarthestPrior = 8.0;  // [nats] the beam's exponent is held here: nothing is out of the question

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Mean cost of a kink of a row: Σ p c over directions, p = exp(-c) normalised; a ring of the square t² is π d(t²).
double mean_cost(std::span<const float> row) {
  double sum = 0.0, weight = 0.0;
  for (std::size_t p = 0; p + 1 < row.size(); ++p) {
    const double ring = track::ChordGrid::squared(p + 1) - track::ChordGrid::squared(p);
    const double cost = 0.5 * (static_cast<double>(row[p]) + static_cast<double>(row[p + 1]));
    sum += ring * std::exp(-cost) * cost;
    weight += ring * std::exp(-cost);
  }
  return sum / weight;
}

std::vector<track::SweepStep> steps_of(std::int32_t n_layers, Order order, std::int32_t first_layer) {
  if (n_layers < 2) return {};
  if (order == Order::Calorimeter) return track::sweep_order(n_layers, std::clamp(first_layer, 0, n_layers - 2));
  std::vector<track::SweepStep> steps;
  for (std::int32_t layer = n_layers - 2; layer >= 0; --layer) steps.push_back({layer, false});
  return steps;
}

}  // namespace

Environment::Environment(const event::Frame& frame, const graph::HitGraph& graph, const track::FrameEnergy& energy,
                         Order order, std::int32_t first_layer, const track::BeamExpectation* beam)
    : frame_(frame),
      graph_(graph),
      energy_(energy),
      first_layer_(first_layer),
      n_hits_(frame.hits.size()),
      steps_(steps_of(frame.n_layers(), order, first_layer)) {
  if (energy.link.size() != graph.size() || energy.lone.size() != frame.hits.size())
    throw core::InputError({"", "energy", std::to_string(energy.link.size())},
                           "is not that of this frame and graph (" + std::to_string(graph.size()) + " segments)");
  const std::size_t n = track::ChordGrid::kPoints;
  for (std::size_t row = 0; row * n < energy.kinks.size(); ++row)
    typical_kink_.push_back(mean_cost(std::span(energy.kinks).subspan(row * n, n)));
  if (!beam || steps_.empty() || order != Order::Calorimeter || steps_[0].layer == 0) return;
  const std::int32_t layer = steps_[0].layer;
  const auto pair = at(frame.n_layers() - 2 - layer);
  prior_begin_ = graph.pair_begin[pair];
  const double core = 0.5 / (beam->spread * beam->spread);
  for (auto s = at(prior_begin_); s < at(graph.pair_begin[pair + 1]); ++s) {
    const auto a = at(graph.shallow[s]);
    const track::Direction expected =
        beam->at(static_cast<double>(frame.hits.x[a]), static_cast<double>(frame.hits.y[a]));
    const double dx = -static_cast<double>(graph.ux[s]) - expected.x,
                 dy = -static_cast<double>(graph.uy[s]) - expected.y;
    prior_.push_back(static_cast<float>(std::min(core * (dx * dx + dy * dy), kFarthestPrior) - std::log(core) +
                                        std::log(std::numbers::pi)));
  }
}

Part Environment::part(std::size_t t) const {
  const std::int32_t shallow = steps_[t].layer;
  if (shallow >= first_layer_) return Part::Calorimeter;
  return shallow + 1 >= first_layer_ ? Part::Between : Part::Trackers;
}

double Environment::value(std::int32_t hit, std::int32_t up, bool up_known, std::int32_t down, bool down_known) const {
  if (up_known && down_known) return track::node_cost(energy_, graph_, hit, up, down);
  if (!up_known && !down_known) return static_cast<double>(energy_.lone[at(hit)]);
  const std::int32_t known = up_known ? up : down;
  if (known == kNoSegment)  // the beginning or the end of a track that the other side is still to tell
    return up_known ? static_cast<double>(energy_.birth[at(hit)]) + kTypicalStart
                    : static_cast<double>(energy_.death[at(hit)]);
  if (!up_known && !prior_.empty() && known >= prior_begin_ && at(known - prior_begin_) < prior_.size())
    return static_cast<double>(prior_[at(known - prior_begin_)]);
  return typical_kink_[at(energy_.kink_row[at(hit)])];
}

double Environment::surprise(std::int32_t hit, std::int32_t up, std::int32_t down) const {
  return track::kink_cost(energy_, graph_, hit, up, down) - typical_kink_[at(energy_.kink_row[at(hit)])];
}

JointChoice Environment::choices(std::size_t t, const track::Links& links) const {
  const track::SweepStep& step = steps_[t];
  const bool down = step.downstream;
  const std::int32_t n_layers = frame_.n_layers();
  const std::int32_t agents = down ? step.layer : step.layer + 1, targets = down ? step.layer + 1 : step.layer;
  // Whether the far side of a layer's hits was decided by a step before, and is so once this step is done: at the ends
  // nothing is there, but until this step their hits are as open as all are in the beginning.
  const auto decided = [&](std::int32_t pair) {
    return std::any_of(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(t),
                       [pair](const track::SweepStep& before) { return before.layer == pair; });
  };
  const std::int32_t agent_pair = down ? agents - 1 : agents, target_pair = down ? targets : targets - 1;
  const auto is_end = [&](std::int32_t pair) { return pair < 0 || pair > n_layers - 2; };
  const bool agent_was = decided(agent_pair), target_was = decided(target_pair);
  const bool agent_known = agent_was || is_end(agent_pair), target_known = target_was || is_end(target_pair);
  // Value of a hit with `near` on the side of this step and `far` on the other.
  const auto of = [&](std::int32_t hit, std::int32_t near, bool near_known, bool near_is_down, bool far_known) {
    const std::int32_t far = near_is_down ? links.up[at(hit)] : links.down[at(hit)];
    return near_is_down ? value(hit, far, far_known, near, near_known) : value(hit, near, near_known, far, far_known);
  };
  JointChoice choice;
  choice.downstream = down;
  choice.first_agent = frame_.begin(agents);
  choice.first_target = frame_.begin(targets);
  choice.problem.n_rows = frame_.end(agents) - frame_.begin(agents);
  choice.problem.n_columns = frame_.end(targets) - frame_.begin(targets);
  choice.problem.row_begin.push_back(0);
  for (std::int32_t a = frame_.begin(agents); a < frame_.end(agents); ++a) {
    const double before = of(a, kNoSegment, false, down, agent_was);
    choice.leave.push_back(before - of(a, kNoSegment, true, down, agent_known));
    const auto& begins = down ? graph_.end_begin : graph_.start_begin;
    for (auto k = begins[at(a)]; k < begins[at(a) + 1]; ++k) {
      const std::int32_t s = down ? graph_.end_segment[at(k)] : k;
      const std::int32_t b = down ? graph_.deep[at(s)] : graph_.shallow[at(s)];
      const double reward = before - of(a, s, true, down, agent_known) + of(b, kNoSegment, true, !down, target_known) -
                            of(b, s, true, !down, target_known) - track::link_cost(energy_, s);
      choice.segment.push_back(s);
      choice.problem.column.push_back(b - choice.first_target);
      choice.problem.cost.push_back(-reward);
    }
    choice.problem.row_begin.push_back(static_cast<std::int32_t>(choice.segment.size()));
  }
  for (std::int32_t b = frame_.begin(targets); b < frame_.end(targets); ++b)
    choice.untaken += of(b, kNoSegment, false, !down, target_was) - of(b, kNoSegment, true, !down, target_known);
  return choice;
}

void Environment::take(const JointChoice& choice, std::span<const std::int32_t> taken, const graph::HitGraph& graph,
                       track::Links& links) {
  for (const std::int32_t entry : taken) {
    if (entry == kLeaves) continue;
    const std::int32_t s = choice.segment[at(entry)];
    links.down[at(graph.shallow[at(s)])] = links.up[at(graph.deep[at(s)])] = s;
  }
}

std::vector<std::int32_t> best_action(const JointChoice& choice, std::span<const double> entry_scores,
                                      std::span<const double> leave_scores, assign::Workspace& workspace) {
  if (entry_scores.size() != choice.segment.size() || leave_scores.size() != choice.n_agents())
    throw core::InputError({"", "scores", std::to_string(entry_scores.size())},
                           "needs one per entry and one per agent (" + std::to_string(choice.segment.size()) + ", " +
                               std::to_string(choice.n_agents()) + ")");
  assign::Problem problem = choice.problem;
  assign::LeavingCosts leaving{{}, std::vector<double>(at(problem.n_columns), 0.0)};
  for (std::size_t e = 0; e < entry_scores.size(); ++e) problem.cost[e] = -entry_scores[e];
  for (const double score : leave_scores) leaving.row.push_back(-score);
  for (const double cost : problem.cost)
    if (!std::isfinite(cost)) throw core::InputError({"", "scores", std::to_string(-cost)}, "is not finite");
  for (const double cost : leaving.row)
    if (!std::isfinite(cost)) throw core::InputError({"", "scores", std::to_string(-cost)}, "is not finite");
  std::vector<std::int32_t> taken(choice.n_agents(), kLeaves);
  if (entry_scores.empty()) return taken;
  const assign::Solution solution = assign::FreeLap{}(problem, leaving, workspace);
  for (std::size_t r = 0; r < taken.size(); ++r) taken[r] = solution.row_to_entry[r];
  return taken;
}

}  // namespace difftrack::policy
