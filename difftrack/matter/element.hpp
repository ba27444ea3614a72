// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace difftrack::matter {

/// A chemical element as such: gases as gases, carbon as graphite. Bound in a liquid or solid compound, atoms stop a
/// little less (ICRU 37 recommends C 81, O 106, F 112 eV there): such a material states its own mean excitation energy.
struct Element {
  const char* symbol;
  int z;                    ///< charge number
  double a;                 ///< [g/mol], IUPAC's abridged standard atomic weights
  double excitation;        ///< mean excitation energy [eV], ICRU Reports 37 and 49
  double radiation_length;  ///< [g/cm2], Particle Data Group, atomic and nuclear properties (Tsai's formula)
};

/// H to U, by rising charge number.
std::span<const Element> elements();

/// nullptr when there is no such element.
const Element* find_element(std::string_view symbol);

/// Throws core::InputError("element", symbol) with the nearest symbol.
const Element& element(std::string_view symbol);

/// The sentence that errors say of a symbol that is none, with the nearest one.
std::string unknown_element(std::string_view symbol);

}  // namespace difftrack::matter
