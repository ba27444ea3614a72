// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "difftrack/aerosol/emulator/features.hpp"

namespace difftrack::aerosol {

/// The network of an emulator with its transformation of the inputs: z = clamp((features - mean) / deviation, ±8), two
/// hidden layers with max(0, ·), and outputs that see z directly, too:
///   h₁ = max(0, W₁ z + b₁), h₂ = max(0, W₂ h₁ + b₂), output = W₃ h₂ + S z + b₃.
/// Matrices are row-major, one row per unit.
struct EmulatorModel {
  std::size_t hidden = 0;                     ///< units of each hidden layer, H
  std::vector<float> mean, deviation;         ///< [kFeatures]
  std::vector<float> weight1, bias1;          ///< [H, kFeatures], [H]
  std::vector<float> weight2, bias2;          ///< [H, H], [H]
  std::vector<float> weight3, direct, bias3;  ///< [kNetworkOutputs, H], [kNetworkOutputs, kFeatures], [kNetworkOutputs]
  std::map<std::string, std::string> metadata;  ///< how it was trained
};

/// Bounds of the transformed inputs: what lies farther out than training ever was is taken for its edge.
inline constexpr float kFarthest = 8.0F;

/// Reads a model from a .safetensors file. Throws InputError (file, tensor or key, value) where it is no emulator, of
/// another schema, where shapes do not fit, or where a value is no number.
EmulatorModel read_emulator(const std::string& path);
/// Writes one; whole or not at all.
void write_emulator(const std::string& path, const EmulatorModel& model);

}  // namespace difftrack::aerosol
