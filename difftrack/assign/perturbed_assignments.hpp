// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::assign {

/// Draws assignments at random by solving with noise on the costs ("perturb and MAP").
///
/// The best assignment Y(C) = argmin_Y C·Y is one answer and says nothing of how close the others were. With Gumbel
/// noise e, one number per segment, independent and of unit scale,
///   Y_e = Y(C - T e),        P(e < x) = exp(-exp(-x)),
/// is a random assignment: one that is certain comes out every time, and of two that cost nearly the same either does.
/// A single hit of the forced problem takes a candidate with exactly the Gibbs probability exp(-C / T) / Σ exp(-C / T);
/// for whole layer pairs the distribution resembles Gibbs's and is not equal to it. The mean over e is a smooth
/// function of C, with
///   d/dC mean_e min_Y (C - T e)·Y = mean_e Y_e.
/// Leaving costs of the free problem carry no noise. T → 0 gives Y(C).
///
/// The noise of a sample is a function of (seed, stream, sample) and of the segment's place alone: the same for any
/// number of threads, and the same whatever the costs are, so that two sets of costs can be compared under one noise.
///
/// A sample costs one solve, warm-started from the duals of the assignment it is drawn around.
/// Sources: Papandreou and Yuille, ICCV 2011; Hazan and Jaakkola, ICML 2012 (arXiv:1206.6410); Berthet et al., NeurIPS
/// 2020 (arXiv:2002.08676).
class PerturbedAssignments {
 public:
  /// Options; units and ranges stand in fields().
  struct Config {
    double temperature = 0.05;
    std::int32_t samples = 4;
    std::int64_t seed = 1;
    std::int32_t threads = 1;
    static constexpr auto fields() {
      return std::tuple{
          core::field("temperature", &Config::temperature, "", core::Range{0.0, 1e6},
                      "Scale of the noise on the costs: T, on the scale of 1 - p."),
          core::field("samples", &Config::samples, "", core::Range{1, 1000}, "Number of noise samples."),
          core::field("seed", &Config::seed, "", "Seed of the noise."),
          core::field("threads", &Config::threads, "", core::Range{0, 1024}, "Number of threads; 0: all cores."),
      };
    }
  };

  /// One assignment drawn at random.
  struct Sample {
    std::vector<std::uint8_t> assigned;  ///< Y_e in {0, 1}, one per segment
    double cost = 0.0;                   ///< (C - T e)·Y_e with leaving costs, in the unit of the costs
  };

  /// Means over all samples.
  struct Mean {
    std::vector<double> assigned;  ///< share of the samples that assign the segment, one per segment
    double cost = 0.0;             ///< mean of Sample::cost
  };

  /// The sampler with the defaults.
  PerturbedAssignments();
  /// Throws core::InputError for an option outside its range.
  explicit PerturbedAssignments(const Config& config);

  /// C - T e of sample number `sample` ≥ 0 of `stream`. `costs`: one per segment, finite; the result has their length
  /// and unit. A stream is one frame of one step, say: streams and samples are independent of each other.
  std::vector<double> costs(std::span<const double> costs, std::uint64_t stream, std::int32_t sample) const;

  /// Solves the layer pairs of `around` (any assignment of the same segments) with those costs. Throws core::InputError
  /// for costs of the wrong number or not finite.
  Sample operator()(const Assignment& around, std::span<const double> costs, std::uint64_t stream,
                    std::int32_t sample) const;

  /// Mean over the samples 0 … samples - 1 of `stream`: an estimate of each segment's probability, with a standard
  /// error of at most 1 / (2 √samples).
  Mean mean(const Assignment& around, std::span<const double> costs, std::uint64_t stream) const;

  /// The options.
  const Config& config() const { return config_; }

 private:
  Config config_;
};

}  // namespace difftrack::assign
