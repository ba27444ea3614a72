// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/reference_image.hpp"

#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/matter/material.hpp"

namespace difftrack::simulate {

event::ReferenceImage reference_image(const Phantom& phantom, std::array<std::int64_t, 3> counts,
                                      std::array<double, 3> spacing, double energy, int samples, int threads) {
  if (samples < 1) throw core::InputError({"", "samples", std::to_string(samples)}, "must be above 0");
  event::ReferenceImage image{counts, spacing, {}, phantom.targets()};
  std::size_t size = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (counts[axis] < 1) throw core::InputError({"", "counts", std::to_string(counts[axis])}, "must be above 0");
    if (!(spacing[axis] > 0.0))
      throw core::InputError({"", "spacing", std::to_string(spacing[axis])}, "must be above 0");
    size *= static_cast<std::size_t>(counts[axis]);
  }
  image.rsp.assign(size, 0.0F);
  const double air = matter::Medium(matter::named_material("air")).stopping(energy),
               water = matter::water().stopping(energy) - air;
  const double fine = 1.0 / samples;
  core::parallel_for(counts[2], threads, [&](std::int64_t k) {
    for (std::int64_t j = 0; j < counts[1]; ++j)
      for (std::int64_t i = 0; i < counts[0]; ++i) {
        const std::array index{i, j, k};
        double sum = 0.0;
        for (int n = 0; n < samples * samples * samples; ++n) {
          const std::array sample{n % samples, n / samples % samples, n / samples / samples};
          Vector at{};
          for (std::size_t axis = 0; axis < 3; ++axis)
            at[axis] = spacing[axis] * (static_cast<double>(index[axis]) + (sample[axis] + 0.5) * fine -
                                        0.5 * static_cast<double>(counts[axis]));
          const Stretch here = phantom.ahead(at, {1.0, 0.0, 0.0});
          if (here.medium != nullptr) sum += here.medium->stopping(energy) * here.density - air;
        }
        image.rsp[static_cast<std::size_t>((k * counts[1] + j) * counts[0] + i)] =
            static_cast<float>(sum * fine * fine * fine / water);
      }
  });
  return image;
}

}  // namespace difftrack::simulate
