// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/assign/problem.hpp"
#include "difftrack/assign/sparse_lap.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::track {

/// The best choice for one pair of layers while all other pairs stay: the free assignment with
///   segment s = a → b   link_s + node_a(up_a, s) + node_b(s, down_b)
///   b leaves            node_b(none, down_b)          a leaves    node_a(up_a, none)
/// whose optimum never raises the energy (iterated conditional modes; Besag 1986, J. R. Stat. Soc. B 48, 259). A
/// segment that costs more than its ends leaving is in no optimum, and not handed on: a few per cent remain.
class LayerPairs {
 public:
  /// Refers to frame, graph and energy, which must outlive it.
  LayerPairs(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy);

  /// Solves the pair of layers `layer` and `layer + 1`. Returns whether a link changed: not for gains within rounding.
  bool solve(std::int32_t layer, Links& links);

  /// Sweeps over all pairs, down and up in turn, until none changes; a pair is solved again only where a neighbouring
  /// one changed. With `open` (one per layer pair), only those, and what changes from there on. Returns how often a
  /// pair changed. At most `most_sweeps` sweeps.
  std::int64_t sweep(Links& links, int most_sweeps, std::span<const std::uint8_t> open = {});
  /// The pairs of layers, by their shallower layer, in which two answers differ, and those beside them.
  std::vector<std::uint8_t> beside_changes(const Links& before, const Links& after) const;

  /// A first answer without one to begin with: pair by pair downstream from `first_layer`, whose directions the beam
  /// tells, then upstream from it (sweep_order). What is not known yet counts as typical: a kink as its mean, a first
  /// direction as 0.15 rad.
  Links start(std::int32_t first_layer, const BeamExpectation& beam);

  /// Segments that are not chosen and cost less, each by itself beside its neighbours, than its ends leaving; with
  /// `marked` (one per hit, or empty), those with a marked end. By layer pair from the shallowest, ascending in a pair.
  std::vector<std::int32_t> candidates(const Links& links, std::span<const std::uint8_t> marked = {});

 private:
  /// Which segments beside a pair are known.
  enum class Known { Both, Shallower, Deeper };

  void begin_problem(std::int32_t layer);
  void add_entry(std::int32_t s, std::int32_t column, double cost);
  template <class Visit>
  void visit_cheap(std::int32_t layer, const Links& links, const Visit& visit);
  void add_marked_candidates(std::int32_t layer, const Links& links, std::span<const std::uint8_t> marked,
                             std::vector<std::int32_t>& found);
  void leave(std::int32_t layer, Known known, const Links& links);
  bool assign(std::int32_t layer, Links& links);
  float widest_kink(std::size_t row, float cost) const;
  double typical_kink(std::int32_t hit) const;
  void start_pair(std::int32_t layer, Known known, const BeamExpectation* beam, Links& links);

  const event::Frame& frame_;
  const graph::HitGraph& graph_;
  const FrameEnergy& energy_;
  std::vector<float> least_kink_;    // per row of kinks
  std::vector<float> least_beyond_;  // like energy.kinks: the least at a chord and all wider ones, ascending
  std::vector<float> least_link_;    // per layer pair
  float least_start_ = 0.0F;         // of all segments
  std::vector<float> gain_bound_;    // per hit of the shallower layer: leaving it, less the least that it costs joined
  assign::Problem problem_;
  assign::LeavingCosts leaving_;
  assign::Workspace workspace_;
  std::vector<std::int32_t> entry_segment_;
};

}  // namespace difftrack::track
