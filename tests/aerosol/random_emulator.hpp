// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "difftrack/aerosol/emulator/model.hpp"
#include "difftrack/aerosol/emulator/pools.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::aerosol {

/// An emulator that was never trained: weights of `steepness` over the root of their number, inputs as large as they
/// are in ordinary air.
inline EmulatorModel random_emulator(std::size_t hidden, double steepness, std::uint64_t seed) {
  EmulatorModel model;
  model.hidden = hidden;
  core::RandomStream random(seed, 0);
  const auto draw = [&](std::size_t rows, std::size_t columns) {
    std::vector<float> values(rows * columns);
    for (float& value : values)
      value = static_cast<float>(steepness * random.normal() / std::sqrt(static_cast<double>(columns)));
    return values;
  };
  model.mean.assign(kFeatures, 1.0F);
  model.deviation.assign(kFeatures, 6.0F);
  model.weight1 = draw(hidden, kFeatures);
  model.bias1 = draw(hidden, 1);
  model.weight2 = draw(hidden, hidden);
  model.bias2 = draw(hidden, 1);
  model.weight3 = draw(kNetworkOutputs, hidden);
  model.direct = draw(kNetworkOutputs, kFeatures);
  model.bias3 = draw(kNetworkOutputs, 1);
  return model;
}

}  // namespace difftrack::aerosol
