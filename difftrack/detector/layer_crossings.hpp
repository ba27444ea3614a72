// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace difftrack::detector {

/// Protons that came through one layer of a calorimeter, or stopped in it; one entry per proton.
struct LayerCrossings {
  std::vector<double> energy_in;       ///< kinetic [MeV]
  std::vector<double> energy_out;      ///< [MeV], 0 where it stopped
  std::vector<double> deposit;         ///< [MeV], energy in minus energy out
  std::vector<double> kink_x, kink_y;  ///< between the directions in and out, projected [rad]; 0 where it stopped

  std::size_t size() const { return energy_in.size(); }  ///< number of protons
  void resize(std::size_t n) {                           ///< n protons, new ones of zeros
    for (auto* column : {&energy_in, &energy_out, &deposit, &kink_x, &kink_y}) column->resize(n);
  }
};

}  // namespace difftrack::detector
