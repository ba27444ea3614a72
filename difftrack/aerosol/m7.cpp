// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/aerosol/m7.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "difftrack/aerosol/m7.hpp"
#include "difftrack/aerosol/processes-inl.hpp"
#include "difftrack/core/parallel.hpp"

#ifndef DIFFTRACK_AEROSOL_BLOCK
#define DIFFTRACK_AEROSOL_BLOCK
namespace difftrack::aerosol {

/// Cells that are worked on together: their columns stay in the cache, and every vector divides them.
inline constexpr std::size_t kBlock = 64;

/// Columns of a block, in and out.
struct Block {
  enum Extra : int { Water = kColumns, Rate = Water + kSoluble, New, SinkRate, Grown, kOut = Grown + 3 };
  static constexpr std::size_t kIn = 6 + kColumns;
  alignas(64) double in[kIn][kBlock];
  alignas(64) double out[kOut][kBlock];
};

}  // namespace difftrack::aerosol
#endif

HWY_BEFORE_NAMESPACE();
namespace difftrack::aerosol::HWY_NAMESPACE {

/// Moves what the lost particles of a mode carry: `kept` stays, `moved` is spread over soluble modes by `share`.
struct Movement {
  VectorLosses losses;
  V to_ks, to_as, to_cs;  // particles that go there
  M any;
};

HWY_INLINE V Keep(const Movement& movement, V before, V per_particle) {
  return If(movement.any, (movement.losses.left + movement.losses.among) * per_particle, before);
}
HWY_INLINE M AnyLost(const VectorLosses& losses) {
  return hn::Or(hn::Ne(losses.to_others, hn::Zero(Tag())), hn::Ne(losses.among, hn::Zero(Tag())));
}

/// More of the nucleated particles meet insoluble ones, which they coat: particles that go to KI AI CI beyond the
/// shares; as coat_insoluble of the reference.
HWY_INLINE V ExtraToInsoluble(const VectorLosses& ns, V insoluble, V soluble, V a, V layers, V per_particle) {
  using namespace constants;
  const M active = hn::And(Above(ns.to_others, 0.0), hn::And(hn::Gt(soluble, insoluble), Above(insoluble, kTiny)));
  const V rate = a * kTimeStep, all = insoluble + soluble;
  const V by_all = 2.0 + rate * all, by_soluble = 2.0 + rate * soluble, by_insoluble = 2.0 + rate * insoluble;
  const V met_all = 2.0 * rate * soluble * insoluble * (4.0 + rate * all) / (by_all * by_soluble * by_insoluble);
  const V few = IfElse0(hn::Le(insoluble, Set(1.0)), 4.0 * insoluble / (by_all * by_soluble));
  const V met = hn::Min(met_all + few, insoluble);
  const V extra = layers / insoluble * met / per_particle;
  return IfElse0(active, hn::Min(extra, 0.95 * ns.among));
}

struct Coating {
  std::array<V, 3> layer;   // a monolayer on KI AI CI [molecules]
  std::array<V, 3> gained;  // brought by soluble particles [molecules/cm³]
};

/// Coagulation; `state` has condensed and nucleated sulphate, and the numbers before. Returns what coats KI AI CI.
HWY_INLINE Coating Coagulate(VectorState& state, const std::array<VectorMover, kModes>& m, const Nucleated& nucleated,
                             const std::array<V, kModes>& radius, const std::array<V, kMasses>& q) {
  using namespace constants;
  const auto& n = state.number;
  const auto met = [&](std::size_t one, std::size_t other) { return Kernel(m[one], m[other]) * n[other]; };
  const auto self = [&](std::size_t k) { return 0.5 * Kernel(m[k], m[k]); };
  const V zero = hn::Zero(Tag());
  Coating coating;
  for (std::size_t k = 0; k < 3; ++k) {
    const V surface = radius[KI + k] * kOverSurface[KI + k];
    coating.layer[k] = 4.0 * kPi / kMonolayer * surface * surface;
  }

  const V ki_ks = met(KI, KS), ki_as = met(KI, AS), ki_b = ki_ks + ki_as;
  Movement ki{Lose(n[KI], self(KI), ki_b), zero, zero, zero, M()};
  ki.any = AnyLost(ki.losses);
  const V ki_each = IfElse0(Above(ki_b, 0.0), ki.losses.to_others / ki_b);
  ki.to_ks = ki_each * ki_ks;
  ki.to_as = ki_each * ki_as;

  const std::array<V, kModes> ns_met{zero,        met(NS, KS), met(NS, AS), met(NS, CS),
                                     met(NS, KI), met(NS, AI), met(NS, CI)};
  const V ns_b = ns_met[1] + ns_met[2] + ns_met[3] + ns_met[4] + ns_met[5] + ns_met[6], ns_a = self(NS);
  VectorLosses ns_losses = LoseWhileNucleating(n[NS], nucleated.particles, ns_a, ns_b);
  const V ns_all = n[NS] + nucleated.particles;
  const V ns_q = IfElse0(Above(ns_all, 0.0), state.mass[0] / ns_all);
  const V insoluble = ki.losses.left + n[AI] + n[CI];
  const V layers = ki.losses.left * coating.layer[0] + n[AI] * coating.layer[1] + n[CI] * coating.layer[2];
  const V extra = ExtraToInsoluble(ns_losses, insoluble, ns_all + n[KS], ns_a, layers, ns_q);
  const V ns_each = IfElse0(Above(ns_b, 0.0), ns_losses.to_others / ns_b);
  const V each_extra = IfElse0(Above(extra, 0.0), extra / insoluble);
  const std::array<V, 3> ns_to_insoluble{ns_each * ns_met[4] + each_extra * ki.losses.left,
                                         ns_each * ns_met[5] + each_extra * n[AI],
                                         ns_each * ns_met[6] + each_extra * n[CI]};
  ns_losses.among = ns_losses.among - extra;
  ns_losses.to_others = ns_losses.to_others + extra;
  const Movement ns{ns_losses, ns_each * ns_met[1] + ns_to_insoluble[0], ns_each * ns_met[2] + ns_to_insoluble[1],
                    ns_each * ns_met[3] + ns_to_insoluble[2], AnyLost(ns_losses)};

  const V ks_as = met(KS, AS), ks_cs = met(KS, CS), ks_ai = met(KS, AI), ks_ci = met(KS, CI);
  const V ks_b = ks_as + ks_cs + ks_ai + ks_ci;
  Movement ks{Lose(n[KS], self(KS), ks_b), zero, zero, zero, M()};
  ks.any = AnyLost(ks.losses);
  const V ks_each = IfElse0(Above(ks_b, 0.0), ks.losses.to_others / ks_b);
  const V ks_to_ai = ks_each * ks_ai, ks_to_ci = ks_each * ks_ci;
  ks.to_as = ks_each * ks_as + ks_to_ai;
  ks.to_cs = ks_each * ks_cs + ks_to_ci;
  const V ks_q = IfElse0(Above(n[KS], 0.0), state.mass[1] / n[KS]);
  const VectorLosses as = Lose(n[AS], self(AS), zero);

  for (std::size_t k = 0; k < 3; ++k) coating.gained[k] = ns_to_insoluble[k] * ns_q;
  coating.gained[1] = coating.gained[1] + ks_to_ai * ks_q;
  coating.gained[2] = coating.gained[2] + ks_to_ci * ks_q;

  auto& mass = state.mass;
  const auto at = [&](Column column) -> V& { return mass[static_cast<std::size_t>(column - So4Ns)]; };
  const auto per_particle = [&](Column column) { return q[static_cast<std::size_t>(column - So4Ns)] * 1e12; };
  at(So4Ns) = Keep(ns, at(So4Ns), ns_q);
  at(So4Ks) = Keep(ks, at(So4Ks), ks_q) + ns.to_ks * ns_q;
  at(So4As) = at(So4As) + ns.to_as * ns_q + ks.to_as * ks_q;
  at(So4Cs) = at(So4Cs) + ns.to_cs * ns_q + ks.to_cs * ks_q;
  const auto carry = [&](Column from_ki, Column in_ks, Column in_as, Column in_cs) {
    const V insoluble_q = per_particle(from_ki), soluble_q = per_particle(in_ks);
    at(from_ki) = Keep(ki, at(from_ki), insoluble_q);
    at(in_ks) = Keep(ks, at(in_ks), soluble_q) + ki.to_ks * insoluble_q;
    at(in_as) = at(in_as) + ki.to_as * insoluble_q + ks.to_as * soluble_q;
    at(in_cs) = at(in_cs) + ks.to_cs * soluble_q;
  };
  carry(BcKi, BcKs, BcAs, BcCs);
  carry(OcKi, OcKs, OcAs, OcCs);
  state.number[KI] = ki.losses.left;
  state.number[NS] = ns.losses.left;
  state.number[KS] = ks.losses.left;
  state.number[AS] = as.left;
  return coating;
}

/// Insoluble particles with a monolayer of sulphate become soluble, with what they carry.
HWY_INLINE void Age(VectorState& state, const Coating& coating, const std::array<V, 3>& condensed,
                    const std::array<V, kMasses>& q) {
  using namespace constants;
  const auto move = [&](Column from, Column to, V aged) {
    V& left = state.mass[static_cast<std::size_t>(from - So4Ns)];
    V& there = state.mass[static_cast<std::size_t>(to - So4Ns)];
    const V moved = hn::Min(left, aged * q[static_cast<std::size_t>(from - So4Ns)] * 1e12);
    left = left - moved;
    there = there + moved;
  };
  for (std::size_t k = 0; k < 3; ++k) {
    const std::size_t to = KS + k;
    V& number = state.number[KI + k];
    state.mass[to] = state.mass[to] + condensed[k];
    const M able = hn::And(hn::Ge(number, Set(kFewToAge)), Above(coating.layer[k], kTiny));
    const V aged = IfElse0(able, hn::Min(number, (condensed[k] + coating.gained[k]) / coating.layer[k]));
    number = number - aged;
    state.number[to] = state.number[to] + aged;
    if (k == 0) {
      move(BcKi, BcKs, aged);
      move(OcKi, OcKs, aged);
    } else {
      k == 1 ? move(DuAi, DuAs, aged) : move(DuCi, DuCs, aged);
    }
  }
}

/// Shares of number and mass of a mode that stay in it.
struct VectorStaying {
  V number, mass;
};
HWY_INLINE VectorStaying Staying(const VectorState& state, const std::array<V, kMasses>& q, std::size_t mode) {
  using namespace constants;
  V mass = Set(0.0), volume = Set(0.0);
  ForColumns(mode, [&](std::size_t j) {
    const V each = q[j] * grams(kMassColumns[j], kAcid);
    mass = mass + each;
    volume = volume + each * (1.0 / kMassColumns[j].density);
  });
  const V number = state.number[mode], density = mass / volume;
  const DryRadius dry = RadiusOf(SumSpecies(q, mode).volume, mode);
  const double limit = kLowerRadius[mode + 1], middle2 = kLowerRadius[mode] * limit;
  const double middle = std::sqrt(middle2) * kOverMass[mode];
  const V middle_mass = kSphere * middle * middle * middle * density;
  const V limit_mass = kSphere * limit * limit * limit * density;
  const M active = hn::And(hn::And(Above(number, kNoParticles), Above(dry.radius, kTiny)), hn::Gt(mass, middle_mass));
  if (hn::AllFalse(Tag(), active)) return {Set(1.0), Set(1.0)};
  V below = Normal((std::log(limit) - dry.log) * (1.0 / kLogWidth[mode]));
  below = If(Above(below, kTiny), below, Set(1.0));
  below = If(Above(dry.radius, 10.0 * limit), hn::Zero(Tag()), below);
  const V leaving = 1.0 - below, stay = below * middle_mass / mass;
  const M moves = Above(leaving * number, 0.0);
  const V moved = mass * (1.0 - stay);  // per particle of the mode
  const V number_stays = If(hn::Lt(moved, limit_mass * leaving), 1.0 - moved / limit_mass, below);
  return {If(active, If(moves, number_stays, below), Set(1.0)), If(hn::And(active, moves), stay, Set(1.0))};
}

/// One step of the cells of a block.
void StepBlock(Block& block, std::size_t count) {
  constexpr Tag d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto in = [&](std::size_t column) { return hn::Load(d, block.in[column] + i); };
    const auto out = [&](std::size_t column, V value) { hn::Store(value, d, block.out[column] + i); };
    const VectorAir air{in(0), in(1), in(2), in(3), in(4), in(5)};
    VectorState state;
    state.gas = in(6);
    for (std::size_t j = 0; j < kMasses; ++j) state.mass[j] = in(7 + j);
    for (std::size_t k = 0; k < kModes; ++k) state.number[k] = in(7 + kMasses + k);

    std::array<V, kMasses> q;
    std::array<V, kModes> radius, density;
    for (std::size_t k = 0; k < kModes; ++k) {
      PerParticle(state, k, q);
      const DrySums dry = SumSpecies(q, k);
      const DryRadius dry_radius = RadiusOf(dry.volume, k);
      if (k < kSoluble) {
        const WetMode wet = Moisten(air, dry, dry_radius, state.number[k]);
        radius[k] = wet.radius;
        density[k] = wet.density;
        continue;
      }
      const M filled =
          hn::And(Above(dry.volume, constants::kLeastMass), Above(state.number[k], constants::kFewParticles));
      radius[k] = IfElse0(filled, dry_radius.radius);
      density[k] = IfElse0(filled, dry.mass / dry.volume);
    }
    const Sink sink = CondensationSink(air, state, radius);
    const Condensed condensed = Condense(air, state, sink);
    const Nucleated nucleated = Nucleate(air, condensed.gas, sink.total);
    state.gas = nucleated.gas;
    state.mass[0] = state.mass[0] + nucleated.sulphate;
    const auto movers = Movers(air, state, radius, density);
    const Coating coating = Coagulate(state, movers, nucleated, radius, q);
    Age(state, coating, condensed.coating, q);

    std::array<VectorStaying, 3> stays;
    for (std::size_t k = 0; k < 3; ++k) {
      PerParticle(state, k, q);
      stays[k] = Staying(state, q, k);
    }
    for (std::size_t k = 3; k-- > 0;) {  // from above, so that each mode moves what it had
      const V grown = state.number[k] * (1.0 - stays[k].number);
      state.number[k] = state.number[k] - grown;
      state.number[k + 1] = state.number[k + 1] + grown;
      ForColumns(k, [&](std::size_t j) {
        const V moved = state.mass[j] * (1.0 - stays[k].mass);
        const std::size_t next = static_cast<std::size_t>(kMassColumns[j].next - So4Ns);
        state.mass[j] = state.mass[j] - moved;
        state.mass[next] = state.mass[next] + moved;
      });
      out(Block::Grown + k, grown);
    }
    for (std::size_t k = 0; k < kSoluble; ++k) {
      PerParticle(state, k, q);
      const DrySums dry = SumSpecies(q, k);
      out(Block::Water + k, Moisten(air, dry, RadiusOf(dry.volume, k), state.number[k]).water);
    }
    out(Gas, state.gas);
    for (std::size_t j = 0; j < kMasses; ++j) out(So4Ns + j, state.mass[j]);
    for (std::size_t k = 0; k < kModes; ++k) out(NNs + k, state.number[k]);
    out(Block::Rate, nucleated.rate);
    out(Block::New, nucleated.particles);
    out(Block::SinkRate, sink.total);
  }
}

}  // namespace difftrack::aerosol::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::aerosol {

HWY_EXPORT(StepBlock);

void StepResult::resize(std::size_t n) {
  for (auto& column : state) column.resize(n);
  for (auto& column : water) column.resize(n);
  for (auto* column : {&nucleation_rate, &new_particles, &condensation_sink}) column->resize(n);
  for (auto& column : grown) column.resize(n);
}

StepResult M7::operator()(const Cells& cells) const {
  StepResult result;
  (*this)(cells, result);
  return result;
}

void M7::operator()(const Cells& cells, StepResult& result) const {
  result.resize(cells.size());
  std::array<const double*, Block::kIn> in{cells.pressure.data(),    cells.temperature.data(), cells.humidity.data(),
                                           cells.cloud_cover.data(), cells.forest.data(),      cells.production.data()};
  for (std::size_t c = 0; c < kColumns; ++c) in[6 + c] = cells.state[c].data();
  std::array<double*, Block::kOut> out{};
  for (std::size_t c = 0; c < kColumns; ++c) out[c] = result.state[c].data();
  for (std::size_t k = 0; k < kSoluble; ++k) out[Block::Water + k] = result.water[k].data();
  for (std::size_t k = 0; k < 3; ++k) out[Block::Grown + k] = result.grown[k].data();
  out[Block::Rate] = result.nucleation_rate.data();
  out[Block::New] = result.new_particles.data();
  out[Block::SinkRate] = result.condensation_sink.data();

  const std::size_t blocks = (cells.size() + kBlock - 1) / kBlock;
  constexpr std::size_t kTogether = 16;  // blocks of one task
  core::parallel_for(
      static_cast<std::int64_t>((blocks + kTogether - 1) / kTogether), config_.threads, [&](std::int64_t task) {
        Block block;
        const std::size_t end = std::min(cells.size(), (static_cast<std::size_t>(task) + 1) * kTogether * kBlock);
        for (std::size_t first = static_cast<std::size_t>(task) * kTogether * kBlock; first < end; first += kBlock) {
          const std::size_t count = std::min(kBlock, end - first);
          for (std::size_t c = 0; c < Block::kIn; ++c) {
            std::copy_n(in[c] + first, count, block.in[c]);
            std::fill(block.in[c] + count, block.in[c] + kBlock, block.in[c][count - 1]);
          }
          HWY_DYNAMIC_DISPATCH(StepBlock)(block, count);
          for (std::size_t c = 0; c < Block::kOut; ++c) std::copy_n(block.out[c], count, out[c] + first);
        }
      });
}

}  // namespace difftrack::aerosol
#endif
