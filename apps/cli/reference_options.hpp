// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <tuple>

#include "difftrack/core/error.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/simulate/reference_image.hpp"

namespace difftrack::cli {

/// What the image should be.
struct ReferenceConfig {
  ReferenceConfig() { phantom.phantom.clear(); }  // one has to be named

  simulate::SimulationConfig phantom;
  double rsp_energy = 200.0;
  std::int32_t finer = 5;

  static constexpr auto fields() {
    using C = ReferenceConfig;
    using core::field;
    return std::tuple{
        core::part(&C::phantom, {"phantom", "hu_table"}),
        field("rsp_energy", &C::rsp_energy, "MeV", {5, 330}, "Energy at which stopping powers are compared."),
        field("finer", &C::finer, "", {1, 51},
              "Odd number of points along a pixel at which the phantom is looked at.")};
  }
};

/// The image that the phantom should give, `finer` points along each side of a voxel of the slices.
inline event::ReferenceImage reference_of_phantom(const ReferenceConfig& config, std::array<std::int64_t, 3> counts,
                                                  std::array<double, 3> spacing, int threads) {
  const auto phantom = simulate::make_phantom(config.phantom);
  const std::int64_t finer = config.finer;
  if (finer % 2 == 0)
    throw core::InputError({"", "--finer", std::to_string(finer)}, "is even; no point would be a pixel's middle");
  const auto parts = static_cast<double>(finer);
  return simulate::reference_image(*phantom, {counts[0] * finer, counts[1], counts[2] * finer},
                                   {spacing[0] / parts, spacing[1], spacing[2] / parts}, config.rsp_energy, 1, threads);
}

}  // namespace difftrack::cli
