// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/materials.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "difftrack/core/fields.hpp"
#include "difftrack/simulate/constants.hpp"

namespace difftrack::simulate {

namespace {

// Mean excitation energies: ICRU Report 37/49; radiation lengths: Particle Data Group, atomic and nuclear properties.
constexpr std::array<Element, 47> kElements{{
    {"H", 1, 1.008, 19.2, 63.04},     {"He", 2, 4.0026, 41.8, 94.32},   {"Li", 3, 6.94, 40.0, 82.78},
    {"Be", 4, 9.0122, 63.7, 65.19},   {"B", 5, 10.81, 76.0, 52.69},     {"C", 6, 12.011, 78.0, 42.70},
    {"N", 7, 14.007, 82.0, 37.99},    {"O", 8, 15.999, 95.0, 34.24},    {"F", 9, 18.998, 115.0, 32.93},
    {"Ne", 10, 20.180, 137.0, 28.93}, {"Na", 11, 22.990, 149.0, 27.74}, {"Mg", 12, 24.305, 156.0, 25.03},
    {"Al", 13, 26.982, 166.0, 24.01}, {"Si", 14, 28.085, 173.0, 21.82}, {"P", 15, 30.974, 173.0, 21.21},
    {"S", 16, 32.06, 180.0, 19.50},   {"Cl", 17, 35.45, 174.0, 19.28},  {"Ar", 18, 39.948, 188.0, 19.55},
    {"K", 19, 39.098, 190.0, 17.32},  {"Ca", 20, 40.078, 191.0, 16.14}, {"Ti", 22, 47.867, 233.0, 16.16},
    {"V", 23, 50.942, 245.0, 15.84},  {"Cr", 24, 51.996, 257.0, 14.94}, {"Mn", 25, 54.938, 272.0, 14.64},
    {"Fe", 26, 55.845, 286.0, 13.84}, {"Co", 27, 58.933, 297.0, 13.68}, {"Ni", 28, 58.693, 311.0, 12.68},
    {"Cu", 29, 63.546, 322.0, 12.86}, {"Zn", 30, 65.38, 330.0, 12.43},  {"Ga", 31, 69.723, 334.0, 12.47},
    {"Ge", 32, 72.630, 350.0, 12.25}, {"As", 33, 74.922, 347.0, 11.94}, {"Mo", 42, 95.95, 424.0, 9.80},
    {"Ag", 47, 107.87, 470.0, 8.97},  {"Cd", 48, 112.41, 469.0, 9.00},  {"Sn", 50, 118.71, 488.0, 8.82},
    {"I", 53, 126.90, 491.0, 8.48},   {"Cs", 55, 132.91, 488.0, 8.31},  {"Ba", 56, 137.33, 491.0, 8.31},
    {"Gd", 64, 157.25, 591.0, 7.48},  {"Ta", 73, 180.95, 718.0, 6.82},  {"W", 74, 183.84, 727.0, 6.76},
    {"Pt", 78, 195.08, 790.0, 6.54},  {"Au", 79, 196.97, 790.0, 6.46},  {"Pb", 82, 207.2, 823.0, 6.37},
    {"Bi", 83, 208.98, 823.0, 6.29},  {"U", 92, 238.03, 890.0, 6.00},
}};

struct StoppingRow {
  double energy;
  std::array<double, 9> value;
};
constexpr StoppingRow kStopping[] = {
#include "difftrack/simulate/tables/stopping_power.inc"
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
  const auto reference = std::find_if(kElements.begin(), kElements.end(),
                                      [&](const Element& each) { return each.z == kTabulated[nearest]; });
  return base * (element.z / element.a) / (reference->z / reference->a) * bethe_logarithm(energy, element.excitation) /
         bethe_logarithm(energy, reference->excitation);
}

double bragg_excitation(const detector::Material& material) {
  double sum = 0.0, weight = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i) {
    const Element& each = element(material.elements[i]);
    const double electrons = material.mass_fractions[i] * each.z / each.a;
    sum += electrons * std::log(each.excitation);
    weight += electrons;
  }
  return std::exp(sum / weight);
}

bool is_water(const detector::Material& material) {
  if (material.elements.size() != 2) return false;
  const std::size_t hydrogen = material.elements[0] == "H" ? 0 : 1;
  return material.elements[hydrogen] == "H" && material.elements[1 - hydrogen] == "O" &&
         std::abs(material.mass_fractions[hydrogen] - 0.1119) < 0.001 &&
         (material.mean_excitation_energy == 0.0 || std::abs(material.mean_excitation_energy - 78.0) < 0.5);
}

// Densities and mass fractions: detector materials after the Bergen DTC macros, plastics and tissues after ICRU 44/49.
const std::vector<detector::Material>& library() {
  static const std::vector<detector::Material> materials{
      {"water", 1.0, {"H", "O"}, {0.1119, 0.8881}, 78.0},
      {"air", 1.29e-3, {"C", "N", "O", "Ar"}, {0.0001, 0.7552, 0.2318, 0.0129}, 85.7},
      {"aluminium", 2.70, {"Al"}, {1.0}, 0.0},
      {"silicon", 2.33, {"Si"}, {1.0}, 0.0},
      {"tungsten", 19.3, {"W"}, {1.0}, 0.0},
      {"copper", 8.96, {"Cu"}, {1.0}, 0.0},
      {"iron", 7.87, {"Fe"}, {1.0}, 0.0},
      {"lead", 11.35, {"Pb"}, {1.0}, 0.0},
      {"carbon", 2.2, {"C"}, {1.0}, 0.0},
      {"kapton", 1.42, {"H", "C", "N", "O"}, {0.0264, 0.6911, 0.0733, 0.2092}, 79.6},
      {"glue", 1.05, {"C", "H", "O"}, {0.7603, 0.0709, 0.1688}, 0.0},
      {"epoxy", 1.18, {"H", "C", "N", "O"}, {0.0736, 0.7000, 0.0314, 0.1950}, 0.0},
      {"pmma", 1.19, {"H", "C", "O"}, {0.0805, 0.5999, 0.3196}, 74.0},
      {"polystyrene", 1.06, {"H", "C"}, {0.0774, 0.9226}, 68.7},
      {"ldpe", 0.92, {"H", "C"}, {0.1437, 0.8563}, 57.4},
      {"pmp", 0.83, {"H", "C"}, {0.1437, 0.8563}, 57.4},
      {"teflon", 2.16, {"C", "F"}, {0.2402, 0.7598}, 99.1},
      {"delrin", 1.42, {"H", "C", "O"}, {0.0671, 0.4000, 0.5329}, 77.4},
      {"lung", 0.26, {"H", "C", "N", "O"}, {0.103, 0.107, 0.032, 0.758}, 75.3},
      {"adipose", 0.95, {"H", "C", "N", "O"}, {0.114, 0.598, 0.007, 0.281}, 63.2},
      {"muscle", 1.05, {"H", "C", "N", "O"}, {0.102, 0.143, 0.036, 0.719}, 75.3},
      {"bone", 1.92, {"H", "C", "N", "O", "P", "Ca"}, {0.034, 0.155, 0.042, 0.440, 0.104, 0.225}, 106.4},
  };
  return materials;
}

}  // namespace

const Element& element(const std::string& symbol) {
  for (const Element& each : kElements)
    if (symbol == each.symbol) return each;
  std::vector<std::string> known;
  for (const Element& each : kElements) known.emplace_back(each.symbol);
  throw core::InputError({"", "element", symbol},
                         "unknown element; did you mean '" + core::nearest(symbol, known) + "'?");
}

detector::Material named_material(const std::string& name) {
  for (const auto& each : library())
    if (each.name == name) return each;
  throw core::InputError({"", "material", name},
                         "unknown material; did you mean '" + core::nearest(name, material_names()) + "'?");
}

std::vector<std::string> material_names() {
  std::vector<std::string> names;
  for (const auto& each : library()) names.push_back(each.name);
  return names;
}

void check_material(const detector::Material& material) {
  if (!(material.density > 0.0) || !std::isfinite(material.density))
    throw core::InputError({"", material.name + " density", std::to_string(material.density)}, "must be positive");
  double sum = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i) {
    element(material.elements[i]);
    sum += material.mass_fractions.at(i);
  }
  if (!(std::abs(sum - 1.0) <= 0.01))
    throw core::InputError({"", material.name + " mass_fractions", std::to_string(sum)}, "must sum to 1");
}

double mean_excitation(const detector::Material& material) {
  return material.mean_excitation_energy > 0.0 ? material.mean_excitation_energy : bragg_excitation(material);
}

double mass_stopping_power(const detector::Material& material, double energy) {
  if (is_water(material)) return interpolate(kWaterColumn, energy);
  double sum = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i)
    sum += material.mass_fractions[i] * element_stopping(element(material.elements[i]), energy);
  if (material.mean_excitation_energy > 0.0 && energy > 1.0)
    sum *=
        bethe_logarithm(energy, material.mean_excitation_energy) / bethe_logarithm(energy, bragg_excitation(material));
  return sum;
}

double radiation_length(const detector::Material& material) {
  double inverse = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i)
    inverse += material.mass_fractions[i] / element(material.elements[i]).radiation_length;
  return 1.0 / inverse;
}

double z_over_a(const detector::Material& material) {
  double sum = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i) {
    const Element& each = element(material.elements[i]);
    sum += material.mass_fractions[i] * each.z / each.a;
  }
  return sum;
}

}  // namespace difftrack::simulate
