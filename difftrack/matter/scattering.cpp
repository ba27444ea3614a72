// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/scattering.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/matter/constants.hpp"
#include "difftrack/matter/element.hpp"

namespace difftrack::matter {

namespace {

constexpr double kMoliereEnergy = 15.0;   // Rossi's E_s of Gottschalk's formula [MeV]
constexpr double kHighlandEnergy = 14.1;  // [MeV]

constexpr double kUrbanEnergy = 13.6;                  // [MeV]
constexpr double kLowestTail = 1.9;                    // of the exponent c: below, the tail would outweigh the core
constexpr double kLargestWidth2 = 0.25;                // [rad^2] a slab that deflects more is no longer one step
constexpr double kCoulomb = 1.4399645e-12;             // alpha hbar c [MeV mm]
constexpr double kThomasFermi = 0.88534 * 5.29177e-8;  // [mm], times Z^(-1/3)
constexpr double kNuclearRadius = 1.2e-12;             // [mm], times A^(1/3)

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

SlabLaw::SlabLaw(const Material& material) {
  double transport = 0.0;
  for (std::size_t i = 0; i < material.elements.size(); ++i) {
    const Element& each = element(material.elements[i]);
    const double z = each.z;
    const double per_mm3 = 1e-3 * material.density * material.mass_fractions[i] / each.a * kAvogadro;
    const double radii = kThomasFermi / (kNuclearRadius * std::cbrt(z * each.a));
    const double logarithm = 2.0 * std::log(radii) - 1.0 - std::log(1.13);
    transport += per_mm3 * 2.0 * std::numbers::pi * kCoulomb * kCoulomb * z * (z + 1.0) * logarithm;
  }
  log_transport_ = std::log(transport);
  radiation_length_ = 10.0 * matter::radiation_length(material) / material.density;
  log_radiation_length_ = std::log(radiation_length_);
  width_scale_ = kUrbanEnergy * kUrbanEnergy / (transport * radiation_length_);
  const double z = matter::mean_z(material), cube = std::cbrt(z);
  const double sixth = std::sqrt(cube);
  const double factor = 0.990395 + sixth * (-0.168386 + sixth * 0.093286);
  width_[0] = (1.0 - 0.087780 / z) * factor;
  width_[1] = (0.040780 + 0.00017315 * z) * factor;
  tail_[0] = 2.3785 - cube * (0.41981 - cube * 0.063100);
  tail_[1] = 0.47526 + cube * (1.7694 - cube * 0.33885);
  tail_[2] = 0.23683 - cube * (1.8111 - cube * 0.32774);
  tail_[3] = 0.017888 + cube * (0.019659 - cube * 0.0026664);
}

SlabLaw::Shape SlabLaw::shape(double log_length, double log_pv, const Ion& ion) const {
  const double log_y = log_length - log_radiation_length_;
  const double bracket = std::max(width_[0] + width_[1] * log_y, 0.1);
  const double log_lambda = 2.0 * log_pv - log_transport_;
  const double u = std::exp((log_length - log_lambda) / 6.0), depth = u * u * u * u * u * u;
  const double width2 = ion.charge2 * width_scale_ * depth * bracket * bracket;
  const double tail = tail_[0] + u * (tail_[1] + tail_[2] * u) + tail_[3] * (log_lambda - log_radiation_length_);
  return {std::min(width2, kLargestWidth2), std::max(tail, kLowestTail), depth};
}

double slab_core_share(double tail) {
  // Densities at Y = c: share e^-c / (1 - e^-c) and (1 - share) (c - 1) / c.
  const double end = std::exp(-tail), core = end / (1.0 - end), power = (tail - 1.0) / tail;
  return power / (core + power);
}

SlabDeviate::SlabDeviate(double tail, double widest) : tail_(tail), widest_(widest) {
  const double end = std::exp(-tail), core = end / (1.0 - end), power = (tail - 1.0) / tail;
  share_ = power / (core + power);  // slab_core_share(tail)
  scale_ = (1.0 - end) / share_;
}

double SlabDeviate::operator()(double draw) const {
  if (draw < share_) return -std::log(1.0 - scale_ * draw);
  const double outer = std::pow(std::min(tail_ / widest_, 1.0), tail_ - 1.0);  // of the power law beyond a turn round
  const double inside = outer + (1.0 - outer) * (1.0 - draw) / (1.0 - share_);
  return std::min(tail_ * std::pow(inside, -1.0 / (tail_ - 1.0)), widest_);
}

}  // namespace difftrack::matter
