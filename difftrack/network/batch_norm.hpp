// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace difftrack::network {

inline constexpr double kNormEpsilon = 1e-5;  ///< BatchNorm divides by √(variance + this)
inline constexpr double kLeakySlope = 0.01;   ///< of LeakyReLU below zero

/// Where BatchNorm takes its mean and variance from.
enum class BatchNormMode : unsigned char {
  Running,  ///< evaluation: the running statistics, constants in the backward pass
  Frame,    ///< training: biased statistics of this frame's nodes or edges, differentiated through
  Given,    ///< as Frame, but with the mean and biased variance that the caller found (another summation, for tests)
};

}  // namespace difftrack::network
