// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace difftrack::event {

/// A part of a phantom that is judged by itself: an upright rod, or an upright box.
struct Target {
  std::string name;                   ///< what it is made of, or "3 lp/cm"
  double x = 0.0, z = 0.0;            ///< [mm] its middle
  double half_x = 0.0, half_z = 0.0;  ///< [mm] half sizes along its own axes; of a rod its radius
  double half_y = 0.0;                ///< [mm] half its height
  double turn = 0.0;                  ///< [rad] of those axes, from x towards z
  bool round = false;                 ///< a rod
  double frequency = 0.0;             ///< [1/mm] of lines and gaps along its own z; 0: it has none
};

/// What an image of a phantom should be.
struct ReferenceImage {
  std::array<std::int64_t, 3> counts{};  ///< voxels along x, y, z
  std::array<double, 3> spacing{};       ///< [mm]
  std::vector<float> rsp;                ///< relative stopping power, x fastest
  std::vector<Target> targets;           ///< parts to look at; none for phantoms without
};

}  // namespace difftrack::event
