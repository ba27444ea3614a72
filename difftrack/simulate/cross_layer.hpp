// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/layer_crossings.hpp"
#include "difftrack/simulate/stack.hpp"
#include "difftrack/simulate/transport.hpp"

namespace difftrack::simulate {

/// Sends protons straight through one layer of a detector: from behind the sensor before it to behind its own.
///
/// Energy loss with straggling and scattering of Transport; no reactions and no electrons of their own, so that what a
/// proton loses is what the layer gets.
class CrossLayer {
 public:
  /// Throws InputError where the detector has no such layer.
  CrossLayer(const detector::Detector& detector, std::int32_t layer);

  /// One crossing per energy [MeV]; the random numbers of proton i are stream `first` + i of the seed.
  detector::LayerCrossings operator()(const std::vector<double>& energies, std::uint64_t seed,
                                      std::uint64_t first = 0) const;

 private:
  Stack stack_;
  std::size_t begin_ = 0, end_ = 0;  // of the layer's blocks
};

}  // namespace difftrack::simulate
