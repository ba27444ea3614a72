// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/assign/disagreement.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/study/frames.hpp"
#include "difftrack/study/models.hpp"

namespace difftrack::study {

/// Which rows a similarity is taken over.
enum class Sampling : std::uint8_t { Exact, Published };
/// Their names.
constexpr core::Choices<Sampling, 2> choices(Sampling) {
  return {{{Sampling::Exact, "exact", "all rows at once"},
           {Sampling::Published, "published", "the first 81920 in minibatches of 1024, five reshuffles"}}};
}

/// What the assignment minimises.
enum class CostKind : std::uint8_t { Scores, Logits };
/// Their names.
constexpr core::Choices<CostKind, 2> choices(CostKind) {
  return {
      {{CostKind::Scores, "scores", "1 - score, as deployed"}, {CostKind::Logits, "logits", "1 - logit (published)"}}};
}

/// Options of `difftrack study similarity`.
struct SimilarityConfig {
  Sampling sampling = Sampling::Exact;
  bool true_rows = false;
  CostKind costs = CostKind::Scores;
  std::int64_t seed = 1;
  static constexpr auto fields() {
    using core::field;
    using C = SimilarityConfig;
    return std::tuple{
        field("sampling", &C::sampling, "", "Rows that representations are compared on."),
        field("true_rows", &C::true_rows, "", "Rows of true segments alone; most others are fakes."),
        field("costs", &C::costs, "", "Costs of the assignments whose disagreement is taken."),
        field("seed", &C::seed, "", {0, 4e9}, "Seed of the published reshuffles."),
    };
  }
};

/// The three parts of a line-graph network, and how many layers each has: outputs of every Linear, BatchNorm and
/// LeakyReLU.
struct Module {
  const char* name;    ///< "R1", "O", "R2"
  std::size_t layers;  ///< 8, 10, 8
};
inline constexpr std::array<Module, 3> kModules{{{"R1", 8}, {"O", 10}, {"R2", 8}}};

/// Numbers of one frame: for each module and each pair of models a ≤ b the HSIC of all layers of a with all of b.
inline constexpr std::size_t kPairNumbers = 8 * 8 + 10 * 10 + 8 * 8;

/// Number of pairs a ≤ b.
constexpr std::size_t pair_count(std::size_t models) { return models * (models + 1) / 2; }
/// Place of a pair a ≤ b.
constexpr std::size_t pair_index(std::size_t models, std::size_t a, std::size_t b) {
  return a * models - a * (a + 1) / 2 + b;
}

/// HSIC sums of one frame, shape (pairs a ≤ b, kPairNumbers): rows are kinks in both directions (R1) or segments (O,
/// R2), BatchNorm uses running statistics, everything is in double precision by the reference network. Of published
/// sampling, sums over all minibatches. Pure: one thread, a function of its arguments. Throws InputError for networks
/// that are no line graph with one step of message passing.
std::vector<double> frame_hsic(const std::vector<Model>& models, const StudyFrame& frame,
                               const SimilarityConfig& config, std::uint64_t stream);

/// Similarities of all pairs of models, from the HSIC sums over frames.
struct SimilarityMatrices {
  std::size_t models = 0;
  std::array<std::vector<double>, 3> matched;  ///< per module (models, models): mean CKA of layer i with layer i
  std::array<std::vector<double>, 3> all;  ///< mean over all pairs of layers (published); its diagonal is the ceiling
  std::array<std::vector<double>, 3> layers;  ///< (models, models, layers, layers): every CKA
};
/// `sums`: shape (pairs, kPairNumbers). NaN layers are left out of the means.
SimilarityMatrices similarity_matrices(std::span<const double> sums, std::size_t models);

/// Matchings of one frame by every model, shape (models, segments): forced assignment of scores or logits, BatchNorm
/// with running statistics.
std::vector<std::vector<std::uint8_t>> frame_assignments(const std::vector<Model>& models, const StudyFrame& frame,
                                                         CostKind costs);

/// Disagreement counts of one frame: for each pair a ≤ b segments, different, wrong_a, wrong_b.
std::vector<double> disagreement_counts(const std::vector<std::vector<std::uint8_t>>& assigned,
                                        std::span<const std::uint8_t> labels);

/// m̂ of each pair (models, models) from counts summed over frames; 0 on the diagonal.
std::vector<double> disagreement_matrix(std::span<const double> counts, std::size_t models);

/// Mean and median over the pairs of models of two groups; of one group over pairs of different models.
struct GroupValue {
  std::string first, second;
  std::int64_t pairs = 0;
  double mean = 0.0, median = 0.0, minimum = 0.0, maximum = 0.0;
};
/// Of a symmetric matrix; groups in the order of their first model.
std::vector<GroupValue> group_values(std::span<const double> matrix, const std::vector<Model>& models);

}  // namespace difftrack::study
