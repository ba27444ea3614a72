// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"

namespace difftrack::simulate {

/// One ingredient of a medium: a material and the share of the path that lies in it.
struct Ingredient {
  detector::Material material;
  double share = 1.0;  ///< of the medium's thickness
};

/// Nuclei of one element per volume.
struct Nuclei {
  int z = 0;
  double a = 0.0;          ///< [g/mol]
  double per_mm_mb = 0.0;  ///< nuclei per volume [1/(mm mb)], so that times [mb] gives [1/mm]
};

/// A homogeneous medium, or a pile of thin slabs smeared into one: everything a transport step looks up, tabulated for
/// protons over sqrt(energy) up to 360 MeV (step 0.02 in sqrt(MeV)). Ions use the same tables at equal velocity.
class Medium {
 public:
  /// Throws InputError for a non-positive density, unknown element or a share that is not positive.
  explicit Medium(const std::vector<Ingredient>& ingredients);
  explicit Medium(const detector::Material& material) : Medium(std::vector<Ingredient>{{material, 1.0}}) {}

  /// Quantities at one energy.
  struct Point {
    double stopping;    ///< [MeV/mm]
    double range;       ///< CSDA [mm]
    double nonelastic;  ///< [1/mm]
    double elastic;     ///< nuclear elastic and p-p together [1/mm]
  };
  /// All at `energy` [MeV].
  Point at(double energy) const;
  /// CSDA range [mm] at `energy` [MeV].
  double range(double energy) const;
  /// Stopping power [MeV/mm] at `energy` [MeV].
  double stopping(double energy) const;
  /// Inverse of range(); `guess` [MeV] starts Newton's iteration, which converges from above.
  double energy_at_range(double range, double guess) const;

  double radiation_length() const { return radiation_length_; }    ///< [mm]
  double scattering_length() const { return scattering_length_; }  ///< [mm], Gottschalk's X_S
  double bohr() const { return bohr_; }                    ///< K/2 rho Z/A [MeV/mm]: xi = bohr * length / beta^2
  double rutherford() const { return rutherford_; }        ///< chi_c^2 = rutherford * length / (p beta)^2 [MeV2/mm]
  double screening_slope() const { return form_factor_; }  ///< B of the nuclear form factor exp(-B q^2) [1/MeV2]
  double excitation() const { return excitation_; }        ///< mean excitation energy [MeV]
  double effective_z() const { return effective_z_; }      ///< Z^2-weighted mean over electrons
  double mean_z() const { return mean_z_; }                ///< mean over atoms
  double electrons() const { return electrons_; }          ///< rho Z/A [mol/cm3]
  double density() const { return density_; }              ///< [g/cm3]
  const std::vector<Nuclei>& nuclei() const { return nuclei_; }

 private:
  struct Node {
    float stopping, range_scale;
    double range;
    float nonelastic, elastic;
  };
  void tabulate(const std::vector<Ingredient>& ingredients);

  std::vector<Node> nodes_;
  std::vector<Nuclei> nuclei_;
  double radiation_length_ = 0.0, scattering_length_ = 0.0, bohr_ = 0.0, rutherford_ = 0.0, form_factor_ = 0.0;
  double excitation_ = 0.0, effective_z_ = 0.0, density_ = 0.0, electrons_ = 0.0, mean_z_ = 0.0;
};

}  // namespace difftrack::simulate
