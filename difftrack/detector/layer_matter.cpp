// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/layer_matter.hpp"

#include <cmath>

#include "difftrack/matter/material.hpp"
#include "difftrack/matter/scattering.hpp"
#include "difftrack/matter/stopping_power.hpp"

namespace difftrack::detector {
namespace {

constexpr double kReferenceEnergy = 150.0;  // of relative stopping powers [MeV]

struct Bulk {
  double relative_stopping;    // to water
  double scattering_variance;  // of a kink times pv, per length [MeV^2/mm]
};

double stopping(const matter::Material& material) {  // [MeV/mm]
  return 0.1 * material.density * matter::mass_stopping_power(material, kReferenceEnergy);
}

Bulk bulk(const matter::Material& material) {
  static const double water = stopping(matter::named_material("water"));
  const double lengths_per_mm = 0.1 * material.density / matter::radiation_length(material);
  const double width = matter::slab_angle(matter::mean_z(material), lengths_per_mm, 1.0);
  return {stopping(material) / water, width * width};
}

}  // namespace

double LayerMatter::plane_wet(std::int32_t layer) const {
  double wet = front_wet;
  for (std::int32_t g = 0; g < layer; ++g) wet += gap_wet[static_cast<std::size_t>(g)];
  return wet;
}

LayerMatter layer_matter(const Detector& detector) {
  std::vector<Bulk> bulks;
  for (const auto& material : detector.materials) bulks.push_back(bulk(material));
  LayerMatter matter;
  double wet = 0.0, variance = 0.0;
  bool first = true;
  for (const auto& layer : detector.layers) {
    matter.plane_z.push_back(layer.sensitive_z);
    for (const auto& slab : layer.slabs) {
      const Bulk& b = bulks[static_cast<std::size_t>(slab.material)];
      if (slab.sensitive) {  // the plane lies in its middle
        wet += 0.5 * slab.thickness * b.relative_stopping;
        variance += 0.5 * slab.thickness * b.scattering_variance;
        if (first) {
          matter.front_wet = wet;
        } else {
          matter.gap_wet.push_back(wet);
          matter.gap_scattering.push_back(std::sqrt(variance));
        }
        first = false;
        wet = variance = 0.0;
      }
      const double left = slab.sensitive ? 0.5 * slab.thickness : slab.thickness;
      wet += left * b.relative_stopping;
      variance += left * b.scattering_variance;
    }
  }
  return matter;
}

}  // namespace difftrack::detector
