// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/emulator/features.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/reference/gas.hpp"
#include "difftrack/aerosol/reference/properties.hpp"
#include "difftrack/aerosol/species.hpp"

namespace difftrack::aerosol::reference {

namespace {

/// Volume of each mass column per particle [cm³].
double volume_of(const Properties& properties, Column column) {
  const auto j = static_cast<std::size_t>(column - So4Ns);
  const MassColumn& what = kMassColumns[j];
  return properties.per_particle[j] * grams(what, constants::kSulphateInWater) / what.density;
}

double volume_of_mode(const Properties& properties, std::size_t mode) {
  double volume = 0.0;
  for (std::size_t j = 0; j < kMasses; ++j)
    if (static_cast<std::size_t>(kMassColumns[j].mode) == mode)
      volume += volume_of(properties, static_cast<Column>(So4Ns + j));
  return volume;
}

/// Shares of a mode that growth alone would move to the next one, at a dry radius [cm].
struct Outgrown {
  double particles = 0.0, mass = 0.0;
};
Outgrown outgrown(std::size_t mode, double radius) {
  const double limit = constants::kLowerRadius[mode + 1], middle = std::sqrt(constants::kLowerRadius[mode] * limit);
  if (radius <= middle) return {};
  const double stay = 0.5 * std::erfc(-std::log(limit / radius) / constants::kLogWidth[mode] / std::numbers::sqrt2);
  return {1.0 - stay, 1.0 - stay * std::pow(middle / radius, 3)};
}

}  // namespace

Features features(const Air& air, const CellState& state) {
  using namespace constants;
  const Properties properties = reference::properties(air, state, {});
  const Condensation condensed = condense(air, state, properties);
  const Nucleation nucleated = nucleate(air, condensed);
  Features result;
  result.new_particles = nucleated.particles;
  result.new_sulphate = nucleated.sulphate;
  std::size_t at = 0;
  const auto put = [&](double value) {
    result.values[at] = kLogarithms[at] ? std::log(value) : value;
    ++at;
  };
  const double clear = 1.0 - air.cloud_cover;
  put(air.temperature);
  put(air.pressure);
  put(air.humidity);
  put(air.cloud_cover);
  put(clear + least::kClear);
  put(air.forest);
  put(air.production + least::kGas);
  put(state[Gas] + air.production * kTimeStep + least::kGas);
  put(condensed.total_sink + least::kSink);
  put((clear > 0.0 ? condensed.gas / clear : 0.0) + least::kGas);
  put(nucleated.particles + least::kNew);
  put(nucleated.sulphate + least::kGas);
  for (std::size_t k = 0; k < kModes; ++k) put(state[number_of(k)] + least::kParticles);
  for (std::size_t k = 0; k < kModes; ++k) put(std::max(properties.radius[k], least::kRadius));
  for (std::size_t k = 0; k < kSoluble; ++k) put(std::log(std::max(properties.dry_radius[k], least::kRadius)));
  const double per_sink = 1.0 / std::max(condensed.total_sink, kLeastSink);
  for (std::size_t k = 0; k < kModes; ++k) put(condensed.sink[k] * per_sink + least::kShare);
  std::array<double, kModes> volume{};
  for (std::size_t k = 0; k < kModes; ++k) volume[k] = volume_of_mode(properties, k);
  std::array<double, 3> grown_radius{};
  for (std::size_t k = 0; k < 3; ++k) {
    const double gained = (condensed.sulphate[k] - state[So4Ns + k]) / std::max(state[number_of(k)], kFewParticles);
    const double grown = volume[k] + gained * kSulphateInWater / kAvogadro / kSulphateDensity;
    const double radius = std::cbrt(std::max(grown, 1e-300) * 0.75 / std::numbers::pi) / kOverMass[k];
    grown_radius[k] = std::max(radius, least::kRadius);
    put(std::log(grown_radius[k]));
  }
  for (std::size_t k = 0; k < 3; ++k) {
    const Outgrown out = outgrown(k, grown_radius[k]);
    put(out.particles + least::kOutgrown);
    put(out.mass + least::kOutgrown);
  }
  const auto put_share = [&](Column column, std::size_t mode) {
    put(volume[mode] > 0.0 ? volume_of(properties, column) / volume[mode] : 0.0);
  };
  for (const Column column : {So4Ks, BcKs}) put_share(column, KS);
  for (const Column column : {So4As, BcAs, DuAs}) put_share(column, AS);
  for (const Column column : {So4Cs, BcCs, DuCs}) put_share(column, CS);
  put_share(BcKi, KI);
  return result;
}

}  // namespace difftrack::aerosol::reference
