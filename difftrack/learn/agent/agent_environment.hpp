// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/learn/agent/observation.hpp"

namespace difftrack::learn {

/// What a walker is rewarded for.
enum class AgentReward : std::uint8_t { Published, Corrected };
/// Their names.
constexpr core::Choices<AgentReward, 2> choices(AgentReward) {
  return {{{AgentReward::Published, "published", "as coded, units of width and energy included"},
           {AgentReward::Corrected, "corrected", "the logarithm of a kink's density over that of an accident"}}};
}

/// The hit of the next shallower layer with the same event, the first in the order of the frame; none without one, or
/// in layer 0. Truth: this is how the published agent begins its tracks, when it is tested, too.
std::optional<std::int32_t> first_true_hit(const event::Frame& frame, std::int32_t hit);

/// One true decision: a walker that stands on a primary's way, and where that primary goes.
struct TrueDecision {
  AgentMove move;
  std::int32_t next = 0;  ///< hit
};
/// All of a frame: three hits of one primary in adjacent layers, the first one of each layer. Throws core::InputError
/// when the frame has no truth.
std::vector<TrueDecision> true_decisions(const event::Frame& frame);

/// Starts of `walkers` walkers: hits of the five deepest layers drawn with replacement, with the first step from truth
/// (first_true_hit). Walkers without such a hit are done before they begin, so there may be fewer.
std::vector<AgentMove> draw_starts(const event::Frame& frame, std::int32_t walkers, core::RandomStream& random);

/// Rewards of a finished walk.
///
/// Published: r = -θ²/(2σ²), θ the kink at the hit that was left, in space. σ is Highland's formula with the thickness
/// of a layer in mm over a radiation length of 36.06 (which is in cm) and with pv = E (for pv = E (E + 2M)/(E + M)); E
/// from a fit of the range R to the walk's own deposits with α = 0.0262 mm/MeV^p, p = 1.736:
///   edep / 25 µm = 1 / (p α^{1/p} (R - d)^{1 - 1/p}),   E = ((R - d) / α)^{1/p},
/// d the depth of a layer (0, 1.8, 4.14, then 8.2 mm more each). A walk whose fit fails gets -100 for each step.
///
/// Corrected: the logarithm of the density of the kink as a 2-vector, over that of accidental hits,
///   r = ln[(1 - δ) p(θ)/ρ + δ],   p = (1 - ε) N(θ; σ) + ε N(θ; 4σ),   N(θ; σ) = exp(-θ²/(2σ²)) / (2πσ²),   ε = 0.03,
/// so that 0 is no better than chance. The share δ = 0.01 of chance itself holds a single step above ln δ = -4.6:
/// without it one wrong step of hundreds of nats decides what all others are measured by. The proton stops half a gap
/// behind its deepest hit; pv is that of the range it has left in the middle of the gap in front of the kink (matter),
/// σ that of the described matter there (detector::layer_matter), and ρ [1/rad²] counts hits around the candidate: its
/// k-th nearest one in its layer, k up to 8, at distance D and seen from a gap g, makes k g²/(π D²), at least one hit
/// on the whole matrix. Nothing of it looks at deposits, so a slow look earns nothing.
class AgentRewards {
 public:
  /// Takes matter and pixels from the description; throws core::InputError for an unknown element.
  AgentRewards(const detector::Detector& detector, AgentReward form);

  /// One per decision of a walk, whose hits go from deep to shallow: hit t + 2 was chosen at hit t + 1, t = 0, 1, …
  std::vector<double> operator()(const event::Frame& frame, std::span<const std::int32_t> walk) const;

  /// [rad] projected width σ of the kink at `layer` of a walk with that range [mm] from where depths begin.
  double width(std::int32_t layer, double range) const;
  /// [mm] depth of a layer, in the form's own sense.
  double depth(std::int32_t layer) const;
  /// [mm] range of a walk: the fit's, or where the proton stops; none where the fit fails, of fewer than three hits.
  std::optional<double> range(const event::Frame& frame, std::span<const std::int32_t> walk) const;
  /// [1/rad²] of accidental hits around a candidate, as seen from the layer behind it.
  double accident_density(const event::Frame& frame, std::int32_t candidate) const;

 private:
  AgentReward form_;
  detector::LayerMatter matter_;
  double area_ = 1.0;  // [mm²] of the pixel matrix
};

}  // namespace difftrack::learn
