// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/electrons.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/simulate/fluctuation.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kLowEnergy = 0.025;  // [MeV] below: Iskef's range formula; the two meet there within 2 %

constexpr double kLowestThreshold = 0.99e-3;  // [MeV] Geant4's lower edge of production cuts

}  // namespace

double electron_mass_range(double energy) {
  return energy < kLowEnergy ? 4.57e-6 * std::pow(1e3 * energy, 1.75)
                             : 0.412 * std::pow(energy, 1.265 - 0.0954 * std::log(energy));
}

double electron_range(const Medium& medium, double energy) {
  return 10.0 * electron_mass_range(energy) / medium.density();
}

double electron_energy_at_range(const Medium& medium, double range) {
  return electron_energy_at_mass_range(0.1 * range * medium.density());
}

double electron_energy_at_mass_range(double grammes) {
  const double low = 1e-3 * std::pow(grammes / 4.57e-6, 1.0 / 1.75);
  if (low < kLowEnergy) return low;
  // ln R = ln 0.412 + 1.265 l - 0.0954 l^2 with l = ln T, on the rising branch.
  const double root = 1.265 * 1.265 - 4.0 * 0.0954 * std::log(grammes / 0.412);
  return std::exp((1.265 - std::sqrt(std::max(root, 0.0))) / (2.0 * 0.0954));
}

double delta_threshold(const Medium& medium, double cut) {
  return std::max(electron_energy_at_range(medium, cut), kLowestThreshold);
}

DeltaYield delta_yield(const Medium& medium, const Kinematics& kin, double length, double lowest, double highest) {
  if (highest <= lowest) return {};
  const double xi = medium.bohr() / kin.beta2 * length;
  const double logarithm = std::log(highest / lowest);
  return {xi * (1.0 / lowest - 1.0 / highest - kin.beta2 * logarithm / highest),
          xi * (logarithm - kin.beta2 * (1.0 - lowest / highest))};
}

double draw_delta_energy(const Kinematics& kin, double lowest, double highest, core::RandomStream& random) {
  for (int i = 0; i < 100; ++i) {
    const double energy = lowest / (1.0 - random.uniform() * (1.0 - lowest / highest));
    if (random.uniform() < 1.0 - kin.beta2 * energy / highest) return energy;
  }
  return lowest;
}

double delta_cosine(double energy, double highest) {
  const double twice = 2.0 * matter::kElectronMass;
  return std::min(std::sqrt(energy * (highest + twice) / (highest * (energy + twice))), 1.0);
}

ArrivedElectron cross_gas(const Medium& gas, double energy, double highest, double distance, double window,
                          core::RandomStream& random) {
  const double cosine = window > 0.0 ? delta_cosine(energy, highest) : std::max(random.uniform(), 0.05);
  const double way = distance / cosine;
  const double grammes = 0.1 * way * gas.density() + kElectronDetour * window / cosine;
  const double left = electron_mass_range(energy) - grammes;
  if (left <= 0.0) return {0.0, 1.0, 0.0};
  return {std::min(energy, electron_energy_at_mass_range(left)), cosine, way * std::sqrt(1.0 - cosine * cosine)};
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
