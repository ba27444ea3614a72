// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/matter/medium.hpp"
#include "difftrack/matter/scattering.hpp"

namespace difftrack::simulate {

/// Nuclei of one element per volume.
struct Nuclei {
  int z = 0;
  double a = 0.0;          ///< [g/mol]
  double per_mm_mb = 0.0;  ///< nuclei per volume [1/(mm mb)], so that times [mb] gives [1/mm]
};

/// Slabs of one material in a pile, as one scatterer.
struct Scatterer {
  matter::SlabLaw law;
  double log_share;  ///< logarithm of one slab's share of the path
  double number;     ///< of equal slabs (effective); their variances add
  int draws;         ///< deflections to draw, each of number / draws times a slab's variance
};

/// A medium with the nuclear reactions of protons and helium in it: everything a transport step looks up.
class Medium : public matter::Medium {
 public:
  /// Throws InputError for a non-positive density, unknown element or a share that is not positive.
  explicit Medium(const std::vector<matter::Ingredient>& ingredients);
  explicit Medium(const matter::Material& material) : Medium(std::vector<matter::Ingredient>{{material, 1.0}}) {}

  /// Nuclear reactions per length [1/mm].
  struct Reactions {
    double nonelastic;
    double elastic;  ///< nuclear elastic and on hydrogen together
  };

  /// Quantities of a proton at one energy.
  struct Point {
    double stopping;  ///< [MeV/mm]
    double range;     ///< CSDA [mm]
    Reactions reactions;
  };
  /// All at `energy` [MeV].
  Point at(double energy) const;
  /// Of 4He with the velocity of a proton of `energy` [MeV].
  Reactions helium_reactions(double energy) const;

  /// The materials that deflect, strongest first; those of little weight are counted with the strongest.
  const std::vector<Scatterer>& scatterers() const { return scatterers_; }
  /// Molière's chi_c^2 = rutherford * length / pv^2 of the nuclei [MeV^2/mm]: the number of scatterings beyond an angle
  /// theta is chi_c^2 / theta^2.
  double rutherford() const { return rutherford_; }
  /// The same of the atoms' electrons, which deflect a heavy particle by m_e / M at most, divided by that of the
  /// nuclei.
  double electron_share() const { return electron_share_; }
  /// ln(chi_a^2 p^2) [p in MeV] of the atoms' screening (Molière), weighted with Z^2, at a velocity.
  double log_screening(double beta2) const;
  double screening_slope() const { return form_factor_; }  ///< B of the nuclear form factor exp(-B q^2) [1/MeV2]
  const std::vector<Nuclei>& nuclei() const { return nuclei_; }

 private:
  struct Node {
    float nonelastic, elastic;  ///< [1/mm]
  };
  Reactions between(const std::vector<Node>& nodes, const Cell& here) const;

  std::vector<Node> reactions_, helium_reactions_;  ///< at the nodes of the tables of matter::Medium
  std::vector<Nuclei> nuclei_;
  void gather_scatterers(const std::vector<matter::Ingredient>& ingredients);

  std::vector<Scatterer> scatterers_;
  double rutherford_ = 0.0, electron_share_ = 0.0, form_factor_ = 0.0;
  double log_screening_ = 0.0, coulomb2_ = 0.0;  // coulomb2_: 3.76 (alpha Z)^2, weighted with Z^2
};

}  // namespace difftrack::simulate
