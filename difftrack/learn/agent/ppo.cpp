// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/ppo.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "difftrack/core/random.hpp"
#include "difftrack/learn/agent/adam_state.hpp"
#include "difftrack/learn/agent/embedding_pass.hpp"

namespace difftrack::learn {

namespace {

constexpr std::uint64_t kRollout = 1, kDraw = 2;  // streams of an iteration
constexpr std::uint32_t kSlots = 256;             // of a walker

core::RandomStream stream(std::uint64_t seed, std::int64_t iteration, std::uint64_t use) {
  return {seed, (static_cast<std::uint64_t>(iteration) << 2) + use};
}

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// A walker on its way.
struct Walk {
  std::vector<std::int32_t> hits;  // deep to shallow
  std::vector<AgentTransition> transitions;
  AgentMove move() const { return {hits[hits.size() - 2], hits.back()}; }
};

/// Column of a draw from exp(log probabilities).
std::int64_t drawn(const float* log_policy, std::int64_t columns, double uniform) {
  double sum = 0.0;
  std::int64_t last = 0;
  for (std::int64_t c = 0; c < columns; ++c) {
    const double p = std::exp(double{log_policy[c]});
    if (p <= 0.0) continue;
    last = c;
    sum += p;
    if (uniform < sum) break;
  }
  return last;
}

/// Lets all walkers that are not in layer 0 take one step.
bool step(std::vector<Walk>& walks, EmbeddingPass& pass, const event::Frame& frame, core::RandomStream& random) {
  std::vector<std::size_t> walking;
  std::vector<AgentMove> moves;
  for (std::size_t w = 0; w < walks.size(); ++w) {
    if (frame.hits.layer[at(walks[w].hits.back())] == 0) continue;
    walking.push_back(w);
    moves.push_back(walks[w].move());
  }
  if (walking.empty()) return false;
  const AgentDecisions decisions = pass.decide(frame, moves);
  const torch::Tensor policy = decisions.log_policy.contiguous();
  const std::int64_t k = policy.size(1);
  for (std::size_t i = 0; i < walking.size(); ++i) {
    Walk& walk = walks[walking[i]];
    const std::int32_t layer = frame.hits.layer[at(moves[i].at)];
    random.seek(static_cast<std::uint32_t>(walking[i] + 1) * kSlots + static_cast<std::uint32_t>(layer));
    const float* row = policy.data_ptr<float>() + static_cast<std::int64_t>(i) * k;
    const std::int64_t column = drawn(row, k, random.uniform());
    AgentTransition transition{moves[i], frame.begin(layer - 1) + static_cast<std::int32_t>(column), layer, row[column],
                               decisions.value[static_cast<std::int64_t>(i)].item<float>()};
    walk.hits.push_back(transition.next);
    walk.transitions.push_back(transition);
  }
  return true;
}

/// Numbers of transitions, drawn with replacement by the weights of their parts of the detector.
std::vector<std::size_t> draw(const std::vector<AgentTransition>& transitions, std::int32_t most,
                              core::RandomStream& random) {
  std::array<double, kAgentParts> count{};
  for (const AgentTransition& each : transitions) count.at(at(agent_part(each.layer))) += 1.0;
  const auto all = static_cast<double>(transitions.size());
  std::vector<double> until;
  double sum = 0.0;
  for (const AgentTransition& each : transitions) {
    const double of = count.at(at(agent_part(each.layer)));
    until.push_back(sum += of < all ? (all - of) / all : 1.0);
  }
  std::vector<std::size_t> numbers(std::min(transitions.size(), at(most)));
  for (std::size_t& number : numbers) {
    const auto found = std::upper_bound(until.begin(), until.end(), random.uniform() * sum);
    number = std::min(static_cast<std::size_t>(found - until.begin()), transitions.size() - 1);
  }
  return numbers;
}

/// Weights of the transitions of a minibatch, so that their sum is the mean of two means; and what weighs actions.
struct Minibatch {
  std::vector<const AgentTransition*> transitions;
  std::vector<float> share, action;
};

Minibatch minibatch_of(const std::vector<AgentTransition>& transitions, const std::vector<std::size_t>& numbers,
                       std::size_t first, std::size_t last, bool normalise) {
  Minibatch batch;
  std::array<double, 2> count{};
  const auto group = [](const AgentTransition& each) { return each.layer - 1 < 3 ? 1U : 0U; };
  double mean = 0.0, squares = 0.0;
  const auto n = static_cast<double>(last - first);
  for (std::size_t i = first; i < last; ++i) {
    batch.transitions.push_back(&transitions[numbers[i]]);
    count.at(group(*batch.transitions.back())) += 1.0;
    mean += batch.transitions.back()->weight / n;
  }
  for (const AgentTransition* each : batch.transitions) squares += std::pow(each->weight - mean, 2) / n;
  const double groups = (count[0] > 0.0) + (count[1] > 0.0);
  constexpr double kLeast = 1e-8;  // beside a deviation
  for (const AgentTransition* each : batch.transitions) {
    batch.share.push_back(static_cast<float>(1.0 / (groups * count.at(group(*each)))));
    batch.action.push_back(
        static_cast<float>(normalise ? (each->weight - mean) / (std::sqrt(squares) + kLeast) : each->weight));
  }
  return batch;
}

/// The loss of some transitions of a minibatch, [first, last).
torch::Tensor loss_of(EmbeddingPass& pass, const event::Frame& frame, const Minibatch& batch, std::size_t first,
                      std::size_t last, const PpoConfig& config) {
  std::vector<AgentMove> moves;
  std::vector<std::int64_t> column;
  std::vector<float> old_log, old_value, target;
  for (std::size_t i = first; i < last; ++i) {
    const AgentTransition& each = *batch.transitions[i];
    moves.push_back(each.move);
    column.push_back(each.next - frame.begin(each.layer - 1));
    old_log.push_back(each.log_probability);
    old_value.push_back(each.value);
    target.push_back(static_cast<float>(each.target));
  }
  const AgentDecisions now = pass.decide(frame, moves);
  const auto part = [&](const std::vector<float>& all) {
    return torch::tensor(std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(first),
                                            all.begin() + static_cast<std::ptrdiff_t>(last)));
  };
  const torch::Tensor share = part(batch.share), action = part(batch.action);
  const torch::Tensor ratio =
      (now.log_policy.gather(1, torch::tensor(column).unsqueeze(1)).squeeze(1) - torch::tensor(old_log)).exp();
  const torch::Tensor policy =
      -torch::minimum(ratio * action, ratio.clamp(1.0 - config.clip, 1.0 + config.clip) * action);
  const torch::Tensor before = torch::tensor(old_value), wanted = torch::tensor(target);
  torch::Tensor value = (before + (now.value - before).clamp(-config.clip, config.clip) - wanted).square();
  if (config.pessimistic_value) value = torch::maximum(value, (now.value - wanted).square());
  // Of padding, 0 · -inf is to be 0, in the gradient, too.
  const torch::Tensor log_policy = now.log_policy.masked_fill(now.log_policy == -INFINITY, 0.0);
  const torch::Tensor entropy = -(now.log_policy.exp() * log_policy).sum(1);
  return (share * (policy + value - config.entropy * entropy)).sum();
}

}  // namespace

std::vector<AgentTransition> roll_out_agent(AgentNetwork& network, const event::Frame& frame,
                                            const detector::Detector& detector, const PpoConfig& config,
                                            std::uint64_t seed, std::int64_t iteration) {
  const torch::NoGradGuard guard;
  core::RandomStream random = stream(seed, iteration, kRollout);
  std::vector<Walk> walks;
  for (const AgentMove& start : draw_starts(frame, config.walkers, random))
    walks.push_back({{start.from, start.at}, {}});
  EmbeddingPass pass(network, AgentFrame(frame, detector));
  while (step(walks, pass, frame, random)) {
  }
  const AgentRewards rewards(detector, config.reward);
  std::vector<AgentTransition> all;
  std::vector<double> plain;
  std::vector<std::int32_t> layers;
  for (Walk& walk : walks) {
    const std::vector<double> own = rewards(frame, walk.hits);
    for (std::size_t t = 0; t < own.size(); ++t) {
      walk.transitions[t].reward = own[t];
      plain.push_back(own[t]);
      layers.push_back(walk.transitions[t].layer);
    }
  }
  const std::vector<double> standard = standardised_by_part(plain, layers);
  std::size_t first = 0;
  for (Walk& walk : walks) {
    const std::size_t n = walk.transitions.size();
    const std::vector<double> own(standard.begin() + static_cast<std::ptrdiff_t>(first),
                                  standard.begin() + static_cast<std::ptrdiff_t>(first + n));
    first += n;
    std::vector<double> values;
    for (const AgentTransition& each : walk.transitions) values.push_back(double{each.value});
    const AgentTargets targets = targets_of(own, values, config);
    for (std::size_t t = 0; t < n; ++t) {
      walk.transitions[t].target = targets.value[t];
      walk.transitions[t].weight = targets.weight[t];
      all.push_back(walk.transitions[t]);
    }
  }
  return all;
}

double update_agent(AgentNetwork& network, AdamState& adam, const event::Frame& frame,
                    const detector::Detector& detector, const std::vector<AgentTransition>& transitions,
                    const PpoConfig& config, double rate, std::uint64_t seed, std::int64_t iteration) {
  if (transitions.empty()) return 0.0;
  core::RandomStream random = stream(seed, iteration, kDraw);
  const AgentFrame inputs(frame, detector);
  double sum = 0.0, steps = 0.0;
  for (std::int32_t epoch = 0; epoch < config.epochs; ++epoch) {
    const std::vector<std::size_t> numbers = draw(transitions, config.draws, random);
    for (std::size_t first = 0; first < numbers.size(); first += at(config.minibatch)) {
      const std::size_t last = std::min(numbers.size(), first + at(config.minibatch));
      const Minibatch batch = minibatch_of(transitions, numbers, first, last, config.normalise_advantages);
      EmbeddingPass pass(network, inputs);
      sum += pass.backward(last - first, [&](std::size_t begin, std::size_t end) {
        return loss_of(pass, frame, batch, begin, end, config);
      });
      adam.step_down(rate, config.clip_gradient ? config.gradient_norm : 0.0);
      steps += 1.0;
    }
  }
  return sum / steps;
}

}  // namespace difftrack::learn
