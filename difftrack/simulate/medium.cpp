// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/medium.hpp"

#include <algorithm>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/simulate/constants.hpp"
#include "difftrack/simulate/materials.hpp"
#include "difftrack/simulate/nuclear_data.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kRootStep = 0.02;    // [sqrt(MeV)]
constexpr double kTableEnd = 360.0;   // [MeV]
constexpr double kMillibarn = 1e-27;  // [cm2]

}  // namespace

Medium::Medium(const std::vector<Ingredient>& ingredients) {
  double total = 0.0;
  for (const auto& each : ingredients) {
    check_material(each.material);
    if (!(each.share > 0.0))
      throw core::InputError({"", "thickness", std::to_string(each.share)}, "a slab must be thicker than zero");
    total += each.share;
  }
  double log_excitation = 0.0, electrons = 0.0, z_sum = 0.0, inverse_x0 = 0.0, inverse_xs = 0.0, a_weighted = 0.0,
         atoms = 0.0;
  for (const auto& [material, share] : ingredients) {
    const double density = material.density * share / total;  // [g/cm3]
    density_ += density;
    inverse_x0 += density / simulate::radiation_length(material);
    const double here = density * z_over_a(material);
    electrons += here;
    log_excitation += here * std::log(mean_excitation(material) * 1e-6);
    for (std::size_t i = 0; i < material.elements.size(); ++i) {
      const Element& each = element(material.elements[i]);
      const double moles = density * material.mass_fractions[i] / each.a;  // [mol/cm3]
      atoms += moles;
      mean_z_ += moles * each.z;
      z_sum += moles * each.z * each.z;
      rutherford_ += 0.157 * moles * each.z * (each.z + 1.0) / 10.0;
      a_weighted += moles * each.z * each.z * std::pow(each.a, 2.0 / 3.0);
      // Gottschalk 2010 (Med. Phys. 37, 352): 1/(rho X_S) = alpha N r_e^2 Z^2/A (2 log(33219 (A Z)^(-1/3)) - 1)
      inverse_xs +=
          3.4896e-4 * moles * each.z * each.z * (2.0 * std::log(33219.0 * std::pow(each.a * each.z, -1.0 / 3.0)) - 1.0);
      const double per_mm_mb = moles * kAvogadro * kMillibarn / 10.0;
      const auto known = std::find_if(nuclei_.begin(), nuclei_.end(), [&](const Nuclei& n) { return n.z == each.z; });
      if (known == nuclei_.end())
        nuclei_.push_back({each.z, each.a, per_mm_mb});
      else
        known->per_mm_mb += per_mm_mb;
    }
  }
  radiation_length_ = 10.0 / inverse_x0;
  scattering_length_ = 10.0 / inverse_xs;
  bohr_ = 0.5 * kBetheConstant * electrons / 10.0;
  excitation_ = std::exp(log_excitation / electrons);
  effective_z_ = z_sum / electrons;
  // Coherent nuclear form factor: Ranft's diffraction slope 14.5 A^0.66 / GeV^2 of the Z^2-weighted nucleus.
  form_factor_ = 14.5e-6 * a_weighted / z_sum;
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
  const auto count = static_cast<std::size_t>(std::sqrt(kTableEnd) / kRootStep) + 2;
  nodes_.resize(count);
  double range = 0.0;
  double previous = 0.0;  // dR/dv at the node before, v = sqrt(E): dR/dv = 2 v / S
  for (std::size_t i = 0; i < count; ++i) {
    const double v = kRootStep * static_cast<double>(i);
    const double energy = v * v;
    const double stopping = linear_stopping(energy);
    const double slope = 2.0 * v / stopping;
    range += 0.5 * kRootStep * (previous + slope);
    previous = slope;
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
    nodes_[i] = {static_cast<float>(stopping), static_cast<float>(slope), range, static_cast<float>(nonelastic),
                 static_cast<float>(elastic)};
  }
}

namespace {

struct Cell {
  std::size_t index;
  double fraction;
};

Cell locate(double energy, std::size_t count) {
  const double v = std::sqrt(energy) / kRootStep;
  const auto index = std::min(static_cast<std::size_t>(v), count - 2);
  return {index, v - static_cast<double>(index)};
}

/// Cubic Hermite interpolation over one cell of width kRootStep.
double hermite(double y0, double y1, double d0, double d1, double f) {
  const double g = f * f * (3.0 - 2.0 * f);
  return y0 + g * (y1 - y0) + kRootStep * f * (1.0 - f) * ((1.0 - f) * d0 - f * d1);
}

}  // namespace

double Medium::range(double energy) const {
  const auto [i, f] = locate(energy, nodes_.size());
  return hermite(nodes_[i].range, nodes_[i + 1].range, nodes_[i].range_scale, nodes_[i + 1].range_scale, f);
}

double Medium::stopping(double energy) const {
  const auto [i, f] = locate(energy, nodes_.size());
  return nodes_[i].stopping + f * (nodes_[i + 1].stopping - nodes_[i].stopping);
}

Medium::Point Medium::at(double energy) const {
  const auto [i, f] = locate(energy, nodes_.size());
  const Node& a = nodes_[i];
  const Node& b = nodes_[i + 1];
  const auto mix = [f = f](float low, float high) { return low + f * (high - low); };
  return {mix(a.stopping, b.stopping), hermite(a.range, b.range, a.range_scale, b.range_scale, f),
          mix(a.nonelastic, b.nonelastic), mix(a.elastic, b.elastic)};
}

double Medium::energy_at_range(double wanted, double guess) const {
  if (wanted <= 0.0) return 0.0;
  double energy = guess;
  for (int i = 0; i < 8; ++i) {
    const double excess = range(energy) - wanted;
    const double next = energy - excess * stopping(energy);
    energy = next > 0.0 ? next : 0.25 * energy;
    if (std::abs(excess) < 1e-6 * wanted + 1e-9) break;
  }
  return energy;
}

}  // namespace difftrack::simulate
