// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/electrons.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/simulate/fluctuation.hpp"

namespace difftrack::simulate {

namespace {

constexpr int kNodes = 16;              // of the integral over the delta's energy
constexpr double kEscapeFactor = 0.35;  // scattering shortens the way out; fitted to GATE's electron hits
constexpr double kDiffusion = 0.5;      // lateral way per practical range left behind

/// Cosine of the angle at which a delta of energy T leaves a proton with largest transfer Tmax.
double delta_cosine(double energy, double highest) {
  return std::sqrt(energy * (highest + 2.0 * kElectronMass) / (highest * (energy + 2.0 * kElectronMass)));
}

/// Integrand over T: number per mm and MeV times the depth it escapes from.
double escape_density(const Medium& medium, const Kinematics& kin, double highest, double energy) {
  const double number = medium.bohr() / kin.beta2 / (energy * energy) * (1.0 - kin.beta2 * energy / highest);
  return number * kEscapeFactor * electron_range(medium, energy) * delta_cosine(energy, highest);
}

}  // namespace

double electron_range(const Medium& medium, double energy) {
  return 10.0 * 0.412 * std::pow(energy, 1.265 - 0.0954 * std::log(energy)) / medium.density();
}

double electron_energy_at_range(const Medium& medium, double range) {
  const double target = std::log(range * medium.density() / 4.12);
  // ln R = 1.265 l - 0.0954 l^2 with l = ln T, on the rising branch.
  const double root = 1.265 * 1.265 - 4.0 * 0.0954 * target;
  return std::exp((1.265 - std::sqrt(std::max(root, 0.0))) / (2.0 * 0.0954));
}

double delta_escape_number(const Medium& medium, double energy) {
  if (energy <= 1.0) return 0.0;
  const Kinematics kin = kinematics(energy, kProtonMass);
  const double highest = max_transfer(kin, kProtonMass);
  if (highest <= kDeltaCut) return 0.0;
  double sum = 0.0;
  const double step = (highest - kDeltaCut) / kNodes;
  for (int i = 0; i < kNodes; ++i) sum += step * escape_density(medium, kin, highest, kDeltaCut + (i + 0.5) * step);
  return sum;
}

EscapedElectron draw_delta(const Medium& medium, double proton_energy, core::RandomStream& random) {
  const Kinematics kin = kinematics(proton_energy, kProtonMass);
  const double highest = max_transfer(kin, kProtonMass);
  std::array<double, kNodes> weight{};
  double total = 0.0;
  const double step = (highest - kDeltaCut) / kNodes;
  for (int i = 0; i < kNodes; ++i)
    total += weight[static_cast<std::size_t>(i)] = escape_density(medium, kin, highest, kDeltaCut + (i + 0.5) * step);
  double left = random.uniform() * total;
  int bin = 0;
  while (bin + 1 < kNodes && left > weight[static_cast<std::size_t>(bin)]) left -= weight[static_cast<std::size_t>(bin++)];
  const double energy = kDeltaCut + (bin + random.uniform()) * step;
  const double used = random.uniform();  // share of the range spent inside
  const double range = electron_range(medium, energy);
  const double cosine = delta_cosine(energy, highest);
  const double sine = std::sqrt(std::max(0.0, 1.0 - cosine * cosine));
  EscapedElectron out;
  out.energy = std::min(energy, electron_energy_at_range(medium, (1.0 - used) * range));
  out.lateral = kDiffusion * used * range * sine;
  out.cosine = std::max(0.1, std::sqrt(random.uniform()));  // scattered: cosine law
  return out;
}

double electron_deposit(const Medium& medium, double energy, double path, core::RandomStream& random) {
  if (energy < 1e-3) return energy;
  const double tau = energy / kElectronMass;
  const Kinematics kin = kinematics(energy, kElectronMass);
  // Bethe's formula for electrons (ICRU 37), density correction left out: below 2 MeV it stays under 3 %.
  const double f = 1.0 - kin.beta2 + (tau * tau / 8.0 - (2.0 * tau + 1.0) * std::numbers::ln2) / ((tau + 1.0) * (tau + 1.0));
  const double ratio = energy / medium.excitation();
  const double stopping = medium.bohr() / kin.beta2 * (2.0 * std::log(ratio) + std::log(1.0 + 0.5 * tau) + f);
  const double mean = stopping * path;
  if (mean >= energy) return energy;
  return std::min(energy, thin_loss(medium, kin, mean, 0.5 * energy, random));
}

double compton_attenuation(const Medium& medium, double energy) {
  const double a = energy / kElectronMass;
  const double l = std::log(1.0 + 2.0 * a);
  const double barn = 0.665246 * 0.75 *
                      ((1.0 + a) / (a * a * a) * (2.0 * a * (1.0 + a) / (1.0 + 2.0 * a) - l) + l / (2.0 * a) -
                       (1.0 + 3.0 * a) / ((1.0 + 2.0 * a) * (1.0 + 2.0 * a)));
  return barn * 1e-24 * kAvogadro * medium.electrons() / 10.0;
}

double draw_compton_electron(double energy, core::RandomStream& random) {
  const double a = energy / kElectronMass;
  const double lowest = 1.0 / (1.0 + 2.0 * a);  // of the scattered photon's share
  // Klein–Nishina in the share e: (1/e + e - sin^2) e is bounded by a flat envelope in 1/e; 100 tries are ample.
  for (int i = 0; i < 100; ++i) {
    const double share = lowest + (1.0 - lowest) * random.uniform();
    const double cosine = 1.0 - (1.0 / share - 1.0) / a;
    const double weight = share + 1.0 / share - (1.0 - cosine * cosine);
    if (random.uniform() * (lowest + 1.0 / lowest) < weight) return energy * (1.0 - share);
  }
  return 0.5 * energy;
}

}  // namespace difftrack::simulate
