// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/material.hpp"

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/matter/element.hpp"

namespace difftrack::matter {

namespace {

// Densities and mass fractions: detector materials after the Bergen DTC macros, plastics and tissues after ICRU 44/49.
const std::vector<Material>& library() {
  static const std::vector<Material> materials{
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

Material named_material(const std::string& name) {
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

void check_material(const Material& material) {
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

double z_over_a(const Material& material) {
  double sum = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i) {
    const Element& each = element(material.elements[i]);
    sum += material.mass_fractions[i] * each.z / each.a;
  }
  return sum;
}

double mean_z(const Material& material) {
  double atoms = 0.0, charges = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i) {
    const Element& each = element(material.elements[i]);
    atoms += material.mass_fractions[i] / each.a;
    charges += material.mass_fractions[i] / each.a * each.z;
  }
  return charges / atoms;
}

double bragg_excitation(const Material& material) {
  double sum = 0.0, weight = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i) {
    const Element& each = element(material.elements[i]);
    const double electrons = material.mass_fractions[i] * each.z / each.a;
    sum += electrons * std::log(each.excitation);
    weight += electrons;
  }
  return std::exp(sum / weight);
}

double mean_excitation(const Material& material) {
  return material.mean_excitation_energy > 0.0 ? material.mean_excitation_energy : bragg_excitation(material);
}

double radiation_length(const Material& material) {
  double inverse = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i)
    inverse += material.mass_fractions[i] / element(material.elements[i]).radiation_length;
  return 1.0 / inverse;
}

}  // namespace difftrack::matter
