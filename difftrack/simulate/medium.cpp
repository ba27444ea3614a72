// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/medium.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/matter/element.hpp"
#include "difftrack/simulate/nuclear_data.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kMillibarn = 1e-27;  // [cm2]

}  // namespace

Medium::Medium(const std::vector<matter::Ingredient>& ingredients) : matter::Medium(ingredients) {
  double total = 0.0;
  for (const auto& each : ingredients) total += each.share;
  double z_sum = 0.0, a_weighted = 0.0;
  for (const auto& [material, share] : ingredients) {
    const double here = material.density * share / total;  // [g/cm3]
    for (std::size_t i = 0; i < material.elements.size(); ++i) {
      const matter::Element& each = matter::element(material.elements[i]);
      const double moles = here * material.mass_fractions[i] / each.a;  // [mol/cm3]
      z_sum += moles * each.z * each.z;
      rutherford_ += 0.157 * moles * each.z * (each.z + 1.0) / 10.0;
      a_weighted += moles * each.z * each.z * std::pow(each.a, 2.0 / 3.0);
      const double per_mm_mb = moles * matter::kAvogadro * kMillibarn / 10.0;
      const auto known = std::find_if(nuclei_.begin(), nuclei_.end(), [&](const Nuclei& n) { return n.z == each.z; });
      if (known == nuclei_.end())
        nuclei_.push_back({each.z, each.a, per_mm_mb});
      else
        known->per_mm_mb += per_mm_mb;
    }
  }
  // Coherent nuclear form factor: Ranft's diffraction slope 14.5 A^0.66 / GeV^2 of the Z^2-weighted nucleus.
  form_factor_ = 14.5e-6 * a_weighted / z_sum;
  reactions_.resize(kNodes);
  for (std::size_t i = 0; i < kNodes; ++i) {
    const double v = kRootStep * static_cast<double>(i);
    const double energy = v * v;
    double nonelastic = 0.0, elastic = 0.0;
    for (const auto& each : nuclei_) {
      if (each.z == 1) {
        elastic += each.per_mm_mb * proton_proton_cross_section(energy);
      } else {
        const auto cross = nuclear_cross_section(each.z, each.a, energy);
        nonelastic += each.per_mm_mb * cross.nonelastic;
        elastic += each.per_mm_mb * cross.elastic;
      }
    }
    reactions_[i] = {static_cast<float>(nonelastic), static_cast<float>(elastic)};
  }
}

Medium::Point Medium::at(double energy) const {
  const Cell here = cell(energy);
  const Reactions &a = reactions_[here.index], &b = reactions_[here.index + 1];
  const auto mix = [f = here.fraction](float low, float high) { return low + f * (high - low); };
  return {stopping(here), range(here), mix(a.nonelastic, b.nonelastic), mix(a.elastic, b.elastic)};
}

}  // namespace difftrack::simulate
