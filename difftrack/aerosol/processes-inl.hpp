// SPDX-License-Identifier: Apache-2.0
// Condensation, nucleation and coagulation kernel of one vector of cells; included once per instruction set.
#if defined(DIFFTRACK_AEROSOL_PROCESSES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DIFFTRACK_AEROSOL_PROCESSES_INL_HPP
#undef DIFFTRACK_AEROSOL_PROCESSES_INL_HPP
#else
#define DIFFTRACK_AEROSOL_PROCESSES_INL_HPP
#endif

#include <hwy/highway.h>

#include <array>
#include <numbers>

#include "difftrack/aerosol/modes-inl.hpp"
#include "difftrack/aerosol/vehkamaki.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::aerosol::HWY_NAMESPACE {

struct Sink {
  std::array<V, kModes> mode;
  V total;
};

/// Rates at which the modes take up gas [1/s].
HWY_INLINE Sink CondensationSink(const VectorAir& air, const VectorState& state, const std::array<V, kModes>& radius) {
  using namespace constants;
  const V warmth = air.temperature * (1.0 / 298.15);
  const V diffusion = 0.073 * (1e5 / air.pressure) * warmth * hn::Sqrt(warmth);
  const V speed = hn::Sqrt(8.0 * kGas / (kPi * kAcid) * air.temperature);
  const V path = 8.0 / kPi * diffusion / speed;
  const V resistance = 4.0 * diffusion / speed, factor = 4.0 * kPi * diffusion;
  Sink sink;
  sink.total = Set(0.0);
  for (std::size_t k = 0; k < kModes; ++k) {
    const V r = radius[k];
    const V sum = r * r + path * path;
    const V jump = (Cube(r + path) - sum * hn::Sqrt(sum)) / (3.0 * r * path) - r;
    const V away = r + jump, per_sticking = resistance * (1.0 / (k < kSoluble ? kSolubleSticking : kInsolubleSticking));
    // N 4πD r / (4D/(v r a) + r/(r + jump)) with one division
    const V rate = state.number[k] * factor * r * r * away / (per_sticking * away + r * r);
    sink.mode[k] = IfElse0(Above(r, 0.0), rate);
    sink.total = sink.total + sink.mode[k];
  }
  return sink;
}

struct Condensed {
  V gas;                     // left
  std::array<V, 3> coating;  // on KI AI CI
};

/// Gas condenses on the modes; sulphate of the soluble ones is in `state` afterwards.
HWY_INLINE Condensed Condense(const VectorAir& air, VectorState& state, const Sink& sink) {
  using namespace constants;
  const V c = air.cloud_cover, gas = state.gas, produced = air.production * kTimeStep;
  const M condensing = Above(sink.total, kLeastSink);
  const V inverse = 1.0 / sink.total, level = air.production * inverse;
  const V left = hn::Max(hn::Zero(Tag()), (gas - level) * Exp(sink.total * -kTimeStep) + level);
  const V clear = IfElse0(condensing, (1.0 - c) * (gas - left + produced) * inverse);
  const V cloudy = IfElse0(condensing, c * (gas + produced));
  std::array<V, kModes> gained;
  for (std::size_t k = 0; k < kModes; ++k) gained[k] = clear * sink.mode[k];
  M free = condensing;
  for (const std::size_t k : {CS, AS, KS, NS, CI, AI, KI}) {
    const M there = Above(sink.mode[k], 0.0);
    gained[k] = gained[k] + IfElse0(hn::And(free, there), cloudy);
    free = hn::AndNot(there, free);
  }
  for (std::size_t k = 0; k < kSoluble; ++k) state.mass[k] = state.mass[k] + gained[k];
  return {If(condensing, (1.0 - c) * left, gas + produced), {gained[KI], gained[AI], gained[CI]}};
}

struct Nucleated {
  V rate, particles, sulphate, gas;
};

/// Exponential of a fit of Vehkamäki et al.; `h`, `l`: powers 0 to 3 of ln RH and ln n.
template <class Terms>
HWY_INLINE V Fit(const Terms& terms, const std::array<V, 4>& h, const std::array<V, 4>& l, V t, V inverse_x) {
  V sum = Set(0.0);
  for (const auto& term : terms) {
    const auto& c = term.factors;
    const V factor = Set(c[0]) + t * (Set(c[1]) + t * (Set(c[2]) + t * c[3])) + c[4] * inverse_x;
    sum = sum + h[static_cast<std::size_t>(term.humidity)] * l[static_cast<std::size_t>(term.acid)] * factor;
  }
  return Exp(hn::Min(sum, Set(700.0)));
}

/// New particles in the part without clouds.
HWY_INLINE Nucleated Nucleate(const VectorAir& air, V gas, V sink) {
  using namespace constants;
  const V clear = 1.0 - air.cloud_cover;
  const V clear_gas = IfElse0(Above(clear, 0.0), gas / clear);
  const V t = Clamp(air.temperature, kColdest, kWarmest);
  const V ln_h = Log(Clamp(air.humidity, kDriest, 1.0)), ln_n = Log(Clamp(clear_gas, kLeastAcid, kMostAcid));
  const std::array<V, 4> h{Set(1.0), ln_h, ln_h * ln_h, Cube(ln_h)}, l{Set(1.0), ln_n, ln_n * ln_n, Cube(ln_n)};
  V x = Set(0.0);
  for (const auto& term : kMoleFraction)
    x = x + h[static_cast<std::size_t>(term.humidity)] * l[static_cast<std::size_t>(term.acid)] *
                (Set(term.factors[0]) + term.factors[1] * t);
  const V inverse_x = 1.0 / x;
  const V rate = Fit(kNucleationRate, h, l, t, inverse_x), cluster = Fit(kNucleationMolecules, h, l, t, inverse_x);
  const M none = hn::Or(Below(rate, kLeastRate), Below(cluster, kSmallestCluster));
  const V binary = IfElse0(hn::Not(none), hn::Min(rate, Set(kMostRate)));
  const V activation = kActivation * clear_gas * air.forest, total = binary + activation;
  const M active = Above(total, kTiny);
  const V loss = x * cluster * binary + activation;
  const V left = hn::Min(hn::Max(clear_gas - kTimeStep * loss / (1.0 + kTimeStep * sink), hn::Zero(Tag())), clear_gas);
  const V sulphate = IfElse0(active, (clear_gas - left) * clear);
  return {total, IfElse0(active, sulphate * total / loss), sulphate, gas - sulphate};
}

/// What a mode's partner in coagulation has to know.
struct VectorMover {
  V radius, diffusion, speed2, jump2;
  M there;
};
HWY_INLINE std::array<VectorMover, kModes> Movers(const VectorAir& air, const VectorState& state,
                                                  const std::array<V, kModes>& radius,
                                                  const std::array<V, kModes>& density) {
  using namespace constants;
  const V path = 2.251e-3 * air.temperature / air.pressure;
  const V viscosity = 1.827e-4 * Exp(0.74 * Log(air.temperature * (1.0 / 291.15)));
  const V stokes = kBoltzmann / (6.0 * kPi) * air.temperature / viscosity;
  const V thermal = 8.0 * kBoltzmann / kPi / kSphere * air.temperature;
  std::array<VectorMover, kModes> movers;
  for (std::size_t k = 0; k < kModes; ++k) {
    const V r = radius[k], inverse = 1.0 / r, twice = 2.0 * r;
    const V knudsen = path * 0.5 * inverse;
    const V slip = 1.0 + knudsen * (2.492 + 0.84 * Exp(-0.86 * r / path));
    VectorMover& m = movers[k];
    m.radius = r;
    m.diffusion = stokes * inverse * slip;
    m.speed2 = thermal / (Cube(r) * density[k]);
    const V y = 8.0 / kPi * m.diffusion / hn::Sqrt(m.speed2);
    const V sum = twice * twice + y * y;
    const V jump = (Cube(twice + y) - sum * hn::Sqrt(sum)) / (3.0 * twice * y) - twice;
    m.jump2 = 2.0 * jump * jump;
    m.there =
        hn::And(Above(state.number[k], kNoParticles), hn::And(Above(r, kNoParticles), Above(density[k], kNoParticles)));
  }
  return movers;
}

/// Kernel of a pair [cm³/s].
HWY_INLINE V Kernel(const VectorMover& one, const VectorMover& other) {
  const V radius = 0.5 * (one.radius + other.radius) + Set(constants::kRadiusGuard);
  const V diffusion = 0.5 * (one.diffusion + other.diffusion);
  const V way = hn::Sqrt(one.speed2 + other.speed2) * radius;
  const V away = radius + 0.5 * hn::Sqrt(one.jump2 + other.jump2);
  // 16πDR / (4D/(vR) + R/(R + H/2)) with one division
  const V kernel = 16.0 * kPi * diffusion * radius * way * away / (4.0 * diffusion * away + radius * way);
  return IfElse0(hn::And(one.there, other.there), kernel);
}

struct VectorLosses {
  V left, among, to_others;
};

HWY_INLINE M Coagulating(V number, V a, V b) {
  using namespace constants;
  return hn::And(Above(number, kNoParticles), hn::Or(hn::Ge(a, Set(kTinyRate)), hn::Ge(b, Set(kTinyRate))));
}

/// Losses of which `left` are left, split between the mode itself and others.
HWY_INLINE VectorLosses Split(V number, V left, V a, V b, M active) {
  const V lost = number - left, to_others = IfElse0(active, lost * b / (number * a + b));
  return {If(active, left, number), IfElse0(active, lost - to_others), to_others};
}

/// dN/dt = -a N² - b N in one step.
HWY_INLINE VectorLosses Lose(V number, V a, V b) {
  using namespace constants;
  const M active = Coagulating(number, a, b), alone = Below(b, kTinyRate);
  const V e = ExpOfNegative(b * -kTimeStep);
  const V left =
      If(alone, number, b * number * e) / If(alone, 1.0 + a * kTimeStep * number, number * a * (1.0 - e) + b);
  return Split(number, hn::Min(left, number), a, If(alone, hn::Zero(Tag()), b), active);
}

/// dN/dt = z - a N² - b N in one step, z = added per step; losses are of number + added.
HWY_INLINE VectorLosses LoseWhileNucleating(V number, V added, V a, V b) {
  using namespace constants;
  const V all = number + added, z = added * (1.0 / kTimeStep);
  const VectorLosses plain = Lose(all, a, b);
  const M fast = hn::And(hn::Ge(z, Set(1.0)), Coagulating(all, a, b));
  if (hn::AllFalse(Tag(), fast)) return plain;
  const M alone = Below(b, kTinyRate);
  const V rate = hn::Sqrt(b * b + 4.0 * a * z), e = Exp(rate * -kTimeStep);
  const V sum = rate + b, steady = 2.0 * z / sum, twice = 2.0 * a, share = e / (sum + twice * number);
  const V missing = share * (steady - number);
  const V with_others = (steady - sum * missing) / (1.0 + twice * missing);
  const V s = hn::Sqrt(z / a), e_alone = Exp(-2.0 * kTimeStep * s * a), f = (number + s) / (number - s);
  const V by_itself = If(Below(hn::Abs(f - e_alone), kTinyRate), all, s * (f + e_alone) / (f - e_alone));
  const V left = hn::Min(If(alone, by_itself, with_others), all);
  const VectorLosses nucleating = Split(all, left, a, If(alone, hn::Zero(Tag()), b), fast);
  return {If(fast, nucleating.left, plain.left), If(fast, nucleating.among, plain.among),
          If(fast, nucleating.to_others, plain.to_others)};
}

}  // namespace difftrack::aerosol::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
