// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/expected_layers.hpp"

#include <cmath>
#include <cstddef>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/ion.hpp"
#include "difftrack/matter/medium.hpp"
#include "difftrack/matter/stopping_power.hpp"

namespace difftrack::track {

namespace {

/// [MeV] of a proton in the sensitive slab of a layer.
double mean_deposit(const detector::Detector& detector, const detector::Layer& layer, double energy) {
  double sum = 0.0;
  for (const detector::Slab& slab : layer.slabs) {
    if (!slab.sensitive) continue;
    const matter::Material& material = detector.materials[static_cast<std::size_t>(slab.material)];
    sum += 0.1 * material.density * matter::mass_stopping_power(material, energy) * slab.thickness;
  }
  return sum;
}

}  // namespace

std::vector<ExpectedLayer> expected_layers(const detector::Detector& detector, const detector::LayerMatter& matter,
                                           std::int32_t last) {
  if (last < 0 || static_cast<std::size_t>(last) >= detector.layers.size() || matter.gap_wet.empty())
    throw core::InputError({detector.name, "layer", std::to_string(last)}, "is none of a detector of several layers");
  const double to_space = std::sqrt(-2.0 * std::log(0.32));
  const auto n = static_cast<std::size_t>(last) + 1;
  std::vector<ExpectedLayer> out(n);
  double range = 0.5 * matter.gap_wet[std::min(n, matter.gap_wet.size()) - 1];  // [mm of water] left in plane k
  for (std::size_t k = n; k-- > 0;) {
    out[k].energy = matter::water().energy_at_range(range);
    out[k].deposit = mean_deposit(detector, detector.layers[k], out[k].energy);
    if (k == 0) break;
    const double pv = matter::kinematics(out[k].energy, matter::kProton.mass).pv;
    out[k].kink_68 = to_space * matter.gap_scattering[k - 1] / pv;
    range += matter.gap_wet[k - 1];
  }
  return out;
}

}  // namespace difftrack::track
