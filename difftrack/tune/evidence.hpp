// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/tune/kernel.hpp"

namespace difftrack::tune {

/// Where the variance that all observations have in common comes from. Each may have one of its own beside it.
enum class Noise { Learnt, Fixed };
/// Names of the kinds of noise.
constexpr core::Choices<Noise, 2> choices(Noise) {
  return {{{Noise::Learnt, "learnt", "fitted with the lengths"}, {Noise::Fixed, "fixed", "noise-variance"}}};
}

/// Options of a Gaussian process and of its fits. Values are expected in units of about their own spread, coordinates
/// in units of the size of the space.
struct GaussianProcessConfig {
  Kernel kernel = Kernel::Matern52;
  Noise noise = Noise::Learnt;
  double noise_variance = 1e-6;
  std::optional<double> mean = {};
  std::int32_t lag = 10;
  std::int32_t eager = 100;
  double evidence_drop = 0.5;
  std::int32_t restarts = 4;
  std::int32_t fit_steps = 100;
  std::optional<double> length_median = {};
  double length_spread = 1.0;

  static constexpr auto fields() {
    using core::field;
    using C = GaussianProcessConfig;
    return std::tuple{
        field("kernel", &C::kernel, "", "Correlation of neighbours."),
        field("noise", &C::noise, "", "Variance of a single observation."),
        field("noise_variance", &C::noise_variance, "", {0.0, 1e6},
              "Variance where it is fixed, over that of the values."),
        field("mean", &C::mean, "", {-1e9, 1e9}, "Mean of the process; auto: the most likely one."),
        field("lag", &C::lag, "", {1, 1e9}, "Observations between two fits of the kernel's parameters."),
        field("eager", &C::eager, "", {0, 1e9}, "Observations up to which every new one is followed by a fit."),
        field("evidence_drop", &C::evidence_drop, "", {0.0, 1e9},
              "Loss of log evidence per observation at which a fit comes early."),
        field("restarts", &C::restarts, "", {0, 1000}, "Starts of a fit beside the parameters at hand."),
        field("fit_steps", &C::fit_steps, "", {1, 100000}, "Evaluations of the evidence per start at most."),
        field("length_median", &C::length_median, "", {1e-3, 1e3},
              "Median of the length scales before data; auto: by the number of dimensions."),
        field("length_spread", &C::length_spread, "", {1e-3, 100.0},
              "Standard deviation of their logarithm before data."),
    };
  }
};

/// What was seen.
struct Observations {
  std::vector<double> points;  ///< n rows of as many coordinates as there are dimensions
  std::vector<double> values;  ///< n
  std::vector<double> noises;  ///< n variances of their own, >= 0, in the square of the unit of the values

  std::size_t size() const { return values.size(); }  ///< n
};

/// log p(values | points, parameters) and its derivative by the logarithms of lengths, signal and noise, in this order.
struct Evidence {
  double value = 0.0;
  std::vector<double> slope;  ///< one per length, then signal, noise
  double mean = 0.0;          ///< of the process: the given one, or the most likely
  double jitter = 0.0;        ///< see CholeskyFactor::append
};

/// The evidence of parameters, O(n³). Without `mean` that of the process is the most likely one, 1ᵀK⁻¹y / 1ᵀK⁻¹1, where
/// the derivative by it vanishes; `parameters.mean` is not looked at. Rasmussen and Williams (2006), eqs. 2.30 and 5.9.
Evidence log_evidence(Kernel kernel, const Hyperparameters& parameters, const Observations& observations,
                      std::optional<double> mean);

/// Median of length scales in a unit cube before data are there: its diagonal, √dimensions, which keeps the complexity
/// of a draw the same in all dimensions (Hvarfner et al., ICML 2024, arXiv:2402.02229, who take exp(√2) times that).
double default_length_median(std::size_t dimensions);

/// The parameters of largest evidence times the log-normal prior of the lengths: climbs from `start` and from
/// `config.restarts` random ones, a pure function of all arguments but `threads`. `stream` numbers the fits of a
/// run, so that each has draws of its own.
Hyperparameters fit_hyperparameters(const GaussianProcessConfig& config, const Observations& observations,
                                    const Hyperparameters& start, std::uint64_t stream, int threads);

}  // namespace difftrack::tune
