// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/sobol.hpp"

#include <array>

#include "difftrack/core/random.hpp"

namespace difftrack::tune {

namespace {

/// Degree of a primitive polynomial, its inner coefficients as bits, and the first direction integers.
struct Direction {
  std::uint32_t degree, inner;
  std::array<std::uint32_t, 7> first;
};

// From the file new-joe-kuo-6.21201 of the authors. The first dimension needs none.
constexpr std::array<Direction, kSobolDimensions - 1> kDirections{{
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
    {7, 7, {1, 1, 3, 13, 7, 35, 63}},
    {7, 8, {1, 3, 5, 9, 1, 25, 53}},
    {7, 14, {1, 3, 1, 13, 9, 35, 107}},
}};

using Columns = std::array<std::uint32_t, 32>;

std::array<Columns, kSobolDimensions> make_columns() {
  std::array<Columns, kSobolDimensions> all{};
  for (std::uint32_t bit = 0; bit < 32; ++bit) all[0][bit] = 1U << (31U - bit);
  for (std::size_t d = 1; d < kSobolDimensions; ++d) {
    const Direction& from = kDirections[d - 1];
    Columns& columns = all[d];
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
      if (bit < from.degree) {
        columns[bit] = from.first[bit] << (31U - bit);
        continue;
      }
      columns[bit] = columns[bit - from.degree] ^ (columns[bit - from.degree] >> from.degree);
      for (std::uint32_t k = 1; k < from.degree; ++k)
        if (((from.inner >> (from.degree - 1U - k)) & 1U) != 0U) columns[bit] ^= columns[bit - k];
    }
  }
  return all;
}

}  // namespace

std::vector<double> sobol_point(std::uint32_t index, std::size_t dimensions, std::uint64_t seed) {
  static const auto kColumns = make_columns();
  const std::uint32_t gray = index ^ (index >> 1U);
  core::RandomStream shift(seed, 0), beyond(seed, 1 + static_cast<std::uint64_t>(index));
  std::vector<double> point(dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) {
    if (d >= kSobolDimensions) {
      point[d] = beyond.uniform();
      continue;
    }
    std::uint32_t digits = shift.bits();
    for (std::uint32_t bit = 0; bit < 32; ++bit)
      if (((gray >> bit) & 1U) != 0U) digits ^= kColumns[d][bit];
    point[d] = (digits + 0.5) * 0x1p-32;
  }
  return point;
}

}  // namespace difftrack::tune
