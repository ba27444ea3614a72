// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/electrons.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/simulate/fluctuation.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kLowEnergy = 0.025;  // [MeV] below: Iskef's range formula; the two meet there within 2 %

}  // namespace

double electron_range(const Medium& medium, double energy) {
  const double grammes = energy < kLowEnergy ? 4.57e-6 * std::pow(1e3 * energy, 1.75)
                                             : 0.412 * std::pow(energy, 1.265 - 0.0954 * std::log(energy));
  return 10.0 * grammes / medium.density();
}

double electron_energy_at_range(const Medium& medium, double range) {
  const double grammes = 0.1 * range * medium.density();
  const double low = 1e-3 * std::pow(grammes / 4.57e-6, 1.0 / 1.75);
  if (low < kLowEnergy) return low;
  // ln R = ln 0.412 + 1.265 l - 0.0954 l^2 with l = ln T, on the rising branch.
  const double root = 1.265 * 1.265 - 4.0 * 0.0954 * std::log(grammes / 0.412);
  return std::exp((1.265 - std::sqrt(std::max(root, 0.0))) / (2.0 * 0.0954));
}

double delta_number(const Medium& gas, const Kinematics& kin, double length) {
  const double highest = max_transfer(kin, kProtonMass);
  if (highest <= kDeltaCut) return 0.0;
  return gas.bohr() / kin.beta2 * length * (1.0 / kDeltaCut - 1.0 / highest);
}

ArrivedElectron draw_delta(const Medium& gas, const Kinematics& kin, double length, core::RandomStream& random) {
  const double highest = max_transfer(kin, kProtonMass);
  const double energy = kDeltaCut / (1.0 - random.uniform() * (1.0 - kDeltaCut / highest));
  const double distance = length * random.uniform();
  const double cosine = random.uniform();
  const double way = distance / cosine, range = electron_range(gas, energy);
  if (way >= range) return {0.0, 1.0, 0.0};
  return {std::min(energy, electron_energy_at_range(gas, range - way)), std::max(cosine, 0.05),
          way * std::sqrt(1.0 - cosine * cosine)};
}

double electron_deposit(const Medium& medium, double energy, double path, core::RandomStream& random) {
  if (energy < 1e-3) return energy;
  const double tau = energy / matter::kElectronMass;
  const Kinematics kin = kinematics(energy, matter::kElectronMass);
  // Bethe's formula for electrons (ICRU 37), density correction left out: below 2 MeV it stays under 3 %.
  const double f =
      1.0 - kin.beta2 + (tau * tau / 8.0 - (2.0 * tau + 1.0) * std::numbers::ln2) / ((tau + 1.0) * (tau + 1.0));
  const double ratio = energy / medium.excitation();
  const double stopping = medium.bohr() / kin.beta2 * (2.0 * std::log(ratio) + std::log(1.0 + 0.5 * tau) + f);
  const double mean = stopping * path;
  if (mean >= energy) return energy;
  return std::min(energy, thin_loss(medium, kin, mean, 0.5 * energy, random));
}

double compton_attenuation(const Medium& medium, double energy) {
  const double a = energy / matter::kElectronMass;
  const double l = std::log(1.0 + 2.0 * a);
  const double barn = 0.665246 * 0.75 *
                      ((1.0 + a) / (a * a * a) * (2.0 * a * (1.0 + a) / (1.0 + 2.0 * a) - l) + l / (2.0 * a) -
                       (1.0 + 3.0 * a) / ((1.0 + 2.0 * a) * (1.0 + 2.0 * a)));
  return barn * 1e-24 * matter::kAvogadro * medium.electrons() / 10.0;
}

double draw_compton_electron(double energy, core::RandomStream& random) {
  const double a = energy / matter::kElectronMass;
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
