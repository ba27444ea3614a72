// SPDX-License-Identifier: Apache-2.0
// What the modes of one vector of cells are made of; included once per instruction set.
#if defined(DIFFTRACK_AEROSOL_MODES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DIFFTRACK_AEROSOL_MODES_INL_HPP
#undef DIFFTRACK_AEROSOL_MODES_INL_HPP
#else
#define DIFFTRACK_AEROSOL_MODES_INL_HPP
#endif

#include <hwy/highway.h>

#include <array>
#include <numbers>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/growth_factor.hpp"
#include "difftrack/aerosol/lanes-inl.hpp"
#include "difftrack/aerosol/species.hpp"
#include "difftrack/aerosol/state.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::aerosol::HWY_NAMESPACE {

inline constexpr double kPi = std::numbers::pi;
inline constexpr double kSphere = 4.0 * kPi / 3.0;

struct VectorAir {
  V pressure, temperature, humidity, cloud_cover, forest, production;
};

/// Gas, masses (by Column - So4Ns) and numbers.
struct VectorState {
  V gas;
  std::array<V, kMasses> mass;
  std::array<V, kModes> number;
};

/// One mode, dry: mass columns [first column, last of them) are not in a row, so they are listed.
struct ModeColumns {
  int count;
  std::array<int, 5> columns;  // of mass
};
inline constexpr std::array<ModeColumns, kModes> kModeColumns = [] {
  std::array<ModeColumns, kModes> result{};
  for (int j = 0; j < kMasses; ++j) {
    ModeColumns& mode = result[static_cast<std::size_t>(kMassColumns[static_cast<std::size_t>(j)].mode)];
    mode.columns[static_cast<std::size_t>(mode.count++)] = j;
  }
  return result;
}();

/// Calls visit(j) for each mass column of a mode.
template <class Visit>
HWY_INLINE void ForColumns(std::size_t mode, Visit&& visit) {
  for (int i = 0; i < kModeColumns[mode].count; ++i)
    visit(static_cast<std::size_t>(kModeColumns[mode].columns[static_cast<std::size_t>(i)]));
}

/// Mass per particle of the columns of a mode, in the unit of a particle.
HWY_INLINE void PerParticle(const VectorState& state, std::size_t mode, std::array<V, kMasses>& q) {
  const V number = state.number[mode];
  const M enough = Above(number, constants::kFewParticles);
  const V inverse = 1.0 / number;
  ForColumns(mode, [&](std::size_t j) {
    const V mass = state.mass[j];
    q[j] = IfElse0(hn::And(enough, Above(mass, constants::kLeastMass)),
                   mass * inverse * to_particle_unit(kMassColumns[j]));
  });
  if (mode == NS) q[0] = If(hn::Gt(q[0], hn::Zero(Tag())), q[0], Set(constants::kSmallestParticle));
}

/// Sums over the species of a dry particle.
struct DrySums {
  V mass, volume, attracting, kappa;  // [g], [cm³], of what attracts water, and κ weighted by it
};
HWY_INLINE DrySums SumSpecies(const std::array<V, kMasses>& q, std::size_t mode) {
  DrySums sums{Set(0.0), Set(0.0), Set(0.0), Set(0.0)};
  ForColumns(mode, [&](std::size_t j) {
    const MassColumn& column = kMassColumns[j];
    const V mass = q[j] * grams(column, constants::kSulphateInWater), volume = mass * (1.0 / column.density);
    sums.mass = sums.mass + mass;
    sums.volume = sums.volume + volume;
    if (column.kappa < 0.0) return;
    sums.attracting = sums.attracting + volume;
    sums.kappa = sums.kappa + volume * column.kappa;
  });
  return sums;
}

/// Logarithm of the count median radius [ln cm] of particles of a volume [cm³], and the radius; 0 where there is none.
struct DryRadius {
  V log, radius;
};
HWY_INLINE DryRadius RadiusOf(V volume, std::size_t mode) {
  const V log = Log(hn::Max(volume, Set(1e-300)) * (1.0 / kSphere)) * (1.0 / 3.0) -
                Set(1.5 * constants::kLogWidth[mode] * constants::kLogWidth[mode]);
  return {log, IfElse0(hn::Gt(volume, hn::Zero(Tag())), Exp(log))};
}

/// Growth factor on the grid, by steps of Halley's method from the root with the Kelvin factor of a dry particle,
/// which is below the true one: three come to 1e-13 of the halvings, two to 1e-6.
template <int kSteps>
HWY_INLINE V GrowthFactor(V log_radius, V temperature, V humidity, V kappa) {
  constexpr double kLogCm = 4.605170185988092;  // ln 100
  const V t = Nearest(kGrowthGrid.temperature, temperature), rh = Nearest(kGrowthGrid.humidity, humidity);
  const V k = Nearest(kGrowthGrid.kappa, kappa);
  const V radius = Exp(Nearest(kGrowthGrid.log_radius, log_radius - kLogCm));
  const V kelvin = 2.0 * (0.0761 - 1.55e-4 * (t - 273.0)) * 0.018 / (8314.409 * t * radius);
  const V dry = rh * Exp(Set(0.0) - kelvin);
  V g = Exp(Log(1.0 + k * dry / (1.0 - dry)) * (1.0 / 3.0));
  for (int i = 0; i < kSteps; ++i) {
    const V inverse = 1.0 / g, a = rh * Exp(Set(0.0) - kelvin * inverse);
    const V square = g * g, s = g * square - 1.0, free = 1.0 - a;
    const V slope = kelvin * inverse * inverse, q = a * slope;
    const V f = s * free - k * a;
    const V f1 = 3.0 * square * free - (s + k) * q;
    const V f2 = 6.0 * g * free - 6.0 * square * q - (s + k) * q * (slope - 2.0 * inverse);
    g = g - 2.0 * f * f1 / (2.0 * f1 * f1 - f * f2);
  }
  return g;
}

/// A soluble mode with its water.
struct WetMode {
  V radius, density, water;  // [cm], [g/cm³], [kg/m³]
};
template <int kSteps = 3>
HWY_INLINE WetMode Moisten(const VectorAir& air, const DrySums& dry, const DryRadius& dry_radius, V number) {
  const V kappa = IfElse0(Above(dry.attracting, constants::kLeastAttracting), dry.kappa / dry.attracting);
  const V g = GrowthFactor<kSteps>(dry_radius.log, air.temperature, air.humidity, kappa);
  const M wet = Above(dry_radius.radius, constants::kLeastWetRadius);
  const V cube = Cube(g), water = dry.volume * (cube - 1.0);
  return {If(wet, dry_radius.radius * g, dry_radius.radius),
          If(wet, (dry.mass + water) / (dry.volume * cube), Set(1.0)), IfElse0(wet, 1000.0 * number * water)};
}

}  // namespace difftrack::aerosol::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
