// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/boxes/box.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/species.hpp"

namespace difftrack::aerosol {

namespace {

constexpr double kDay = 86400.0;       // [s]
constexpr double kLapse = 6.5;         // [K/km]
constexpr double kGravity = 34.163;    // of dry air over its gas constant [K/km]
constexpr double kPersistence = 0.97;  // of humidity and clouds, from step to step

double between(core::RandomStream& random, double low, double high) { return low + (high - low) * random.uniform(); }
/// Log-normal of median 1.
double spread(core::RandomStream& random, double factor) { return std::exp(std::log(factor) * random.normal()); }

/// Gamma of scale 1 (Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000) 363).
double gamma(core::RandomStream& random, double shape) {
  if (shape < 1.0) return gamma(random, shape + 1.0) * std::pow(random.uniform(), 1.0 / shape);
  const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double z = random.normal(), root = 1.0 + c * z;
    if (root <= 0.0) continue;
    const double v = root * root * root;
    if (std::log(random.uniform()) < 0.5 * z * z + d - d * v + d * std::log(v)) return d * v;
  }
}

double beta(core::RandomStream& random, double a, double b) {
  const double x = gamma(random, a), y = gamma(random, b);
  return x / (x + y);
}

/// Volume of an average particle of a mode whose count median radius is `radius` [cm]; [cm³].
double volume_of(std::size_t mode, double radius) {
  const double average = radius * constants::kOverMass[mode];
  return 4.0 / 3.0 * std::numbers::pi * average * average * average;
}

/// Adds `mass` [g/cm³] to a column, and particles of that radius to its mode.
void add_particles(CellState& state, Column column, double mass, double radius) {
  const MassColumn& what = kMassColumns[static_cast<std::size_t>(column - So4Ns)];
  const auto mode = static_cast<std::size_t>(what.mode);
  state[column] += mass / (grams(what, constants::kAcid) * to_particle_unit(what));
  state[number_of(mode)] += mass / (what.density * volume_of(mode, radius));
}

/// Which species a mass column is of: sulphate, soot, organics, salt, dust.
constexpr std::size_t species_of(std::size_t mass) {
  return mass < 4 ? 0 : mass < 8 ? 1 : mass < 12 ? 2 : mass < 14 ? 3 : 4;
}

constexpr std::array<double, kModes> kRadius{2.5e-7, 2e-6, 7.5e-6, 8e-5, 2.5e-6, 1.94e-5, 4.1e-5};  // [cm]
constexpr std::array<double, kModes> kSettling{1.0, 4.0, 15.0, 0.6, 5.0, 5.0, 0.3};                 // [days]

}  // namespace

Box::Box(std::uint64_t seed, std::uint64_t number, Regime regime) : random_(seed, number), regime_(regime) {
  if (regime_ == Regime::All) {
    double at = random_.uniform();
    std::uint8_t chosen = 0;
    while (chosen + 1U < kRegimes && at >= kClimates[chosen].share) at -= kClimates[chosen++].share;
    regime_ = static_cast<Regime>(chosen);
  }
  const Climate& climate = kClimates[static_cast<std::size_t>(regime_)];
  draw_air(climate);
  draw_sources(climate);
  draw_around(climate);
}

void Box::draw_air(const Climate& climate) {
  height_ = between(random_, climate.lowest, climate.highest);
  const double surface = climate.surface + climate.surface_spread * random_.normal();
  const double tropopause = regime_ == Regime::Polar ? 8.5 : between(random_, 10.0, 16.0);
  const double at_tropopause = surface - kLapse * tropopause;
  const double here = surface - kLapse * std::min(height_, tropopause);
  pressure_ = 101325.0 * std::pow(here / surface, kGravity / kLapse) *
              std::exp(-kGravity * std::max(0.0, height_ - tropopause) / at_tropopause) *
              (1.0 + 0.01 * random_.normal());
  temperature_ = std::clamp(here + between(random_, -3.0, 3.0), 192.0, 318.0);
  in_boundary_ = height_ < between(random_, 0.3, 2.0);
  forest_ = between(random_, climate.least_forest, climate.most_forest);
  const double away = (height_ - 13.0) / 6.0;
  ionisation_ = (2.0 + 28.0 * std::exp(-away * away)) * between(random_, 0.5, 1.3);
  if (climate.land && in_boundary_) ionisation_ += between(random_, 1.0, 8.0);
  const double humidity = std::clamp(beta(random_, climate.humidity_up, climate.humidity_down), 0.005, 0.995);
  humidity_logit_ = std::log(humidity / (1.0 - humidity));
  cloudy_ = random_.uniform() < 0.45;
  cloud_mean_ = between(random_, 0.0, 1.0);
  noon_ = between(random_, 0.0, kDay);
  noon_production_ = climate.production * spread(random_, 3.0);
  cloud_water_ = 4.0 * spread(random_, 3.0);
}

void Box::draw_sources(const Climate& climate) {
  const double per_step = constants::kTimeStep / (between(random_, 0.7, 4.0) * kDay) * 1e-12;  // [g/µg]
  const double soot = climate.soot * spread(random_, 2.5) * per_step;
  const double organic = soot * climate.organic_per_soot * spread(random_, 1.7);
  const double dust = random_.uniform() < 0.15 ? 0.0 : climate.dust * spread(random_, 3.0) * per_step;
  add_particles(source_, BcKi, soot, climate.source_radius);
  add_particles(source_, OcKi, 0.35 * organic, climate.source_radius);
  add_particles(source_, OcKs, 0.65 * organic, climate.source_radius);
  add_particles(source_, DuAi, dust / 6.0, kRadius[AI]);
  add_particles(source_, DuCi, dust * 5.0 / 6.0, kRadius[CI]);
}

CellState Box::draw_state(const Climate& climate) {
  CellState state{};
  for (std::size_t k = 0; k < kModes; ++k) {
    const double number = climate.number[k] * spread(random_, k < CS ? 2.5 : 3.0);
    const double volume = number * volume_of(k, kRadius[k] * spread(random_, k == AS ? 1.5 : 1.3));
    std::array<double, kMasses> shares{};
    double sum = 0.0;
    for (std::size_t j = 0; j < kMasses; ++j) {
      const std::size_t species = species_of(j);
      if (static_cast<std::size_t>(kMassColumns[j].mode) != k || species == 3) continue;  // no salt
      const double mean = climate.volume_of_mode[species < 3 ? species : 3];
      sum += shares[j] = gamma(random_, 6.0 * mean + 0.05);
    }
    if (empty_[k]) continue;
    state[number_of(k)] = number;
    for (std::size_t j = 0; j < kMasses; ++j) {
      const MassColumn& column = kMassColumns[j];
      if (shares[j] > 0.0)
        state[So4Ns + j] =
            volume * shares[j] / sum * column.density / (grams(column, constants::kAcid) * to_particle_unit(column));
    }
  }
  return state;
}

void Box::draw_around(const Climate& climate) {
  for (std::size_t k = 0; k < kModes; ++k) empty_[k] = random_.uniform() < (k <= AS ? 0.03 : 0.08);
  around_ = draw_state(climate);
  start_ = draw_state(climate);
  mixed_ = 1.0 - std::exp(-constants::kTimeStep / (0.7 * std::pow(8.0 / 0.7, random_.uniform()) * kDay));
  for (std::size_t k = 0; k < kModes; ++k)
    kept_[k] = std::exp(-constants::kTimeStep / (kSettling[k] * spread(random_, 1.5) * kDay));
}

void Box::exchange(CellState& state) {
  const bool rain = random_.uniform() < constants::kTimeStep / (4.0 * kDay);
  const double left = rain ? between(random_, 0.01, 0.5) : 1.0;
  const auto move = [&](double& value, double around, std::size_t mode) {
    value += mixed_ * (around - value);
    value *= kept_[mode] * (mode == AS || mode == CS ? left : 1.0);
  };
  for (std::size_t j = 0; j < kMasses; ++j)
    move(state[So4Ns + j], around_[So4Ns + j], static_cast<std::size_t>(kMassColumns[j].mode));
  for (std::size_t k = 0; k < kModes; ++k) move(state[number_of(k)], around_[number_of(k)], k);
}

void Box::emit(double production, double cloud_cover, CellState& state) const {
  for (std::size_t c = 0; c < kColumns; ++c) state[c] += source_[c];
  const double sulphate = production * constants::kTimeStep;  // [molecules/cm³]
  const double primary = 0.03 * sulphate * constants::kAcid / constants::kAvogadro;
  add_particles(state, So4Ks, 0.5 * primary, 30e-7);
  add_particles(state, So4As, 0.5 * primary, 75e-7);
  const double in_cloud = sulphate * cloud_water_ * cloud_cover, large = state[NAs] + state[NCs];
  if (large <= 0.0) return;
  state[So4As] += in_cloud * state[NAs] / large;
  state[So4Cs] += in_cloud * state[NCs] / large;
}

Weather Box::advance(std::int64_t step, CellState& state) {
  random_.seek(static_cast<std::uint32_t>(step) + 1);
  const double time = noon_ + static_cast<double>(step) * constants::kTimeStep;
  const double sun = std::cos(2.0 * std::numbers::pi * time / kDay);
  const auto noise = random_.normal_pair();
  const double innovation = std::sqrt(1.0 - kPersistence * kPersistence);
  humidity_away_ = kPersistence * humidity_away_ + innovation * 0.5 * noise[0];
  cloud_away_ = kPersistence * cloud_away_ + innovation * 0.4 * noise[1];

  Weather weather;
  weather.air.pressure = pressure_;
  weather.air.temperature = temperature_ + 2.0 * sun;
  weather.air.humidity = 1.0 / (1.0 + std::exp(-(humidity_logit_ + humidity_away_)));
  weather.air.cloud_cover = cloudy_ ? std::clamp(cloud_mean_ + cloud_away_, 0.0, 1.0) : 0.0;
  weather.air.forest = in_boundary_ ? forest_ : 0.0;
  weather.air.production = noon_production_ * (std::max(sun, 0.0) + 0.01) * std::exp(0.3 * random_.normal());
  weather.ionisation = ionisation_;
  weather.in_boundary = in_boundary_;
  weather.forest = forest_;
  exchange(state);
  emit(weather.air.production, weather.air.cloud_cover, state);
  return weather;
}

}  // namespace difftrack::aerosol
