// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/proton_expectation.hpp"

namespace difftrack::track {

/// The frame with its hits labelled by a decision as truth would label them: one event and particle per chain, of the
/// beam where the chain begins in the first plane. A chain that begins further back is a secondary of the chain that
/// ends in the layer in front with the smallest kink to it, where fewer than 0.2 ends are expected there by accident
/// (ends of that layer per area of its hits), else an event of its own. Whatever labels the hits had are not read.
event::Frame labelled_by_decision(const event::Frame& frame, const graph::HitGraph& graph, const Links& links);

/// How a likelihood is fitted to hits without truth.
struct TruthFreeFitConfig {
  std::int32_t rounds = 4;  ///< after which tables hardly move (docs/policy.md#a-likelihood-without-truth)
  bool keep_secondaries = false;

  static constexpr auto fields() {
    return std::tuple{
        core::field("rounds", &TruthFreeFitConfig::rounds, "", core::Range{1, 100}, "Decisions and fits in turn."),
        core::field("keep_secondaries", &TruthFreeFitConfig::keep_secondaries, "",
                    "What tells a secondary from its proton stays that of the likelihood to begin with: hits alone "
                    "hardly show it.")};
  }
};

/// What a round did.
struct TruthFreeRound {
  std::int32_t round = 0;    ///< from 1
  std::int64_t links = 0;    ///< that were decided
  std::int64_t changed = 0;  ///< of these, not decided in the round before; all in the first
};

/// Fits a likelihood to the hits of frames themselves, by alternation: decide the tracks of all frames jointly, count
/// what they show of kinks, deposits, births and deaths (LikelihoodFit), decide with these, and so on: expectation
/// maximisation with the best answer in place of all answers ("classification EM"; Celeux and Govaert 1992, Comput.
/// Stat. Data Anal. 14, 315). The first decision is that of a likelihood to begin with or, without one, of physics
/// alone (PhysicsAssignment), so that neither simulation nor truth is needed.
///
/// Biased: a wrong link is one that looks right, so that kinks come out too narrow where tracks are dense. Fit to
/// frames of few tracks and use the likelihood at any density.
class FitWithoutTruth {
 public:
  /// Throws InputError for options out of range.
  FitWithoutTruth(const detector::Detector& detector, const PhysicsConfig& physics, const LikelihoodFitConfig& fit,
                  const TruthFreeFitConfig& config);

  /// The likelihood after config.rounds; `source` says what it was fitted to. `on_round` hears of every round. The same
  /// for any number of threads. Throws InputError where frames have fewer than 1000 links between them, and where
  /// secondaries are to be kept of no likelihood, or of one whose tables have other shapes.
  Likelihood operator()(const std::vector<event::Frame>& frames, const std::optional<Likelihood>& start,
                        const std::string& source, int threads,
                        const std::function<void(const TruthFreeRound&)>& on_round = {}) const;

 private:
  detector::Detector detector_;
  PhysicsConfig physics_;
  LikelihoodFitConfig fit_;
  TruthFreeFitConfig config_;
};

}  // namespace difftrack::track
