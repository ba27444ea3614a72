// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"

namespace difftrack::track {

/// Which joins between two layers are considered, beside the present one.
enum class Joins {
  Largest,  ///< all matchings of the largest size: tails are exchanged, ends joined
  All,      ///< where chains meet, all matchings, the empty one too: tracks may end and begin; for two chains
};

/// The hits of a few chains, layer by layer, and all ways to join them anew.
///
/// Between two layers there are at most n hits on either side (one of each chain), and the joins considered are the
/// present one and matchings by segments that exist: two chains swap what follows, one takes over the other's
/// continuation, an end and a beginning join. A choice of one such join for every pair of layers is an answer in which
/// the hits of these chains are joined otherwise and nothing else changes; its energy is a sum over layers of terms
/// that know the joins in front and behind. So the best of all is a shortest path (Viterbi 1967, IEEE Trans. Inf.
/// Theory 13, 260), exact, in layers × joins² steps, with at most 2 largest matchings for two chains (7 of all) and 6
/// for three; and sums over all answers are as cheap.
class ChainExchange {
 public:
  static constexpr std::size_t kMost = 3;  ///< chains

  /// Refers to frame, graph and energy, which must outlive it. Odds are those of exp(-E * inverse_temperature).
  ChainExchange(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                double inverse_temperature = 1.0);

  /// Takes the chains of these hits, different ones. Everything below is about them.
  void load(std::span<const std::int32_t> hits_of_chains, const Links& links, Joins joins = Joins::Largest);

  /// The best join of all; puts it into `links` where it is better than the present one by more than rounding. Returns
  /// the energy gained [nats], 0 when nothing changed.
  double improve(Links& links);

  /// Odds against what is joined now: Σ exp(-E) over the answers without it over Σ exp(-E) over those with it, over all
  /// choices of joins; by sums forward and backward.
  struct Odds {
    std::vector<std::int32_t> segment;  ///< joined now, with another join to choose
    std::vector<double> against;        ///< one per segment
  };
  Odds odds() const;  ///< of all links of the loaded chains

  /// The same odds against all links of chain `k` (in the order of load) from `first_layer` down to `last_layer`
  /// together: 0 where nothing else could be chosen.
  double odds_against(std::size_t k, std::int32_t first_layer, std::int32_t last_layer);

 private:
  static constexpr std::size_t kMostJoins = 8;    // at most 6 largest matchings of three and three, and the present one
  using Slots = std::array<std::int32_t, kMost>;  // one entry per chain
  struct Layer {
    Slots hit;                                 // of each chain, or -1
    std::array<Slots, kMostJoins> down;        // join to the next layer: segment below each hit, or kNoSegment
    std::array<Slots, kMostJoins> up_of_next;  // the same seen from the next layer's hits
    std::size_t n_joins = 1;                   // the present one first
  };
  using Terms = std::array<std::array<double, kMostJoins>, kMostJoins>;  // [join in front][join behind]

  void find_joins(std::size_t i, const Links& links, Joins joins);
  bool within_reach(std::int32_t shallow, std::int32_t deep) const;
  bool open(std::size_t i) const;
  std::size_t joins_before(std::size_t i) const { return i == 0 ? 1 : layers_[i - 1].n_joins; }
  void fill_terms(std::size_t i);
  template <class Allowed>
  double sum_of_paths(const Allowed& allowed) const;

  const event::Frame& frame_;
  const graph::HitGraph& graph_;
  const FrameEnergy& energy_;
  double scale_;                     // of energies in sums
  std::size_t n_ = 0;                // chains
  std::int32_t first_ = 0;           // layer of layers_[0]
  std::vector<float> reach_;         // per layer: square of how far its segments to the next one go aside
  std::vector<Layer> layers_;        // from the first with a hit of one of the chains to the last
  std::vector<Terms> terms_;         // per layer; 0 where there is no choice on either side
  std::optional<double> all_paths_;  // -log Σ exp(-E) over all choices, once it was asked for
};

}  // namespace difftrack::track
