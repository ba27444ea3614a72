// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/joint_search.hpp"

namespace difftrack::track {

/// What a network beside a joint decision is taught by.
enum class DecisionTeacher : std::uint8_t { Scores, Blackbox, Identity, ImplicitMle, SpoPlus, FenchelYoung };
/// Their names.
constexpr core::Choices<DecisionTeacher, 6> choices(DecisionTeacher) {
  return {{{DecisionTeacher::Scores, "scores", "each segment's probability alone, without a decision"},
           {DecisionTeacher::Blackbox, "blackbox"},
           {DecisionTeacher::Identity, "identity"},
           {DecisionTeacher::ImplicitMle, "implicit_mle"},
           {DecisionTeacher::SpoPlus, "spo_plus"},
           {DecisionTeacher::FenchelYoung, "fenchel_young"}}};
}

/// How a gradient through the joint decision is made.
struct DecisionGradientConfig {
  DecisionTeacher teacher = DecisionTeacher::FenchelYoung;
  double lambda = 2.0;       ///< [nats]
  double temperature = 1.0;  ///< [nats]
  std::int32_t samples = 2;
  double prior = 3.0;  ///< [nats]
  JointSearchConfig search = {};

  static constexpr auto fields() {
    using core::field;
    using C = DecisionGradientConfig;
    return std::tuple{
        field("teacher", &C::teacher, "", "What the network is taught by: scores, or a way through the decision."),
        field("lambda", &C::lambda, "", core::Range{1e-6, 1e6},
              "Nats that costs are moved along the loss (blackbox, implicit_mle), or that a wrong segment counts "
              "(spo_plus)."),
        field("temperature", &C::temperature, "", core::Range{0.0, 1e3},
              "Scale of the noise on costs in nats (implicit_mle, fenchel_young)."),
        field("samples", &C::samples, "", core::Range{1, 1000}, "Draws of that noise for a frame."),
        field("prior", &C::prior, "", core::Range{1e-3, 1e6},
              "Spread in nats of a Gaussian prior on logits, without which they drift where nothing is in doubt."),
        core::part(&C::search),
    };
  }
};

/// Which noise is drawn: the same for the same frame of the same step, for any number of threads.
struct NoisePlace {
  std::uint64_t seed = 1, stream = 0;
};

/// A loss on the joint decision and what it asks of the logits.
struct DecisionGradient {
  double loss = 0.0;
  std::vector<double> gradient;  ///< d loss / dr, one per segment
  double wrong = 0.0;            ///< segments decided against truth, per true one (Hamming); 0 of scores
  double reached = 0.0;          ///< share of the segments whose gradient is not zero without the prior's
};

/// Loss of a frame whose segments carry log odds r beside the likelihood's energy, and its gradient.
///
/// r_s is taken off the cost of its segment, E(Y; r) = E(Y) - Σ r_s Y_s, and the answer Y(E) is that of the joint
/// search (lower_energy), begun from `links`; Y* are the true links, t their indicator, h_s = 1 - 2 t_s the gradient of
/// the Hamming distance, N the number of true segments. Notation and sources: assign/estimators.hpp, with the joint
/// decision in the place of the assignment per layer pair.
///   scores         Σ_s bce(σ(o_s + r_s), t_s) / N,  o: move_log_odds beside `links`; no decision is made
///   blackbox       (Y(E) - Y(E + λ h)) / λ N,                       E + λ h: λ h_s added to the cost of segment s
///   identity       h / N: what the free problem leaves of the projection
///   implicit_mle   mean_e (Y(E - T e) - Y(E + λ h - T e)) / λ N
///   spo_plus       2 (Y(2 E - λ h) - Y*) / N, of the loss 2 E(Y*) - λ h·Y* - min (2 E - λ h)
///   fenchel_young  (mean_e Y(E - T e) - Y*) / N, of the loss E(Y*) - mean_e min (E - T e)
/// e: Gumbel noise, one number per segment, drawn at `place`. To each Σ_s r_s² / (2 prior² N) is added: most segments
/// are beyond doubt, so that no loss holds their r, and a chain may be lost by many small ones. The search is no
/// proof of a minimum, so that losses of the last two may fall below 0 by what it misses.
///
/// Deterministic. Throws InputError for options out of range, and for frames without truth what true_links throws.
DecisionGradient decision_gradient(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                                   const Links& links, std::span<const float> logits,
                                   const DecisionGradientConfig& config, const NoisePlace& place);

}  // namespace difftrack::track
