// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/aerosol/emulator/emulate.cpp"
#include <fmt/format.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/aerosol/emulator/network-inl.hpp"
#include "difftrack/aerosol/processes-inl.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"

#ifndef DIFFTRACK_AEROSOL_EMULATED_BLOCK
#define DIFFTRACK_AEROSOL_EMULATED_BLOCK
namespace difftrack::aerosol {

/// Cells of an emulator that are worked on together, and what is known of them.
struct EmulatedBlock {
  static constexpr std::size_t kCells = 64, kIn = 6 + kColumns, kOut = kNewState + kSoluble;
  static constexpr std::size_t kPadded = (kNetworkOutputs + 3) / 4 * 4;  // outputs, in whole groups of units
  static constexpr std::size_t kMostHidden = 512;

  alignas(64) double in[kIn][kCells];
  alignas(64) float features[kFeatures][kCells];
  alignas(64) double nucleated[2][kCells];  // particles, sulphate
  alignas(64) float hidden[2][kMostHidden][kCells];
  alignas(64) float outputs[kPadded][kCells];
  alignas(64) double out[kOut][kCells];
};

/// Weights in the order in which the kernel reads them; hidden units padded to whole groups.
struct PackedNetwork {
  std::size_t hidden;
  const float *mean, *inverse_deviation, *weight1, *bias1, *weight2, *bias2, *weight3, *direct, *bias3;
};

}  // namespace difftrack::aerosol
#endif

HWY_BEFORE_NAMESPACE();
namespace difftrack::aerosol::HWY_NAMESPACE {

/// What the network is told of a vector of cells: calls put(value) for each feature, before its logarithm; returns
/// nucleated particles and sulphate.
template <class Put>
HWY_INLINE std::array<V, 2> VectorFeatures(const VectorAir& air, VectorState state, Put&& put) {
  using namespace constants;
  const VectorState before = state;
  std::array<V, kMasses> q;
  std::array<V, kModes> radius, volume;
  std::array<V, kSoluble> dry_log;
  for (std::size_t k = 0; k < kModes; ++k) {
    PerParticle(state, k, q);
    const DrySums dry = SumSpecies(q, k);
    const DryRadius dry_radius = RadiusOf(dry.volume, k);
    volume[k] = dry.volume;
    if (k < kSoluble) {
      radius[k] = Moisten<2>(air, dry, dry_radius, state.number[k]).radius;
      dry_log[k] = hn::Max(dry_radius.log, Set(std::log(least::kRadius)));
    } else {
      radius[k] =
          IfElse0(hn::And(Above(dry.volume, kLeastMass), Above(state.number[k], kFewParticles)), dry_radius.radius);
    }
  }
  const Sink sink = CondensationSink(air, state, radius);
  const Condensed condensed = Condense(air, state, sink);
  const Nucleated nucleated = Nucleate(air, condensed.gas, sink.total);
  const V clear = 1.0 - air.cloud_cover;
  put(air.temperature);
  put(air.pressure);
  put(air.humidity);
  put(air.cloud_cover);
  put(clear + least::kClear);
  put(air.forest);
  put(air.production + least::kGas);
  put(before.gas + air.production * kTimeStep + least::kGas);
  put(sink.total + least::kSink);
  put(IfElse0(Above(clear, 0.0), condensed.gas / clear) + least::kGas);
  put(nucleated.particles + least::kNew);
  put(nucleated.sulphate + least::kGas);
  for (std::size_t k = 0; k < kModes; ++k) put(state.number[k] + least::kParticles);
  for (std::size_t k = 0; k < kModes; ++k) put(hn::Max(radius[k], Set(least::kRadius)));
  for (std::size_t k = 0; k < kSoluble; ++k) put(dry_log[k]);
  const V per_sink = 1.0 / hn::Max(sink.total, Set(kLeastSink));
  for (std::size_t k = 0; k < kModes; ++k) put(sink.mode[k] * per_sink + least::kShare);
  std::array<V, 3> grown_log;
  for (std::size_t k = 0; k < 3; ++k) {
    const V gained = (state.mass[k] - before.mass[k]) / hn::Max(state.number[k], Set(kFewParticles));
    const V grown = volume[k] + gained * (kSulphateInWater / kAvogadro / kSulphateDensity);
    grown_log[k] = hn::Max(RadiusOf(grown, k).log, Set(std::log(least::kRadius)));
    put(grown_log[k]);
  }
  for (std::size_t k = 0; k < 3; ++k) {
    const double limit = std::log(kLowerRadius[k + 1]), middle = 0.5 * (std::log(kLowerRadius[k]) + limit);
    const M grows = Above(grown_log[k], middle);
    const V stay = Normal<11>((limit - grown_log[k]) * (1.0 / kLogWidth[k]));
    put(IfElse0(grows, 1.0 - stay) + least::kOutgrown);
    put(IfElse0(grows, 1.0 - stay * Exp(3.0 * (middle - grown_log[k]))) + least::kOutgrown);
  }
  const auto put_share = [&](Column column, std::size_t mode) {
    const auto j = static_cast<std::size_t>(column - So4Ns);
    const V part = q[j] * (grams(kMassColumns[j], kSulphateInWater) / kMassColumns[j].density);
    put(IfElse0(Above(volume[mode], 0.0), part / volume[mode]));
  };
  for (const Column column : {So4Ks, BcKs}) put_share(column, KS);
  for (const Column column : {So4As, BcAs, DuAs}) put_share(column, AS);
  for (const Column column : {So4Cs, BcCs, DuCs}) put_share(column, CS);
  put_share(BcKi, KI);
  return {nucleated.particles, nucleated.sulphate};
}

/// Features and nucleated particles of a block.
void FeaturesOfBlock(EmulatedBlock& block) {
  constexpr Tag d;
  constexpr hn::Rebind<float, Tag> narrow;
  for (std::size_t i = 0; i < EmulatedBlock::kCells; i += hn::Lanes(d)) {
    const auto in = [&](std::size_t column) { return hn::Load(d, block.in[column] + i); };
    const VectorAir air{in(0), in(1), in(2), in(3), in(4), in(5)};
    VectorState state;
    state.gas = in(6);
    for (std::size_t j = 0; j < kMasses; ++j) state.mass[j] = in(7 + j);
    for (std::size_t k = 0; k < kModes; ++k) state.number[k] = in(7 + kMasses + k);
    std::size_t at = 0;
    const std::array<V, 2> nucleated = VectorFeatures(
        air, state, [&](V value) { hn::Store(hn::DemoteTo(narrow, value), narrow, block.features[at++] + i); });
    for (std::size_t k = 0; k < 2; ++k) hn::Store(nucleated[k], d, block.nucleated[k] + i);
  }
  constexpr hn::CappedTag<float, 16> wide;
  for (std::size_t f = 0; f < kFeatures; ++f) {
    if (!kLogarithms[f]) continue;
    for (std::size_t i = 0; i < EmulatedBlock::kCells; i += hn::Lanes(wide))
      hn::Store(hn::Log(wide, hn::Load(wide, block.features[f] + i)), wide, block.features[f] + i);
  }
}

HWY_INLINE void RunNetwork(const PackedNetwork& net, EmulatedBlock& block) {
  constexpr std::size_t kCells = EmulatedBlock::kCells;
  constexpr hn::CappedTag<float, 16> d;
  for (std::size_t f = 0; f < kFeatures; ++f)
    for (std::size_t i = 0; i < kCells; i += hn::Lanes(d)) {
      const auto z = hn::Mul(hn::Sub(hn::Load(d, block.features[f] + i), hn::Set(d, net.mean[f])),
                             hn::Set(d, net.inverse_deviation[f]));
      hn::Store(hn::Min(hn::Max(z, hn::Set(d, -kFarthest)), hn::Set(d, kFarthest)), d, block.features[f] + i);
    }
  float *z = block.features[0], *first = block.hidden[0][0], *second = block.hidden[1][0], *out = block.outputs[0];
  Begin(net.bias1, net.hidden, kCells, first);
  AddProduct(net.weight1, net.hidden, kFeatures, z, kCells, first);
  Rectify(net.hidden * kCells, first);
  Begin(net.bias2, net.hidden, kCells, second);
  AddProduct(net.weight2, net.hidden, net.hidden, first, kCells, second);
  Rectify(net.hidden * kCells, second);
  Begin(net.bias3, EmulatedBlock::kPadded, kCells, out);
  AddProduct(net.weight3, EmulatedBlock::kPadded, net.hidden, second, kCells, out);
  AddProduct(net.direct, EmulatedBlock::kPadded, kFeatures, z, kCells, out);
  for (std::size_t o = 0; o < kNetworkOutputs; ++o)
    for (std::size_t i = 0; i < kCells; i += hn::Lanes(d)) {
      const auto x = hn::Min(hn::Max(hn::Load(d, block.outputs[o] + i), hn::Set(d, -kSteepest)), hn::Set(d, kSteepest));
      hn::Store(hn::Exp(d, x), d, block.outputs[o] + i);
    }
}

/// What the pools make of the state; the outputs are exponentials already.
HWY_INLINE void ApplyPools(EmulatedBlock& block, std::size_t count) {
  constexpr Tag d;
  constexpr hn::Rebind<float, Tag> narrow;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto output = [&](std::size_t o) { return hn::PromoteTo(d, hn::Load(narrow, block.outputs[o] + i)); };
    std::array<V, kPoolColumns> before, after;
    for (std::size_t c = 0; c < kNewState; ++c)
      before[c] = hn::Load(d, block.in[6 + static_cast<std::size_t>(kStateColumns[c])] + i);
    before[0] = before[0] + hn::Load(d, block.in[5] + i) * constants::kTimeStep;
    before[kNewParticles] = hn::Load(d, block.nucleated[0] + i);
    before[kNewSulphate] = hn::Min(hn::Load(d, block.nucleated[1] + i), before[0]);
    before[0] = before[0] - before[kNewSulphate];
    after = before;
    for (const Pool& pool : kPools) after[pool.source] = Set(0.0);
    for (const Pool& pool : kPools) {
      std::array<V, Pool::kMost> weight;
      V sum = Set(1.0);
      for (std::size_t j = 0; j < pool.targets; ++j) {
        weight[j] = output(pool.first + j);
        sum = sum + weight[j];
      }
      const V all = before[pool.source], each = all / sum;
      V left = all;
      for (std::size_t j = 0; j < pool.targets; ++j) {
        const V moved = hn::Min(left, each * weight[j]);
        left = left - moved;
        if (pool.to[j] < 0) continue;
        V& there = after[static_cast<std::size_t>(pool.to[j])];
        there = there + moved;
      }
      if (pool.rest < 0) continue;
      V& rest = after[static_cast<std::size_t>(pool.rest)];
      rest = rest + left;
    }
    std::array<V, kSoluble> volume;
    volume.fill(Set(0.0));
    for (std::size_t c = 0; c < kNewState; ++c) {
      hn::Store(after[c], d, block.out[c] + i);
      if (kWetVolumes[c].mode < 0) continue;
      V& sum = volume[static_cast<std::size_t>(kWetVolumes[c].mode)];
      sum = sum + after[c] * kWetVolumes[c].volume;
    }
    for (std::size_t k = 0; k < kSoluble; ++k)
      hn::Store(volume[k] * output(kPoolOutputs + k), d, block.out[kNewState + k] + i);
  }
}

/// One emulated step of a block.
void EmulateBlock(const PackedNetwork& net, EmulatedBlock& block, std::size_t count) {
  FeaturesOfBlock(block);
  RunNetwork(net, block);
  ApplyPools(block, count);
}

}  // namespace difftrack::aerosol::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::aerosol {

HWY_EXPORT(FeaturesOfBlock);
HWY_EXPORT(EmulateBlock);

namespace {

constexpr std::size_t kTogether = 16;  // blocks of one task

/// Rows of a matrix in groups of four: the inputs of a group one after the other, four units each. Rows and columns
/// beyond the matrix are 0.
void pack(const std::vector<float>& matrix, std::size_t rows, std::size_t columns, std::size_t padded_rows,
          std::size_t padded_columns, std::vector<float>& to) {
  for (std::size_t row = 0; row < padded_rows; row += 4)
    for (std::size_t c = 0; c < padded_columns; ++c)
      for (std::size_t u = row; u < row + 4; ++u)
        to.push_back(u < rows && c < columns ? matrix[u * columns + c] : 0.0F);
}
void pack(const std::vector<float>& vector, std::size_t padded, std::vector<float>& to) {
  to.insert(to.end(), vector.begin(), vector.end());
  to.resize(to.size() + padded - vector.size());
}

std::size_t padded(std::size_t units) { return (units + 3) / 4 * 4; }

PackedNetwork unpack(const std::vector<float>& weights, std::size_t units) {
  const std::size_t h = padded(units), out = EmulatedBlock::kPadded;
  const float* at = weights.data();
  const auto take = [&](std::size_t count) { return std::exchange(at, at + count); };
  PackedNetwork net{};
  net.hidden = h;
  net.mean = take(kFeatures);
  net.inverse_deviation = take(kFeatures);
  net.weight1 = take(h * kFeatures);
  net.bias1 = take(h);
  net.weight2 = take(h * h);
  net.bias2 = take(h);
  net.weight3 = take(out * h);
  net.direct = take(out * kFeatures);
  net.bias3 = take(out);
  return net;
}

/// Calls work(block, first, count) for each block of cells, with its columns in place.
template <class Work>
void for_each_block(const Cells& cells, int threads, Work&& work) {
  std::array<const double*, EmulatedBlock::kIn> in{cells.pressure.data(), cells.temperature.data(),
                                                   cells.humidity.data(), cells.cloud_cover.data(),
                                                   cells.forest.data(),   cells.production.data()};
  for (std::size_t c = 0; c < kColumns; ++c) in[6 + c] = cells.state[c].data();
  constexpr std::size_t kCells = EmulatedBlock::kCells, kOfTask = kTogether * kCells;
  core::parallel_for(
      static_cast<std::int64_t>((cells.size() + kOfTask - 1) / kOfTask), threads, [&](std::int64_t task) {
        const auto block = std::make_unique<EmulatedBlock>();
        const std::size_t end = std::min(cells.size(), (static_cast<std::size_t>(task) + 1) * kOfTask);
        for (std::size_t first = static_cast<std::size_t>(task) * kOfTask; first < end; first += kCells) {
          const std::size_t count = std::min(kCells, end - first);
          for (std::size_t c = 0; c < EmulatedBlock::kIn; ++c) {
            std::copy_n(in[c] + first, count, block->in[c]);
            std::fill(block->in[c] + count, block->in[c] + kCells, block->in[c][count - 1]);
          }
          work(*block, first, count);
        }
      });
}

}  // namespace

void EmulatedCells::resize(std::size_t n) {
  for (auto& column : state) column.resize(n);
  for (auto& column : water) column.resize(n);
}

Emulate::Emulate(const EmulatorModel& model, const Config& config) : config_(config), hidden_(model.hidden) {
  if (hidden_ > EmulatedBlock::kMostHidden)
    throw core::InputError({"", "hidden units", fmt::format("{}", hidden_)},
                           fmt::format("are more than {}", EmulatedBlock::kMostHidden));
  const std::size_t h = padded(hidden_), out = EmulatedBlock::kPadded;
  pack(model.mean, kFeatures, weights_);
  std::vector<float> inverse(kFeatures);
  for (std::size_t i = 0; i < kFeatures; ++i) inverse[i] = 1.0F / model.deviation[i];
  pack(inverse, kFeatures, weights_);
  pack(model.weight1, hidden_, kFeatures, h, kFeatures, weights_);
  pack(model.bias1, h, weights_);
  pack(model.weight2, hidden_, hidden_, h, h, weights_);
  pack(model.bias2, h, weights_);
  pack(model.weight3, kNetworkOutputs, hidden_, out, h, weights_);
  pack(model.direct, kNetworkOutputs, kFeatures, out, kFeatures, weights_);
  pack(model.bias3, out, weights_);
}

EmulatedCells Emulate::operator()(const Cells& cells) const {
  EmulatedCells result;
  (*this)(cells, result);
  return result;
}

void Emulate::operator()(const Cells& cells, EmulatedCells& result) const {
  result.resize(cells.size());
  const PackedNetwork net = unpack(weights_, hidden_);
  for_each_block(cells, config_.threads, [&](EmulatedBlock& block, std::size_t first, std::size_t count) {
    HWY_DYNAMIC_DISPATCH(EmulateBlock)(net, block, count);
    for (std::size_t c = 0; c < kNewState; ++c) std::copy_n(block.out[c], count, result.state[c].data() + first);
    for (std::size_t k = 0; k < kSoluble; ++k)
      std::copy_n(block.out[kNewState + k], count, result.water[k].data() + first);
  });
}

void Emulate::features(const Cells& cells, std::vector<float>& features, std::vector<float>& nucleated, int threads) {
  features.resize(cells.size() * kFeatures);
  nucleated.resize(2 * cells.size());
  for_each_block(cells, threads, [&](EmulatedBlock& block, std::size_t first, std::size_t count) {
    HWY_DYNAMIC_DISPATCH(FeaturesOfBlock)(block);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t f = 0; f < kFeatures; ++f) features[(first + i) * kFeatures + f] = block.features[f][i];
      for (std::size_t k = 0; k < 2; ++k) nucleated[2 * (first + i) + k] = static_cast<float>(block.nucleated[k][i]);
    }
  });
}

EmulatedRows emulate_rows(const Emulate& emulate, const std::vector<float>& x) {
  const EmulatedCells after = emulate(cells_of(x));
  EmulatedRows rows;
  rows.y.resize(after.size() * kOutputs);
  rows.new_state.resize(after.size() * kNewState);
  for (std::size_t i = 0; i < after.size(); ++i) {
    for (std::size_t c = 0; c < kNewState; ++c) {
      const double value = after.state[c][i];
      rows.new_state[i * kNewState + c] = value;
      rows.y[i * kOutputs + c] = value - double{x[i * kInputs + kFirstState + c]};
    }
    for (std::size_t k = 0; k < kSoluble; ++k) rows.y[i * kOutputs + kNewState + k] = after.water[k][i];
  }
  return rows;
}

}  // namespace difftrack::aerosol
#endif
