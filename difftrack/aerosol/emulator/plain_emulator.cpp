// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/emulator/plain_emulator.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace difftrack::aerosol::reference {

namespace {

/// weight · in + out, row by row.
void add_product(const std::vector<float>& weight, const std::vector<float>& in, std::vector<float>& out) {
  for (std::size_t row = 0; row < out.size(); ++row) {
    double sum = out[row];
    for (std::size_t c = 0; c < in.size(); ++c) sum += double{weight[row * in.size() + c]} * in[c];
    out[row] = static_cast<float>(sum);
  }
}

void rectify(std::vector<float>& values) {
  for (float& value : values) value = std::max(0.0F, value);
}

}  // namespace

std::array<float, kNetworkOutputs> network_outputs(const EmulatorModel& model, const Features& features) {
  std::vector<float> z(kFeatures), first = model.bias1, second = model.bias2, out = model.bias3;
  for (std::size_t i = 0; i < kFeatures; ++i)
    z[i] = std::clamp(static_cast<float>((features.values[i] - model.mean[i]) / model.deviation[i]), -kFarthest,
                      kFarthest);
  add_product(model.weight1, z, first);
  rectify(first);
  add_product(model.weight2, first, second);
  rectify(second);
  add_product(model.weight3, second, out);
  add_product(model.direct, z, out);
  std::array<float, kNetworkOutputs> result{};
  std::copy_n(out.begin(), kNetworkOutputs, result.begin());
  return result;
}

Emulated apply_pools(const std::array<float, kNetworkOutputs>& outputs,
                     const std::array<double, kPoolColumns>& before) {
  std::array<double, kPoolColumns> after = before;
  for (const Pool& pool : kPools) after[pool.source] = 0.0;
  for (const Pool& pool : kPools) {
    std::array<double, Pool::kMost> weight{};
    double sum = 1.0;
    for (std::size_t j = 0; j < pool.targets; ++j) {
      weight[j] = std::exp(std::clamp(outputs[pool.first + j], -kSteepest, kSteepest));
      sum += weight[j];
    }
    double left = before[pool.source];
    for (std::size_t j = 0; j < pool.targets; ++j) {
      const double moved = std::min(left, before[pool.source] * (weight[j] / sum));
      left -= moved;
      if (pool.to[j] >= 0) after[static_cast<std::size_t>(pool.to[j])] += moved;
    }
    if (pool.rest >= 0) after[static_cast<std::size_t>(pool.rest)] += left;
  }
  Emulated result;
  std::copy_n(after.begin(), kNewState, result.state.begin());
  std::array<double, kSoluble> volume{};
  for (std::size_t c = 0; c < kNewState; ++c)
    if (kWetVolumes[c].mode >= 0)
      volume[static_cast<std::size_t>(kWetVolumes[c].mode)] += result.state[c] * kWetVolumes[c].volume;
  for (std::size_t k = 0; k < kSoluble; ++k)
    result.water[k] = volume[k] * std::exp(std::clamp(outputs[kPoolOutputs + k], -kSteepest, kSteepest));
  return result;
}

Emulated emulate(const EmulatorModel& model, const Air& air, const CellState& state) {
  const Features features = reference::features(air, state);
  std::array<double, kPoolColumns> before{};
  for (std::size_t c = 0; c < kNewState; ++c) before[c] = state[kStateColumns[c]];
  before[0] += air.production * constants::kTimeStep;
  before[kNewParticles] = features.new_particles;
  before[kNewSulphate] = std::min(features.new_sulphate, before[0]);
  before[0] -= before[kNewSulphate];
  return apply_pools(network_outputs(model, features), before);
}

}  // namespace difftrack::aerosol::reference
