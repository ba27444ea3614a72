// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/tune/gaussian_process.hpp"
#include "difftrack/tune/local_search.hpp"

namespace difftrack::tune {

/// What makes a place worth a trial.
enum class Acquisition { ExpectedImprovement, LogExpectedImprovement, NoisyExpectedImprovement, UpperBound, Thompson };
/// Names of the acquisitions.
constexpr core::Choices<Acquisition, 5> choices(Acquisition) {
  return {{{Acquisition::ExpectedImprovement, "ei", "expected improvement"},
           {Acquisition::LogExpectedImprovement, "log-ei", "its logarithm, which has a slope where it is tiny"},
           {Acquisition::NoisyExpectedImprovement, "noisy-ei", "over what the best may be without noise"},
           {Acquisition::UpperBound, "ucb", "mean plus kappa standard deviations"},
           {Acquisition::Thompson, "thompson", "a function drawn from the process"}}};
}

/// log(φ(z) + z Φ(z)), the logarithm of the expected improvement in units of the standard deviation, with its
/// derivative by z: to rounding for z >= -2, to 2e-10 (the derivative relatively) everywhere, also where the
/// expectation itself underflows (as LogEI of Ament et al., NeurIPS 2023, arXiv:2310.20708, from Mills' ratio).
struct LogImprovement {
  double value, slope;
};
/// See LogImprovement.
LogImprovement log_improvement(double z);

/// What a trial is worth as a function of its place.
struct Worth {
  SmoothFunction at;                                                       ///< value and gradient at one place
  std::function<std::vector<double>(std::span<const double> places)> all;  ///< values at places, row by row
};

/// The worth of a place, larger where a trial is worth more; it keeps a reference to `process`, which has
/// observations and must not change while it is used. `kappa` is of UpperBound; `draws` of NoisyExpectedImprovement:
/// the mean over so many draws of the process at the observed places, each without noise (Letham et al., Bayesian
/// Analysis 14 (2019) 495), O(n³) once. Thompson is one draw of a function, by 512 random features with the data's
/// correction (Wilson et al., ICML 2020, arXiv:2002.09309). ExpectedImprovement is over the largest mean at an observed
/// place. Equal seeds give equal functions; the functions may be called from several threads. `all` gives the values of
/// `at` to rounding, in one triangular solve where they follow from mean and variance.
Worth make_acquisition(Acquisition kind, const GaussianProcess& process, double kappa, int draws, std::uint64_t seed);

}  // namespace difftrack::tune
