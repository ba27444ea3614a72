// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/fluctuation.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/matter/straggling.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kLowest = 10e-6;          // E0 of the ionisation spectrum [MeV]
constexpr double kIonisationShare = 0.56;  // of the mean loss (Geant4's rate parameter)
constexpr double kManyCollisions = 8.0;    // above: the soft part of the ionisations is taken as Gaussian
// Many first-level excitations are taken in lumps of this size. Geant4 has 4, with which our 5 % quantiles come out 1
// to 2 % above its own (docs/physics.md).
constexpr double kWidening = 4.6;

/// Sum of `mean_number` (Poisson) losses of fixed size `energy`.
double excitations(double mean_number, double energy, core::RandomStream& random) {
  if (mean_number <= 0.0) return 0.0;
  if (mean_number > 2.0 * kManyCollisions) {
    const double width = std::sqrt(mean_number) * energy;
    return std::max(0.0, mean_number * energy + width * random.normal());
  }
  const int number = poisson(mean_number, random);
  // Spread each excitation over its level by one uniform number per group, as lines of that width.
  return number > 0 ? energy * (number + 1.0 - 2.0 * random.uniform()) : 0.0;
}

double ionisations(double mean_number, double highest, core::RandomStream& random) {
  if (mean_number <= 0.0) return 0.0;
  double loss = 0.0, hard_number = mean_number, hard_lowest = kLowest;
  const double ratio = highest / kLowest;
  if (mean_number > kManyCollisions) {
    const double alpha = ratio * (kManyCollisions + mean_number) / (ratio * kManyCollisions + mean_number);
    const double log_mean = alpha * std::log(alpha) / (alpha - 1.0);
    const double soft = mean_number * ratio * (alpha - 1.0) / ((ratio - 1.0) * alpha);
    const double width = kLowest * std::sqrt(soft * (alpha - log_mean * log_mean));
    loss = std::max(0.0, soft * kLowest * log_mean + width * random.normal());
    hard_number = mean_number - soft;
    hard_lowest = alpha * kLowest;
  }
  if (highest <= hard_lowest) return loss;
  const double span = (highest - hard_lowest) / highest;
  for (int i = poisson(hard_number, random); i > 0; --i) loss += hard_lowest / (1.0 - span * random.uniform());
  return loss;
}

}  // namespace

int poisson(double mean, core::RandomStream& random) {
  if (mean > 30.0) return std::max(0, static_cast<int>(std::lround(mean + std::sqrt(mean) * random.normal())));
  const double limit = std::exp(-mean);
  double product = random.uniform();
  int number = 0;
  while (product > limit) {
    product *= random.uniform();
    ++number;
  }
  return number;
}

double thick_loss(const Medium& medium, const Species& species, const Kinematics& kin, double mean, double length,
                  double normal) {
  const double highest = max_transfer(kin, species.mass);
  const double xi = matter::landau_xi(medium, species, kin.beta2, length);
  const double sigma = std::sqrt(matter::bohr_variance(xi, highest, kin.beta2));
  const double third = xi * highest * highest * (0.5 - kin.beta2 / 3.0);
  const double skew = std::min(third / (sigma * sigma * sigma), 2.0);
  const double shape = 4.0 / (skew * skew);  // of the gamma distribution with this skewness
  const double cube = 1.0 - 1.0 / (9.0 * shape) + normal / (3.0 * std::sqrt(shape));
  const double deviation = shape > 1e4 ? normal : std::sqrt(shape) * (cube * cube * cube - 1.0);
  return std::max(0.0, mean + sigma * deviation);
}

double thin_loss(const Medium& medium, const Kinematics& kin, double mean, double cut, core::RandomStream& random) {
  if (mean < kLowest) return mean;
  const double excitation = medium.excitation();
  if (cut <= kLowest) return mean;
  // Many collisions of the hardest kind: the loss is Gaussian.
  const double z = medium.effective_z();
  const double second_share = z > 2.0 ? 2.0 / z : 0.0;
  const double second = 10e-6 * z * z;
  const double first = std::exp((std::log(excitation) - second_share * std::log(second)) / (1.0 - second_share));
  double loss = 0.0;
  const double log_energy = std::log(2.0 * matter::kElectronMass * kin.beta2 * kin.gamma * kin.gamma) - kin.beta2;
  if (cut > excitation && log_energy > std::log(excitation)) {
    const double scale = mean * (1.0 - kIonisationShare);
    double number1 = scale / first, number2 = 0.0, energy1 = first;
    if (log_energy > std::log(second)) {
      const double norm = scale / (log_energy - std::log(excitation));
      number1 = norm * (1.0 - second_share) * (log_energy - std::log(first)) / first;
      number2 = norm * second_share * (log_energy - std::log(second)) / second;
    }
    if (number1 > kManyCollisions) {
      number1 /= kWidening;
      energy1 *= kWidening;
    }
    loss += excitations(number1, energy1, random) + excitations(number2, second, random);
  }
  const double number3 = kIonisationShare * mean * (cut - kLowest) / (kLowest * cut * std::log(cut / kLowest));
  return loss + ionisations(number3, cut, random);
}

}  // namespace difftrack::simulate
