// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/decision_gradient.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/random.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/layer_pairs.hpp"
#include "difftrack/track/joint/link_context.hpp"

namespace difftrack::track {
namespace {

using Assigned = std::vector<std::uint8_t>;

/// One frame with logits: what answers to it cost, and which is the best when costs are moved.
class Decision {
 public:
  Decision(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links,
           std::span<const float> logits, const DecisionGradientConfig& config)
      : frame_(frame), graph_(graph), energy_(energy), links_(links), config_(config) {
    for (std::size_t s = 0; s < logits.size(); ++s) energy_.link[s] -= logits[s];
  }

  /// Answer of lowest energy when `extra`, one number per segment, is added to the costs; with its energy.
  struct Answer {
    Assigned assigned;
    double energy = 0.0;
  };
  Answer best(std::span<const double> extra) const {
    FrameEnergy moved = energy_;
    for (std::size_t s = 0; s < extra.size(); ++s) moved.link[s] += static_cast<float>(extra[s]);
    Links links = links_;
    LayerPairs pairs(frame_, graph_, moved);
    lower_energy(frame_, graph_, moved, config_.search, pairs, links);
    return {assigned_of(links, graph_.size()), total_energy(moved, graph_, links)};
  }
  double energy_of(const Links& links) const { return total_energy(energy_, graph_, links); }

 private:
  const event::Frame& frame_;
  const graph::HitGraph& graph_;
  FrameEnergy energy_;  // with the logits
  const Links& links_;
  const DecisionGradientConfig& config_;
};

/// -T e of sample `sample`, e Gumbel noise.
std::vector<double> noise(std::size_t n, double temperature, const NoisePlace& place, std::int32_t sample) {
  core::RandomStream random(place.seed, place.stream);
  random.seek(static_cast<std::uint32_t>(sample));
  std::vector<double> result(n);
  for (double& each : result) each = temperature * std::log(-std::log(random.uniform()));
  return result;
}

std::vector<double> sum(std::vector<double> a, std::span<const double> b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

std::vector<double> scaled(std::vector<double> a, double factor) {
  for (double& each : a) each *= factor;
  return a;
}

void add_difference(const Assigned& plus, const Assigned& minus, double weight, std::vector<double>& to) {
  for (std::size_t s = 0; s < to.size(); ++s) to[s] += weight * (static_cast<double>(plus[s]) - minus[s]);
}

/// Each segment by itself: log odds of one move, and the logit.
void teach_scores(const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links,
                  std::span<const float> logits, const Assigned& truth, double n_true, DecisionGradient& result) {
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const double x = move_log_odds(graph, energy, links, static_cast<std::int32_t>(s)) + static_cast<double>(logits[s]);
    const double t = truth[s];
    result.loss += (std::max(x, 0.0) - t * x + std::log1p(std::exp(-std::abs(x)))) / n_true;
    result.gradient[s] = (1.0 / (1.0 + std::exp(-x)) - t) / n_true;
  }
}

/// Ways that take the Hamming loss of the decision and bring its gradient back.
void teach_hamming(const Decision& decision, const Assigned& chosen, const std::vector<double>& pull,
                   const DecisionGradientConfig& config, const NoisePlace& place, double n_true,
                   DecisionGradient& result) {
  result.loss = result.wrong;
  const double weight = 1.0 / (config.lambda * n_true);
  switch (config.teacher) {
    case DecisionTeacher::Identity:
      for (std::size_t s = 0; s < pull.size(); ++s) result.gradient[s] = pull[s] / n_true;
      return;
    case DecisionTeacher::Blackbox:
      add_difference(chosen, decision.best(scaled(pull, config.lambda)).assigned, weight, result.gradient);
      return;
    default:
      for (std::int32_t sample = 0; sample < config.samples; ++sample) {
        const std::vector<double> e = noise(pull.size(), config.temperature, place, sample);
        const Assigned near = decision.best(e).assigned;
        const Assigned pulled = decision.best(sum(e, scaled(pull, config.lambda))).assigned;
        add_difference(near, pulled, weight / config.samples, result.gradient);
      }
  }
}

/// Ways that are losses of their own, against the true answer.
void teach_own_loss(const Decision& decision, const Links& true_answer, const Assigned& truth,
                    const std::vector<double>& pull, const DecisionGradientConfig& config, const NoisePlace& place,
                    double n_true, DecisionGradient& result) {
  const double of_truth = decision.energy_of(true_answer);
  if (config.teacher == DecisionTeacher::SpoPlus) {
    // Y(2 E - λ h) is Y(E - λ h / 2).
    const Decision::Answer tempted = decision.best(scaled(pull, -0.5 * config.lambda));
    double margin = 0.0;
    for (std::size_t s = 0; s < pull.size(); ++s) margin += config.lambda * pull[s] * truth[s];
    result.loss = (2.0 * of_truth - margin - 2.0 * tempted.energy) / n_true;
    add_difference(tempted.assigned, truth, 2.0 / n_true, result.gradient);
    return;
  }
  result.loss = of_truth / n_true;
  for (std::int32_t sample = 0; sample < config.samples; ++sample) {
    const Decision::Answer drawn = decision.best(noise(pull.size(), config.temperature, place, sample));
    result.loss -= drawn.energy / (config.samples * n_true);
    add_difference(drawn.assigned, truth, 1.0 / (config.samples * n_true), result.gradient);
  }
}

}  // namespace

DecisionGradient decision_gradient(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                                   const Links& links, std::span<const float> logits,
                                   const DecisionGradientConfig& config, const NoisePlace& place) {
  core::check_fields(config, "");
  const std::size_t n = graph.size();
  DecisionGradient result;
  result.gradient.assign(n, 0.0);
  const Links true_answer = true_links(frame.hits, graph);
  const Assigned truth = assigned_of(true_answer, n);
  const auto n_true = static_cast<double>(std::max<std::ptrdiff_t>(std::count(truth.begin(), truth.end(), 1), 1));
  std::vector<double> pull(n);
  for (std::size_t s = 0; s < n; ++s) pull[s] = 1.0 - 2.0 * truth[s];
  if (config.teacher == DecisionTeacher::Scores) {
    teach_scores(graph, energy, links, logits, truth, n_true, result);
  } else {
    const Decision decision(frame, graph, energy, links, logits, config);
    const Assigned chosen = decision.best({}).assigned;
    for (std::size_t s = 0; s < n; ++s) result.wrong += (chosen[s] != truth[s]) / n_true;
    if (config.teacher == DecisionTeacher::SpoPlus || config.teacher == DecisionTeacher::FenchelYoung)
      teach_own_loss(decision, true_answer, truth, pull, config, place, n_true, result);
    else
      teach_hamming(decision, chosen, pull, config, place, n_true, result);
  }
  const auto zero = std::count(result.gradient.begin(), result.gradient.end(), 0.0);
  result.reached = n > 0 ? 1.0 - static_cast<double>(zero) / static_cast<double>(n) : 0.0;
  const double weight = 1.0 / (config.prior * config.prior * n_true);
  for (std::size_t s = 0; s < n; ++s) {
    const auto logit = static_cast<double>(logits[s]);
    result.loss += 0.5 * weight * logit * logit;
    result.gradient[s] += weight * logit;
  }
  return result;
}

}  // namespace difftrack::track
