// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace difftrack::matter {

/// A compound or mixture by mass fractions of its elements.
struct Material {
  std::string name;
  double density = 0.0;                 ///< [g/cm3]
  std::vector<std::string> elements;    ///< chemical symbols
  std::vector<double> mass_fractions;   ///< one per element, sum 1
  double mean_excitation_energy = 0.0;  ///< [eV]; 0: from the elements by Bragg additivity
};

/// A material known by name ("water", "pmma", "aluminium", …). Throws core::InputError with the nearest known name.
Material named_material(const std::string& name);
/// The known names, as named_material takes them.
std::vector<std::string> material_names();

/// Throws core::InputError when the density is not positive, an element is unknown or the fractions do not sum to 1
/// (within 1 %).
void check_material(const Material& material);

/// Sum of w Z/A [mol/g].
double z_over_a(const Material& material);

/// Mean charge number over atoms.
double mean_z(const Material& material);

/// Mean excitation energy [eV]: as described, or of the elements.
double mean_excitation(const Material& material);

/// Of the elements alone [eV]: the mean of ln I over electrons (Bragg additivity, ICRU 37).
double bragg_excitation(const Material& material);

/// [g/cm2], by 1/X0 = sum w/X0 of the elements (PDG, "Passage of particles through matter").
double radiation_length(const Material& material);

}  // namespace difftrack::matter
