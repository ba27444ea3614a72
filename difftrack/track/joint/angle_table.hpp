// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

/// Grids of angles. All angles here are chords of unit vectors, |u - v| = 2 sin(θ / 2).
namespace difftrack::track {

/// The grid that a likelihood file has its densities on: log2(x²) = -10, -9.75, …, 18, with x the angle in units of a
/// scale. From 1/32 of the scale to 512 of it, so that a core and the tails of nuclear scattering fit alike.
struct ScaledGrid {
  static constexpr double kFirst = -10.0;      ///< log2(x²) of point 0
  static constexpr double kPerOctave = 4.0;    ///< points in an octave of x²
  static constexpr std::size_t kPoints = 113;  ///< in all

  /// Place of an angle of log2(x²) on the grid, held inside.
  static double place(double log2_x2) {
    return std::clamp((log2_x2 - kFirst) * kPerOctave, 0.0, static_cast<double>(kPoints - 1));
  }
  /// x of a point.
  static double angle(std::size_t point) { return std::exp2(0.5 * (kFirst + static_cast<double>(point) / kPerOctave)); }
  /// The value at a place: straight between points.
  static double at(std::span<const float> values, double place) {
    const auto i = std::min(static_cast<std::size_t>(place), kPoints - 2);
    const double f = place - static_cast<double>(i);
    return (1.0 - f) * static_cast<double>(values[i]) + f * static_cast<double>(values[i + 1]);
  }
};

/// The grid that a frame's costs are looked up on: squares of chords t² from 2^-28 (60 µrad) to 2^2, every octave in
/// four equal parts, straight between them. A place on it is the bits of t² as a float, so that no logarithm is taken;
/// a Gaussian core, straight in t², is met exactly.
struct ChordGrid {
  static constexpr std::int32_t kLowest = -28, kHighest = 2;  ///< powers of two
  static constexpr std::uint32_t kPartBits = 2;               ///< four parts per octave
  static constexpr std::size_t kPoints = std::size_t{(kHighest - kLowest)} * (1U << kPartBits) + 1;  ///< in all

  /// t² of a point.
  static double squared(std::size_t point) {
    const auto octave = static_cast<std::int32_t>(point >> kPartBits);
    const auto part = static_cast<double>(point & ((1U << kPartBits) - 1U));
    return std::ldexp(1.0 + part / (1U << kPartBits), kLowest + octave);
  }
  /// The value for a chord of that square.
  static float at(const float* values, float squared) {
    constexpr std::uint32_t kMantissa = 23, kRest = kMantissa - kPartBits;
    constexpr std::uint32_t kBase = static_cast<std::uint32_t>(127 + kLowest) << kPartBits;
    constexpr float kLeast = 1.0F / (1U << 28U), kMost = 3.99F;
    const auto bits = std::bit_cast<std::uint32_t>(std::min(std::max(squared, kLeast), kMost));
    const std::uint32_t i = (bits >> kRest) - kBase;
    const float f = static_cast<float>(bits & ((1U << kRest) - 1U)) * (1.0F / (1U << kRest));
    return values[i] + f * (values[i + 1] - values[i]);
  }
};

}  // namespace difftrack::track
