// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/layer_matter.hpp"

#include <array>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::track {
namespace {

constexpr double kProtonMass = 938.272;                       // MeV
constexpr double kElectronMass = 0.510999;                    // MeV
constexpr double kRangeFactor = 0.0239, kRangePower = 1.755;  // mm, MeV

struct Element {
  const char* symbol;
  int z;
  double a;
};

constexpr std::array kElements{
    Element{"H", 1, 1.008},    Element{"He", 2, 4.0026},  Element{"Li", 3, 6.94},    Element{"Be", 4, 9.0122},
    Element{"B", 5, 10.81},    Element{"C", 6, 12.011},   Element{"N", 7, 14.007},   Element{"O", 8, 15.999},
    Element{"F", 9, 18.998},   Element{"Ne", 10, 20.180}, Element{"Na", 11, 22.990}, Element{"Mg", 12, 24.305},
    Element{"Al", 13, 26.982}, Element{"Si", 14, 28.085}, Element{"P", 15, 30.974},  Element{"S", 16, 32.06},
    Element{"Cl", 17, 35.45},  Element{"Ar", 18, 39.948}, Element{"K", 19, 39.098},  Element{"Ca", 20, 40.078},
    Element{"Ti", 22, 47.867}, Element{"V", 23, 50.942},  Element{"Cr", 24, 51.996}, Element{"Mn", 25, 54.938},
    Element{"Fe", 26, 55.845}, Element{"Co", 27, 58.933}, Element{"Ni", 28, 58.693}, Element{"Cu", 29, 63.546},
    Element{"Zn", 30, 65.38},  Element{"Ga", 31, 69.723}, Element{"Ge", 32, 72.630}, Element{"As", 33, 74.922},
    Element{"Br", 35, 79.904}, Element{"Mo", 42, 95.95},  Element{"Ag", 47, 107.87}, Element{"Cd", 48, 112.41},
    Element{"Sn", 50, 118.71}, Element{"Te", 52, 127.60}, Element{"I", 53, 126.90},  Element{"Cs", 55, 132.91},
    Element{"Ba", 56, 137.33}, Element{"Gd", 64, 157.25}, Element{"Ta", 73, 180.95}, Element{"W", 74, 183.84},
    Element{"Pt", 78, 195.08}, Element{"Au", 79, 196.97}, Element{"Pb", 82, 207.2},  Element{"Bi", 83, 208.98},
    Element{"U", 92, 238.03},
};

const Element& element(const std::string& symbol, const std::string& material) {
  for (const Element& e : kElements)
    if (symbol == e.symbol) return e;
  throw core::InputError({"", "materials." + material, symbol}, "tracking has no data for this element");
}

double mean_excitation(int z) {  // eV
  constexpr std::array kLight{0.0, 19.2, 41.8, 40.0, 63.7, 76.0, 81.0, 82.0, 106.0, 112.0, 137.0, 149.0, 156.0};
  if (z < static_cast<int>(kLight.size())) return kLight[static_cast<std::size_t>(z)];
  return 9.76 * z + 58.8 * std::pow(z, -0.19);
}

/// Stopping power up to a constant that all materials share: electrons per mass × (ln(2 m v^2 γ^2 / I) - β^2).
double stopping(double electrons, double excitation) {
  constexpr double kGamma = 1.0 + 150.0 / kProtonMass;
  const double beta2 = 1.0 - 1.0 / (kGamma * kGamma);
  return electrons * (std::log(2e6 * kElectronMass * beta2 * kGamma * kGamma / excitation) - beta2);
}

struct Bulk {
  double relative_stopping;  // to water
  double radiation_length;   // mm
};

Bulk bulk(const matter::Material& material) {
  double electrons = 0.0, log_excitation = 0.0, inverse_length = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i) {
    const Element& e = element(material.elements[i], material.name);
    const double share = material.mass_fractions[i] * e.z / e.a;
    electrons += share;
    log_excitation += share * std::log(mean_excitation(e.z));
    inverse_length += material.mass_fractions[i] * e.z * (e.z + 1) * std::log(287.0 / std::sqrt(e.z)) / (716.4 * e.a);
  }
  const double excitation =
      material.mean_excitation_energy > 0.0 ? material.mean_excitation_energy : std::exp(log_excitation / electrons);
  static const double water = stopping(0.1119 / 1.008 + 0.8881 * 8.0 / 15.999, 78.0);
  return {material.density * stopping(electrons, excitation) / water, 10.0 / (inverse_length * material.density)};
}

}  // namespace

double LayerMatter::plane_wet(std::int32_t layer) const {
  double wet = front_wet;
  for (std::int32_t g = 0; g < layer; ++g) wet += gap_wet[static_cast<std::size_t>(g)];
  return wet;
}

LayerMatter layer_matter(const detector::Detector& detector) {
  std::vector<Bulk> bulks;
  for (const auto& material : detector.materials) bulks.push_back(bulk(material));
  LayerMatter matter;
  double wet = 0.0, radiation = 0.0;
  bool first = true;
  for (const auto& layer : detector.layers) {
    matter.plane_z.push_back(layer.sensitive_z);
    for (const auto& slab : layer.slabs) {
      const Bulk& b = bulks[static_cast<std::size_t>(slab.material)];
      if (slab.sensitive) {  // the plane lies in its middle
        wet += 0.5 * slab.thickness * b.relative_stopping;
        radiation += 0.5 * slab.thickness / b.radiation_length;
        if (first) {
          matter.front_wet = wet;
        } else {
          matter.gap_wet.push_back(wet);
          matter.gap_radiation.push_back(radiation);
        }
        first = false;
        wet = radiation = 0.0;
      }
      const double left = slab.sensitive ? 0.5 * slab.thickness : slab.thickness;
      wet += left * b.relative_stopping;
      radiation += left / b.radiation_length;
    }
  }
  return matter;
}

double range_in_water(double energy) { return kRangeFactor * std::pow(energy, kRangePower); }
double energy_of_range(double range) { return range > 0.0 ? std::pow(range / kRangeFactor, 1.0 / kRangePower) : 0.0; }
double momentum_velocity(double energy) { return energy * (energy + 2.0 * kProtonMass) / (energy + kProtonMass); }

}  // namespace difftrack::track
