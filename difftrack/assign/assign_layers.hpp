// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/assign/problem.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::assign {

/// The segments of one frame as assignment sees them: layer pair p holds [pair_begin[p], pair_begin[p + 1]).
/// Within a pair, `deep` ascends and, for equal `deep`, `shallow` strictly ascends (the order of graph::HitGraph).
struct Segments {
  std::span<const std::int32_t> deep;        ///< hit index of the deeper end, one per segment
  std::span<const std::int32_t> shallow;     ///< hit index of the shallower end, one per segment
  std::span<const std::int32_t> pair_begin;  ///< pairs + 1 entries, or empty without segments
  std::int32_t n_hits = 0;                   ///< of the frame; `deep` and `shallow` lie in [0, n_hits)

  std::size_t size() const { return deep.size(); }
  std::size_t n_pairs() const { return pair_begin.empty() ? 0 : pair_begin.size() - 1; }
};

/// Which of the two problems a layer pair is.
enum class AssignMode { Forced, Free };
/// Their names.
constexpr core::Choices<AssignMode, 2> choices(AssignMode) {
  return {{{AssignMode::Forced, "forced", "maximum cardinality, then minimum cost (published)"},
           {AssignMode::Free, "free", "hits may stay unassigned"}}};
}

/// How the layer pairs of a frame are solved. Costs and scores are pure numbers, on the scale of 1 - p.
struct AssignConfig {
  AssignMode mode = AssignMode::Forced;
  double unassigned_cost = 0.45;  ///< free mode: per hit; a lone segment is taken when 1 - p < 2 * unassigned_cost
  double min_score = 0.0;         ///< segments with p below are forbidden (both modes)
  std::int32_t threads = 0;       ///< never changes the result

  bool free() const { return mode == AssignMode::Free; }
  static constexpr auto fields() {
    return std::tuple{
        core::field("mode", &AssignConfig::mode, "", "Problem that a layer pair is solved as."),
        core::field("unassigned_cost", &AssignConfig::unassigned_cost, "", core::Range{0.0, 1e6},
                    "Cost of leaving one hit unassigned in mode free, on the scale of 1 - p."),
        core::field("min_score", &AssignConfig::min_score, "", core::Range{0.0, 1.0},
                    "Score below which a segment is forbidden; 0: none."),
        core::field("threads", &AssignConfig::threads, "", core::Range{0, 1024},
                    "Number of threads, without effect on the result; 0: all cores."),
    };
  }
};

/// One layer pair: rows are the hits first_row … of the deep layer, columns first_column … of the shallow layer.
struct PairAssignment {
  std::int32_t first_row = 0, first_column = 0;  ///< hit indices of row 0 and column 0
  Problem problem;                               ///< entries are the pair's kept segments, in order
  LeavingCosts leaving;                          ///< empty in forced mode
  Solution solution;
};

/// The assignment of one frame.
struct Assignment {
  std::vector<std::uint8_t> assigned;       ///< Y in {0, 1}, one per segment
  std::vector<PairAssignment> pairs;        ///< one per layer pair, for certificates and warm starts
  std::vector<std::int32_t> entry_segment;  ///< segment of each entry, pair after pair; empty when none was forbidden
  std::vector<std::int32_t> entry_begin;    ///< pairs + 1: entries of pair p in that order
  double cost = 0.0;                        ///< Σ over pairs
  std::int64_t cardinality = 0;             ///< number of assigned segments
  bool free = false;                        ///< which of the two problems this is

  /// Segment of entry e counted over all pairs.
  std::int32_t segment(std::size_t e) const {
    return entry_segment.empty() ? static_cast<std::int32_t>(e) : entry_segment[e];
  }
};

/// Solves every layer pair with cost C = 1 - p. Y does not depend on the number of threads.
/// Throws core::InputError for scores outside [0, 1] or not finite, and for segments out of order.
Assignment assign_layers(const Segments& segments, std::span<const float> scores, const AssignConfig& config = {});

/// The same for many frames at once: all layer pairs of all frames are one ragged batch over the threads.
std::vector<Assignment> assign_layers(std::span<const Segments> frames, std::span<const std::span<const float>> scores,
                                      const AssignConfig& config = {});

/// The same with costs of any finite scale instead of scores; `unassigned_cost` is then in their unit and `min_score`
/// is not used.
Assignment assign_costs(const Segments& segments, std::span<const double> costs, const AssignConfig& config = {});

/// The same problems with other costs, one per segment (those of forbidden segments are not read), warm-started from
/// `forward`. Returns Y per segment and, when asked, the total cost.
std::vector<std::uint8_t> reassign(const Assignment& forward, std::span<const double> costs, int threads = 1,
                                   double* total_cost = nullptr);

}  // namespace difftrack::assign
