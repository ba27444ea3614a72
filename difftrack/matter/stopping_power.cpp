// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/stopping_power.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "difftrack/matter/element.hpp"

namespace difftrack::matter {

namespace {

struct StoppingRow {
  double energy;
  std::array<double, 9> value;
};
constexpr StoppingRow kStopping[] = {
#include "difftrack/matter/tables/stopping_power.inc"
};
constexpr std::size_t kRows = std::size(kStopping);
constexpr std::array<int, 8> kTabulated{1, 6, 7, 8, 13, 14, 29, 74};
constexpr std::size_t kWaterColumn = 8;

/// Four-point Lagrange interpolation of ln S over ln E.
double interpolate(std::size_t column, double energy) {
  const double e = std::clamp(energy, kStopping[0].energy, kStopping[kRows - 1].energy);
  std::size_t low = 0;
  while (low + 2 < kRows && kStopping[low + 1].energy < e) ++low;
  const std::size_t first = std::min(low == 0 ? 0 : low - 1, kRows - 4);
  const double x = std::log(e);
  double sum = 0.0;
  for (std::size_t i = first; i < first + 4; ++i) {
    double weight = 1.0;
    for (std::size_t j = first; j < first + 4; ++j)
      if (j != i)
        weight *= (x - std::log(kStopping[j].energy)) / (std::log(kStopping[i].energy) - std::log(kStopping[j].energy));
    sum += weight * std::log(kStopping[i].value[column]);
  }
  return std::exp(sum);
}

/// ln(2 m c^2 beta^2 gamma^2 / I) - beta^2, held from below so that ratios stay finite at low energy.
double bethe_logarithm(double energy, double excitation) {
  const double gamma = 1.0 + energy / kProtonMass;
  const double beta2 = 1.0 - 1.0 / (gamma * gamma);
  return std::max(std::log(2e6 * kElectronMass * beta2 * gamma * gamma / excitation) - beta2, 1.0);
}

double element_stopping(const Element& element, double energy) {
  std::size_t nearest = 0;
  for (std::size_t i = 1; i < kTabulated.size(); ++i)
    if (std::abs(kTabulated[i] - element.z) < std::abs(kTabulated[nearest] - element.z)) nearest = i;
  const double base = interpolate(nearest, energy);
  if (kTabulated[nearest] == element.z) return base;
  const Element* reference = &elements()[static_cast<std::size_t>(kTabulated[nearest] - 1)];
  return base * (element.z / element.a) / (reference->z / reference->a) * bethe_logarithm(energy, element.excitation) /
         bethe_logarithm(energy, reference->excitation);
}

bool is_water(const Material& material) {
  if (material.elements.size() != 2) return false;
  const std::size_t hydrogen = material.elements[0] == "H" ? 0 : 1;
  return material.elements[hydrogen] == "H" && material.elements[1 - hydrogen] == "O" &&
         std::abs(material.mass_fractions[hydrogen] - 0.1119) < 0.001 &&
         (material.mean_excitation_energy == 0.0 || std::abs(material.mean_excitation_energy - 78.0) < 0.5);
}

}  // namespace

double mass_stopping_power(const Material& material, double energy) {
  if (is_water(material)) return interpolate(kWaterColumn, energy);
  double sum = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i)
    sum += material.mass_fractions[i] * element_stopping(element(material.elements[i]), energy);
  if (material.mean_excitation_energy > 0.0 && energy > 1.0)
    sum *=
        bethe_logarithm(energy, material.mean_excitation_energy) / bethe_logarithm(energy, bragg_excitation(material));
  return sum;
}

double mass_stopping_power(const Material& material, const Ion& ion, double energy) {
  return ion.charge2 * mass_stopping_power(material, energy / ion.mass_ratio());
}

}  // namespace difftrack::matter
