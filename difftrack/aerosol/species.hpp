// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol {

/// One mass column: where it is and what it is made of.
struct MassColumn {
  Mode mode;
  double density;  ///< [g/cm³]
  double kappa;    ///< hygroscopicity; negative: water does not see it
  bool sulphate;   ///< counted in molecules
  int next;        ///< Column of the same species in the next larger soluble mode, -1: there is none
};

/// The mass columns, by Column - So4Ns.
inline constexpr std::array<MassColumn, kMasses> kMassColumns = [] {
  using namespace constants;
  constexpr double kNone = -1.0;
  const auto sulphate = [](Mode mode, int next) {
    return MassColumn{mode, kSulphateDensity, kSulphateKappa, true, next};
  };
  const auto soot = [](Mode mode, int next) { return MassColumn{mode, kSootDensity, kNone, false, next}; };
  const auto organic = [](Mode mode, int next) {
    return MassColumn{mode, kOrganicDensity, kOrganicKappa, false, next};
  };
  const auto salt = [](Mode mode, int next) { return MassColumn{mode, kSaltDensity, kSaltKappa, false, next}; };
  const auto dust = [](Mode mode, int next) { return MassColumn{mode, kDustDensity, kNone, false, next}; };
  return std::array<MassColumn, kMasses>{
      sulphate(NS, So4Ks), sulphate(KS, So4As), sulphate(AS, So4Cs), sulphate(CS, -1),  soot(KS, BcAs),
      soot(AS, BcCs),      soot(CS, -1),        soot(KI, -1),        organic(KS, OcAs), organic(AS, OcCs),
      organic(CS, -1),     organic(KI, -1),     salt(AS, SsCs),      salt(CS, -1),      dust(AS, DuCs),
      dust(CS, -1),        dust(AI, -1),        dust(CI, -1)};
}();

/// Grams of one unit of a species per particle.
constexpr double grams(const MassColumn& column, double molar_mass) {
  return column.sulphate ? molar_mass / constants::kAvogadro : 1.0;
}
/// Factor from a mass column to the unit of a particle's mass: 1 (molecules) or 1e-12 (µg/m³ to g/cm³).
constexpr double to_particle_unit(const MassColumn& column) { return column.sulphate ? 1.0 : 1e-12; }

}  // namespace difftrack::aerosol
