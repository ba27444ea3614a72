// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/matter/ion.hpp"
#include "difftrack/matter/material.hpp"
#include "difftrack/matter/medium.hpp"

namespace difftrack::matter {

/// Multiple Coulomb scattering; angles are projected on one plane, pv is momentum times velocity [MeV].

/// Gottschalk's scattering power T_dM = f_dM(pv, pv_start) (15.0 MeV / pv)^2 / X_S times `length` [mm]: a variance
/// [rad^2] (Med. Phys. 37 (2010) 352, "differential Molière"). It agrees with Molière–Hanson in thick and thin layers
/// because it knows how much has been crossed, by pv_start where the ion entered matter. X_S from Medium.
double scattering_variance(const Medium& medium, const Ion& ion, double length, double pv, double pv_start);

/// T_dM itself [rad^2/mm].
inline double scattering_power(const Medium& medium, const Ion& ion, double pv, double pv_start) {
  return scattering_variance(medium, ion, 1.0, pv, pv_start);
}

/// Highland's width [rad] of the Gaussian core behind one layer of x/X0 = `radiation_lengths` in which pv changes
/// little: 14.1 MeV z/pv sqrt(x/X0) (1 + log10(x/X0)/9) (Gottschalk et al., NIM B 74 (1993) 467, eq. 2).
double highland_angle(double radiation_lengths, double pv, const Ion& ion = kProton);

/// Width [rad] of the deflection at the exit of one thin slab, as Geant4's Urban model makes it: 12.3 MeV
/// (0.87 + 0.03 ln Z) z/pv sqrt(x/X0), Rossi's form without a logarithm. Form from the Geant4 Physics Reference Manual,
/// constant fitted to GATE's kinks between planes of the 3 mm aluminium stack (docs/physics.md): within 5 %.
double slab_angle(double mean_z, double radiation_lengths, double pv, const Ion& ion = kProton);
inline constexpr double kSlabConstant = 12.3;  ///< [MeV]
double slab_z_factor(double mean_z);           ///< 0.87 + 0.03 ln Z

/// The deflection behind one slab, width and tail in one law (Urban's; Geant4 Physics Reference Manual, "Urban model").
///
/// With Y = (1 - cos theta) / theta0^2: an exponential exp(-Y) up to Y = c, which is a Gaussian of width theta0 in the
/// projected angle, and a power law Y^-c beyond, joined without a step:
///   theta0 = 13.6 MeV z/pv sqrt(y) (a + b ln y),  y = length / X0,  a and b of the mean Z (fits of measured electron
///            scattering off light to heavy foils),
///   c = c1 + u (c2 + c3 u) + c4 ln(lambda / X0),  u = (length / lambda)^(1/6), at least 1.9.
/// lambda is the transport mean free path: screened Rutherford scattering cut off at the size of the nucleus,
///   1 / lambda = sum n 2 pi (Z alpha hbar c / pv)^2 (1 + 1/Z) (2 ln(a_TF / R) - 1 - ln 1.13).
/// The width is not that of infinitely many thin slabs: b ln y depends on where a path is cut.
class SlabLaw {
 public:
  /// Of a material; throws core::InputError for an unknown element.
  explicit SlabLaw(const Material& material);

  /// At one length and momentum.
  struct Shape {
    double width2;  ///< theta0^2 [rad^2]
    double tail;    ///< c
    double depth;   ///< length / lambda
  };
  /// `log_length`: natural logarithm of the length [mm] at the material's density; `log_pv` of pv [MeV].
  Shape shape(double log_length, double log_pv, const Ion& ion) const;

  double radiation_length() const { return radiation_length_; }  ///< [mm]

 private:
  double radiation_length_ = 0.0, log_radiation_length_ = 0.0;
  double log_transport_ = 0.0;  // of pv^2 / lambda [MeV^2/mm]
  double width_scale_ = 0.0;    // [MeV^2] of theta0^2 over length / lambda, without the bracket
  double width_[2]{}, tail_[4]{};
};

/// Share of the exponential part in SlabLaw, given c: what joins both parts without a step.
double slab_core_share(double tail);
/// Y of SlabLaw from its exponent c; `widest` is the largest Y, 2 / theta0^2.
class SlabDeviate {
 public:
  /// `tail` > 1, as SlabLaw gives it.
  SlabDeviate(double tail, double widest);
  /// At a cumulative probability in [0, 1).
  double operator()(double draw) const;

 private:
  double tail_, widest_, share_, scale_;
};

}  // namespace difftrack::matter
