// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Random123/philox.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace difftrack::core {

/// Counter-based random stream: Philox4x32-10 (Salmon et al., SC11, "Parallel random numbers: as easy as 1, 2, 3").
///
/// The numbers are a pure function of (seed, stream, slot, draw): nothing is shared, so results do not depend on
/// the number of threads. Give each primary, frame or training step its own `stream`; call `seek` with a fixed
/// slot per step to keep streams comparable under small changes of the code between slots.
class RandomStream {
 public:
  /// At the first draw of slot 0.
  RandomStream(std::uint64_t seed, std::uint64_t stream)
      : key_{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}},
        counter_{{0, 0, static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)}} {}

  /// Jumps to the first draw of a slot; draws of different slots never overlap (2^32 blocks of four each).
  void seek(std::uint32_t slot) {
    counter_[0] = 0;
    counter_[1] = slot;
    used_ = 4;
  }

  /// 32 random bits.
  std::uint32_t bits() {
    if (used_ == 4) {
      block_ = r123::Philox4x32{}(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }

  /// Uniform in the open interval (0, 1), 32 bits: safe under log().
  double uniform() { return (bits() + 0.5) * 0x1p-32; }

  /// Uniform integer in [0, n), n > 0; the bias of the multiply-shift map is below n / 2^32.
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(bits()) * n) >> 32);
  }

  /// Two independent standard normals (Box–Muller).
  std::array<double, 2> normal_pair() {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    return {radius * std::cos(angle), radius * std::sin(angle)};
  }
  double normal() { return normal_pair()[0]; }
  double exponential() { return -std::log(uniform()); }

 private:
  r123::Philox4x32::key_type key_;
  r123::Philox4x32::ctr_type counter_;
  r123::Philox4x32::ctr_type block_{};
  unsigned used_ = 4;
};

}  // namespace difftrack::core
