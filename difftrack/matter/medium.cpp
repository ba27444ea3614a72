// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/medium.hpp"

#include <algorithm>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/element.hpp"
#include "difftrack/matter/stopping_power.hpp"
#include "difftrack/matter/straggling.hpp"

namespace difftrack::matter {

Medium::Medium(const std::vector<Ingredient>& ingredients) {
  double total = 0.0;
  for (const auto& each : ingredients) {
    check_material(each.material);
    if (!(each.share > 0.0))
      throw core::InputError({"", "thickness", std::to_string(each.share)}, "a slab must be thicker than zero");
    total += each.share;
  }
  double log_excitation = 0.0, electrons = 0.0, z_sum = 0.0, inverse_x0 = 0.0, inverse_xs = 0.0, atoms = 0.0;
  for (const auto& [material, share] : ingredients) {
    const double density = material.density * share / total;  // [g/cm3]
    density_ += density;
    inverse_x0 += density / matter::radiation_length(material);
    const double here = density * z_over_a(material);
    electrons += here;
    log_excitation += here * std::log(mean_excitation(material) * 1e-6);
    for (std::size_t i = 0; i < material.elements.size(); ++i) {
      const Element& each = element(material.elements[i]);
      const double moles = density * material.mass_fractions[i] / each.a;  // [mol/cm3]
      atoms += moles;
      mean_z_ += moles * each.z;
      z_sum += moles * each.z * each.z;
      // Gottschalk 2010 (Med. Phys. 37, 352): 1/(rho X_S) = alpha N r_e^2 Z^2/A (2 log(33219 (A Z)^(-1/3)) - 1)
      inverse_xs +=
          3.4896e-4 * moles * each.z * each.z * (2.0 * std::log(33219.0 * std::pow(each.a * each.z, -1.0 / 3.0)) - 1.0);
    }
  }
  radiation_length_ = 10.0 / inverse_x0;
  scattering_length_ = 10.0 / inverse_xs;
  bohr_ = 0.5 * kBetheConstant * electrons / 10.0;
  excitation_ = std::exp(log_excitation / electrons);
  effective_z_ = z_sum / electrons;
  electrons_ = electrons;
  mean_z_ /= atoms;
  tabulate(ingredients);
}

void Medium::tabulate(const std::vector<Ingredient>& ingredients) {
  double total = 0.0;
  for (const auto& each : ingredients) total += each.share;
  const auto linear_stopping = [&](double energy) {
    double sum = 0.0;
    for (const auto& [material, share] : ingredients)
      sum += share / total * material.density * mass_stopping_power(material, energy);
    return sum / 10.0;  // MeV/cm to MeV/mm
  };
  nodes_.resize(kNodes);
  straggling_.resize(kNodes);
  double range = 0.0, variance = 0.0;
  double range_before = 0.0, variance_before = 0.0;  // dR/dv and dsigma^2/dv at the node before, v = sqrt(E)
  for (std::size_t i = 0; i < kNodes; ++i) {
    const double v = kRootStep * static_cast<double>(i);
    const double energy = v * v;
    const double stopping = linear_stopping(energy);
    const double slope = 2.0 * v / stopping;
    range += 0.5 * kRootStep * (range_before + slope);
    range_before = slope;
    const double spread =
        energy > 0.0 ? bohr_variance(*this, kProton, energy, 1.0) * slope / (stopping * stopping) : 0.0;
    variance += 0.5 * kRootStep * (variance_before + spread);
    variance_before = spread;
    nodes_[i] = {static_cast<float>(stopping), static_cast<float>(slope), range};
    straggling_[i] = static_cast<float>(std::sqrt(variance));
  }
}

double Medium::energy_at_range(double wanted, double guess) const {
  if (wanted <= 0.0) return 0.0;
  double energy = guess;
  for (int i = 0; i < 8; ++i) {
    const Cell here = cell(energy);
    const double excess = range(here) - wanted;
    const double next = energy - excess * stopping(here);
    energy = next > 0.0 ? next : 0.25 * energy;
    // A step of Newton's squares the error.
    if (std::abs(excess) < 3e-5 * wanted + 1e-9) break;
  }
  return energy;
}

double Medium::energy_at_range(double wanted) const {
  if (wanted <= 0.0) return 0.0;
  const auto above =
      std::upper_bound(nodes_.begin(), nodes_.end(), wanted, [](double r, const Node& node) { return r < node.range; });
  if (above == nodes_.end()) return kTableEnd;
  const double v = kRootStep * static_cast<double>(above - nodes_.begin());
  return std::min(energy_at_range(wanted, v * v), kTableEnd);
}

double Medium::range_straggling(double energy) const {
  const auto [i, f] = cell(energy);
  return straggling_[i] + f * (straggling_[i + 1] - straggling_[i]);
}

const Medium& water() {
  static const Medium medium(named_material("water"));
  return medium;
}

}  // namespace difftrack::matter
