// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/matter/medium.hpp"

namespace difftrack::simulate {

/// Nuclei of one element per volume.
struct Nuclei {
  int z = 0;
  double a = 0.0;          ///< [g/mol]
  double per_mm_mb = 0.0;  ///< nuclei per volume [1/(mm mb)], so that times [mb] gives [1/mm]
};

/// A medium with the nuclear reactions of protons in it: everything a transport step looks up.
class Medium : public matter::Medium {
 public:
  /// Throws InputError for a non-positive density, unknown element or a share that is not positive.
  explicit Medium(const std::vector<matter::Ingredient>& ingredients);
  explicit Medium(const matter::Material& material) : Medium(std::vector<matter::Ingredient>{{material, 1.0}}) {}

  /// Quantities at one energy.
  struct Point {
    double stopping;    ///< [MeV/mm]
    double range;       ///< CSDA [mm]
    double nonelastic;  ///< [1/mm]
    double elastic;     ///< nuclear elastic and p-p together [1/mm]
  };
  /// All at `energy` [MeV].
  Point at(double energy) const;

  double rutherford() const { return rutherford_; }        ///< chi_c^2 = rutherford * length / (p beta)^2 [MeV2/mm]
  double screening_slope() const { return form_factor_; }  ///< B of the nuclear form factor exp(-B q^2) [1/MeV2]
  const std::vector<Nuclei>& nuclei() const { return nuclei_; }

 private:
  struct Reactions {
    float nonelastic, elastic;  ///< [1/mm]
  };

  std::vector<Reactions> reactions_;  ///< at the nodes of the tables of matter::Medium
  std::vector<Nuclei> nuclei_;
  double rutherford_ = 0.0, form_factor_ = 0.0;
};

}  // namespace difftrack::simulate
