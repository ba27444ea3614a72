// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"

namespace difftrack::simulate {

/// What the transport needs to know of a chemical element.
struct Element {
  const char* symbol;
  int z;                    ///< charge number
  double a;                 ///< [g/mol]
  double excitation;        ///< mean excitation energy [eV], ICRU 37 and 49 (solids where the element is one)
  double radiation_length;  ///< [g/cm2], Particle Data Group
};

/// Throws InputError("element", symbol) with the nearest known symbol.
const Element& element(const std::string& symbol);

/// A material known by name ("water", "pmma", "aluminium", …). Throws InputError with the nearest known name.
detector::Material named_material(const std::string& name);
/// All names that named_material knows.
std::vector<std::string> material_names();

/// Throws InputError when the density is not positive, an element is unknown or the fractions do not sum to 1 (1 %).
void check_material(const detector::Material& material);

/// Mean excitation energy [eV]: as described, or from the elements by Bragg additivity.
double mean_excitation(const detector::Material& material);

/// Proton mass stopping power [MeV cm2/g] at `energy` [MeV], 0.01 to 350 MeV. Tabulated elements (PSTAR) and water
/// (Geant4, I = 78 eV) are interpolated; other elements scale the nearest one in Z by Z/A and the Bethe logarithm;
/// compounds add by Bragg's rule, corrected by the Bethe logarithm when they state their own excitation energy.
double mass_stopping_power(const detector::Material& material, double energy);

/// [g/cm2], by 1/X0 = sum w/X0.
double radiation_length(const detector::Material& material);

/// Sum of w Z/A [mol/g].
double z_over_a(const detector::Material& material);

}  // namespace difftrack::simulate
