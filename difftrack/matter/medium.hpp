// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "difftrack/matter/ion.hpp"
#include "difftrack/matter/material.hpp"

namespace difftrack::matter {

/// One ingredient of a medium: a material and the share of the path that lies in it.
struct Ingredient {
  Material material;
  double share = 1.0;  ///< of the medium's thickness, any positive unit
};

/// A homogeneous medium, or a pile of thin slabs smeared into one: stopping power, range and range straggling of
/// protons, tabulated once over sqrt(energy), and the sums over its composition that scattering and fluctuations need.
///
/// R(E) = int_0^E dE'/S(E') (continuous slowing down, CSDA), by the trapezoidal rule in v = sqrt(E). Between nodes S is
/// linear, R is a cubic Hermite polynomial with dR/dv = 2v/S. Energies beyond kTableEnd are extrapolated.
/// Ions follow by velocity scaling (stopping_power.hpp): R(E) = M/(m_p z^2) R_p(E m_p/M).
class Medium {
 public:
  static constexpr double kTableEnd = 360.0;  ///< [MeV], above the range of PSTAR's table here (350 MeV)
  static constexpr double kRootStep = 0.02;   ///< [sqrt(MeV)] between nodes
  static constexpr std::size_t kNodes = 950;  ///< the last but one lies at or above sqrt(kTableEnd)

  /// Throws core::InputError for a non-positive density, unknown element or a share that is not positive.
  explicit Medium(const std::vector<Ingredient>& ingredients);
  explicit Medium(const Material& material) : Medium(std::vector<Ingredient>{{material, 1.0}}) {}

  /// The nodes around an energy, for tables that share this grid.
  struct Cell {
    std::size_t index;  ///< of the node below
    double fraction;    ///< of the way to the one above, in sqrt(energy)
  };
  /// Of an energy [MeV], from 0 on.
  static Cell cell(double energy) {
    const double v = std::sqrt(energy) / kRootStep;
    const auto index = v < static_cast<double>(kNodes - 2) ? static_cast<std::size_t>(v) : kNodes - 2;
    return {index, v - static_cast<double>(index)};
  }
  /// Stopping power of a proton [MeV/mm].
  double stopping(const Cell& cell) const {
    const auto [i, f] = cell;
    return nodes_[i].stopping + f * (nodes_[i + 1].stopping - nodes_[i].stopping);
  }
  /// CSDA range of a proton [mm].
  double range(const Cell& cell) const {
    const Node &a = nodes_[cell.index], &b = nodes_[cell.index + 1];
    const double f = cell.fraction, g = f * f * (3.0 - 2.0 * f);
    return a.range + g * (b.range - a.range) +
           kRootStep * f * (1.0 - f) * ((1.0 - f) * a.range_slope - f * b.range_slope);
  }

  double stopping(double energy) const { return stopping(cell(energy)); }  ///< of a proton [MeV/mm]
  double range(double energy) const { return range(cell(energy)); }        ///< CSDA, of a proton [mm]
  /// Stopping power of an ion of that energy [MeV], in MeV/mm.
  double stopping(const Ion& ion, double energy) const { return ion.charge2 * stopping(energy / ion.mass_ratio()); }
  /// CSDA range of an ion of that energy [MeV], in mm.
  double range(const Ion& ion, double energy) const {
    return ion.mass_ratio() / ion.charge2 * range(energy / ion.mass_ratio());
  }

  /// Inverse of range() [MeV], to 1e-6 of the range; `guess` [MeV] starts Newton's iteration, which converges from
  /// above. 0 for ranges of zero and below.
  double energy_at_range(double range, double guess) const;
  /// The same with a guess from the table; kTableEnd for ranges beyond it.
  double energy_at_range(double range) const;
  /// Energy [MeV] of an ion with that CSDA range [mm].
  double energy_at_range(const Ion& ion, double range) const {
    return ion.mass_ratio() * energy_at_range(range * ion.charge2 / ion.mass_ratio());
  }

  /// Standard deviation [mm] of a proton's range: sigma^2 = int_0^E kappa/S^3 dE' with Bohr's variance per length kappa
  /// (straggling.hpp). Widths of ions: sqrt(M/m_p)/z^2 times that at equal velocity.
  double range_straggling(double energy) const;

  double radiation_length() const { return radiation_length_; }    ///< [mm]
  double scattering_length() const { return scattering_length_; }  ///< [mm], Gottschalk's X_S
  double bohr() const { return bohr_; }                ///< K/2 rho Z/A [MeV/mm]: xi = bohr * z^2 * length / beta^2
  double excitation() const { return excitation_; }    ///< mean excitation energy [MeV]
  double effective_z() const { return effective_z_; }  ///< Z^2-weighted mean over electrons
  double mean_z() const { return mean_z_; }            ///< mean over atoms
  double electrons() const { return electrons_; }      ///< rho Z/A [mol/cm3]
  double density() const { return density_; }          ///< [g/cm3]

 private:
  struct Node {
    float stopping, range_slope;  ///< [MeV/mm], dR/dv [mm/sqrt(MeV)]
    double range;                 ///< [mm]
  };
  void tabulate(const std::vector<Ingredient>& ingredients);

  std::vector<Node> nodes_;
  std::vector<float> straggling_;  ///< [mm], one per node
  double radiation_length_ = 0.0, scattering_length_ = 0.0, bohr_ = 0.0;
  double excitation_ = 0.0, effective_z_ = 0.0, density_ = 0.0, electrons_ = 0.0, mean_z_ = 0.0;
};

/// Water as named_material("water") describes it, made on first use.
const Medium& water();

}  // namespace difftrack::matter
