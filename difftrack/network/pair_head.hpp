// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "difftrack/network/parameter_layout.hpp"

/// The pair head of a policy: what a track so far and a segment that it may take next are to each other,
///
///   k = v · LeakyReLU(W x + b) + c,      x: kPairColumns numbers of the pair (policy/pair_features.hpp),
///
/// added to the segment's logit. A small network of its own beside the line graph: that sees kinks, this sees tracks.
namespace difftrack::network {

inline constexpr int kPairColumns = 12;  ///< numbers that describe a pair

/// A pair head's numbers: W (width, kPairColumns), b (width), v (width), c, one after the other.
struct PairHead {
  std::int32_t width = 0;       ///< hidden; 0: there is none
  std::span<const float> flat;  ///< pair_head_size(width) numbers

  std::span<const float> weight() const { return flat.subspan(0, columns()); }                 ///< W, row-major
  std::span<const float> bias() const { return flat.subspan(columns(), units()); }             ///< b
  std::span<const float> score() const { return flat.subspan(columns() + units(), units()); }  ///< v
  float offset() const { return flat[columns() + 2 * units()]; }                               ///< c

 private:
  std::size_t units() const { return static_cast<std::size_t>(width); }
  std::size_t columns() const { return units() * kPairColumns; }
};

/// How many numbers a pair head of that width has; 0 for none.
std::size_t pair_head_size(std::int32_t width);

/// The head of a network's numbers, of width 0 where it has none; refers to `parameters`.
PairHead pair_head_of(const FlatParameters& parameters, const ParameterLayout& layout);

}  // namespace difftrack::network
