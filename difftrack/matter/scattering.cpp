// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/scattering.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::matter {

namespace {

constexpr double kMoliereEnergy = 15.0;   // Rossi's E_s of Gottschalk's formula [MeV]
constexpr double kHighlandEnergy = 14.1;  // [MeV]

double differential_moliere(double pv, double pv_start) {
  const double lost = std::log10(std::max(1.0 - (pv / pv_start) * (pv / pv_start), 1e-4));
  const double momentum = std::log10(pv);
  return std::max(0.5244 + 0.1975 * lost + 0.2320 * momentum - 0.0098 * momentum * lost, 0.05);
}

}  // namespace

double scattering_variance(const Medium& medium, const Ion& ion, double length, double pv, double pv_start) {
  const double scale = kMoliereEnergy / pv;
  return ion.charge2 * differential_moliere(pv, pv_start) * scale * scale * length / medium.scattering_length();
}

double highland_angle(double radiation_lengths, double pv, const Ion& ion) {
  return kHighlandEnergy * std::sqrt(ion.charge2 * radiation_lengths) / pv *
         (1.0 + std::log10(radiation_lengths) / 9.0);
}

double slab_z_factor(double mean_z) { return 0.87 + 0.03 * std::log(mean_z); }

double slab_angle(double mean_z, double radiation_lengths, double pv, const Ion& ion) {
  return kSlabConstant * slab_z_factor(mean_z) * std::sqrt(ion.charge2 * radiation_lengths) / pv;
}

}  // namespace difftrack::matter
