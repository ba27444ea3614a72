// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/reference/gas.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/vehkamaki.hpp"

namespace difftrack::aerosol::reference {

using namespace constants;

Condensation condense(const Air& air, const CellState& state, const Properties& properties) {
  Condensation result;
  const double diffusion = 0.073 * (1e5 / air.pressure) * std::pow(air.temperature / 298.15, 1.5);  // [cm²/s]
  const double speed = std::sqrt(8.0 * kGas * air.temperature / (std::numbers::pi * kAcid));        // [cm/s]
  const double path = 8.0 * diffusion / (std::numbers::pi * speed);                                 // [cm]
  for (std::size_t k = 0; k < kModes; ++k) {
    const double r = properties.radius[k], number = state[number_of(k)];
    if (r <= 0.0) continue;
    const double sticking = k < kSoluble ? kSolubleSticking : kInsolubleSticking;
    const double jump = (std::pow(r + path, 3) - std::pow(r * r + path * path, 1.5)) / (3.0 * r * path) - r;
    result.sink[k] =
        number * 4.0 * std::numbers::pi * diffusion * r / (4.0 * diffusion / (speed * r * sticking) + r / (r + jump));
    result.total_sink += result.sink[k];
  }
  for (std::size_t k = 0; k < kSoluble; ++k) result.sulphate[k] = state[So4Ns + k];
  const double c = air.cloud_cover, gas = state[Gas], produced = air.production * kTimeStep, sink = result.total_sink;
  if (sink <= kLeastSink) {
    result.gas = gas + produced;
    return result;
  }
  const double level = air.production / sink;
  const double left = std::max(0.0, (gas - level) * std::exp(-sink * kTimeStep) + level);
  const double clear = (1.0 - c) * (gas - left + produced), cloudy = c * (gas + produced);
  result.gas = (1.0 - c) * left;
  const auto add = [&](std::size_t k, double amount) {
    (k < kSoluble ? result.sulphate[k] : result.on_insoluble[k - kSoluble]) += amount;
  };
  for (std::size_t k = 0; k < kModes; ++k) add(k, clear * (result.sink[k] / sink));
  for (const std::size_t k : {CS, AS, KS, NS, CI, AI, KI}) {
    if (result.sink[k] <= 0.0) continue;
    add(k, cloudy);
    break;
  }
  return result;
}

BinaryNucleation binary_nucleation(double temperature, double humidity, double gas) {
  const double t = std::clamp(temperature, kColdest, kWarmest);
  const double h = std::log(std::clamp(humidity, kDriest, 1.0)), l = std::log(std::clamp(gas, kLeastAcid, kMostAcid));
  double x = 0.0;
  for (const auto& term : kMoleFraction)
    x += std::pow(h, term.humidity) * std::pow(l, term.acid) * (term.factors[0] + term.factors[1] * t);
  const auto fit = [&](const auto& terms) {
    double sum = 0.0;
    for (const auto& [i, j, c] : terms)
      sum += std::pow(h, i) * std::pow(l, j) * (c[0] + t * (c[1] + t * (c[2] + t * c[3])) + c[4] / x);
    return std::exp(sum);
  };
  const double rate = fit(kNucleationRate), cluster = fit(kNucleationMolecules);
  if (rate < kLeastRate || cluster < kSmallestCluster) return {0.0, x * cluster};
  return {std::min(rate, kMostRate), x * cluster};
}

Nucleation nucleate(const Air& air, const Condensation& condensation) {
  Nucleation result;
  const double c = air.cloud_cover, clear_gas = c >= 1.0 ? 0.0 : condensation.gas / (1.0 - c);
  const BinaryNucleation binary = binary_nucleation(air.temperature, air.humidity, clear_gas);
  result.binary = binary.rate;
  result.molecules = binary.molecules;
  result.activation = kActivation * clear_gas * air.forest;
  result.gas = condensation.gas;
  const double rate = result.binary + result.activation;
  if (rate <= kTiny) return result;
  const double loss = result.molecules * result.binary + result.activation;
  const double left =
      std::clamp(clear_gas - kTimeStep * loss / (1.0 + kTimeStep * condensation.total_sink), 0.0, clear_gas);
  result.sulphate = (clear_gas - left) * (1.0 - c);
  result.particles = result.sulphate * rate / loss;
  result.gas -= result.sulphate;
  return result;
}

}  // namespace difftrack::aerosol::reference
