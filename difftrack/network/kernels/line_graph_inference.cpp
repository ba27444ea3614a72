// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/network/kernels/line_graph_inference.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "difftrack/network/kernels/line_graph_inference.hpp"
#include "difftrack/network/kernels/rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {

constexpr int kBlock = 64;              // kinks per block: the activations of its 128 edges stay in the L1 cache
constexpr int kRoom = kBlock + kLanes;  // a chunk of up to kLanes kinks may begin below kBlock

/// Kinks collected from the frame until there are enough for a block.
struct KinkBlock {
  HWY_ALIGN std::int32_t from[kRoom + kLanes], to[kRoom + kLanes];
  HWY_ALIGN float theta[kRoom + kLanes];  // before processing the squared chord
  int n = 0;
};

template <int H>
struct Scratch {
  HermiteBlock<kRoom + kLanes> hermite;
  HWY_ALIGN float first[2 * (kRoom + 8) * H];
  HWY_ALIGN float second[2 * (kRoom + 8) * H];
};

/// Messages of all edges of a block, taken into the running maxima of their targets.
template <int H>
void ProcessBlock(const LineGraphModel::Step& model, bool chords, KinkBlock& block, Scratch<H>& scratch, float* rows) {
  constexpr Tag d;
  const int n = block.n;
  if (chords)
    for (int i = 0; i < n; i += kLanes) hn::Store(AngleOfChord(hn::Load(d, block.theta + i)), d, block.theta + i);
  scratch.hermite.Fill(block.theta, n);
  const float* HWY_RESTRICT table = model.table.data();
  float* HWY_RESTRICT first = scratch.first;
  for (int i = 0; i < n; ++i) {
    const float* HWY_RESTRICT from = rows + static_cast<std::size_t>(block.from[i]) * 3 * H;
    const float* HWY_RESTRICT to = rows + static_cast<std::size_t>(block.to[i]) * 3 * H;
    for (int v = 0; v < kVectors<H>; ++v) {
      const int c = v * kLanes;
      const Vec t = Interpolate<H>(scratch.hermite, i, table, v);
      const Vec forth = hn::Add(hn::Add(hn::LoadU(d, to + c), hn::LoadU(d, from + H + c)), t);
      const Vec back = hn::Add(hn::Add(hn::LoadU(d, from + c), hn::LoadU(d, to + H + c)), t);
      hn::Store(LeakyRelu(forth), d, first + 2 * i * H + c);
      hn::Store(LeakyRelu(back), d, first + (2 * i + 1) * H + c);
    }
  }
  float* HWY_RESTRICT second = scratch.second;
  MultiplyRows<H, H>(first, H, 2 * n, model.second.weight.data(), model.second.bias.data(),
                     [second](int r, int v, Vec z)
                         HWY_ATTR { hn::Store(LeakyRelu(z), Tag{}, second + r * H + v * kLanes); });
  const std::int32_t* HWY_RESTRICT target[2] = {block.to, block.from};
  MultiplyRows<H, H>(second, H, 2 * n, model.third.weight.data(), model.third.bias.data(),
                     [&target, rows, n](int r, int v, Vec message) HWY_ATTR {
                       if (r >= 2 * n) return;
                       float* maximum =
                           rows + static_cast<std::size_t>(target[r & 1][r >> 1]) * 3 * H + 2 * H + v * kLanes;
                       hn::StoreU(hn::Max(hn::LoadU(Tag{}, maximum), message), Tag{}, maximum);
                     });
  block.n = 0;
}

/// The kinks that a gate leaves: of every vector of them those that pass move up and fill the block.
template <int H>
void ProcessGatedKinks(const LineGraphModel::Step& model, const LineGraphView& view,
                       const InferenceWorkspace& workspace, float* rows) {
  constexpr Tag d;
  constexpr IntTag di;
  KinkBlock block{};
  Scratch<H> scratch;
  std::size_t kink = 0;
  for (std::int32_t h = 0; h < view.n_hits; ++h) {
    const std::int32_t begin = view.start_begin[h], end = view.start_begin[h + 1];
    for (std::int32_t k = view.end_begin[h]; k < view.end_begin[h + 1]; ++k) {
      const std::int32_t from = view.end_segment[k];
      const auto f = static_cast<std::size_t>(from);
      if (view.widest_chord2[f] < 0.0F) continue;
      const Vec ux = hn::Set(d, workspace.ux[f]), uy = hn::Set(d, workspace.uy[f]), uz = hn::Set(d, workspace.uz[f]);
      const Vec widest = hn::Set(d, view.widest_chord2[f]);
      for (std::int32_t to = begin; to < end; to += kLanes) {
        const Vec chord =
            SquaredChord(ux, uy, uz, workspace.ux.data() + to, workspace.uy.data() + to, workspace.uz.data() + to);
        const auto kept = hn::And(hn::FirstN(d, static_cast<std::size_t>(end - to)), hn::Le(chord, widest));
        const auto n = static_cast<int>(hn::CountTrue(d, kept));
        hn::StoreU(hn::Compress(chord, kept), d, block.theta + block.n);
        hn::StoreU(hn::Compress(hn::Iota(di, to), hn::RebindMask(di, kept)), di, block.to + block.n);
        hn::StoreU(hn::Set(di, from), di, block.from + block.n);
        if (view.theta)
          for (int i = 0; i < n; ++i) block.theta[block.n + i] = view.theta[kink + static_cast<std::size_t>(i)];
        block.n += n;
        kink += static_cast<std::size_t>(n);
        if (block.n >= kBlock) ProcessBlock<H>(model, !view.theta, block, scratch, rows);
      }
    }
  }
  if (block.n > 0) ProcessBlock<H>(model, !view.theta, block, scratch, rows);
}

template <int H>
void ProcessKinks(const LineGraphModel::Step& model, const LineGraphView& view, const InferenceWorkspace& workspace,
                  float* rows) {
  constexpr Tag d;
  constexpr IntTag di;
  KinkBlock block{};
  Scratch<H> scratch;
  std::size_t kink = 0;
  for (std::int32_t h = 0; h < view.n_hits; ++h) {
    const std::int32_t begin = view.start_begin[h], end = view.start_begin[h + 1];
    if (begin == end) continue;
    for (std::int32_t k = view.end_begin[h]; k < view.end_begin[h + 1]; ++k) {
      const std::int32_t from = view.end_segment[k];
      const auto f = static_cast<std::size_t>(from);
      const Vec ux = hn::Set(d, workspace.ux[f]), uy = hn::Set(d, workspace.uy[f]), uz = hn::Set(d, workspace.uz[f]);
      for (std::int32_t to = begin; to < end; to += kLanes) {
        const int n = end - to < kLanes ? end - to : kLanes;
        if (view.theta) {
          for (int i = 0; i < n; ++i) block.theta[block.n + i] = view.theta[kink + static_cast<std::size_t>(i)];
        } else {
          const Vec dx = hn::Sub(ux, hn::LoadU(d, workspace.ux.data() + to));
          const Vec dy = hn::Sub(uy, hn::LoadU(d, workspace.uy.data() + to));
          const Vec dz = hn::Sub(uz, hn::LoadU(d, workspace.uz.data() + to));
          hn::StoreU(hn::MulAdd(dx, dx, hn::MulAdd(dy, dy, hn::Mul(dz, dz))), d, block.theta + block.n);
        }
        hn::StoreU(hn::Set(di, from), di, block.from + block.n);
        hn::StoreU(hn::Iota(di, to), di, block.to + block.n);
        block.n += n;
        kink += static_cast<std::size_t>(n);
        if (block.n >= kBlock) ProcessBlock<H>(model, !view.theta, block, scratch, rows);
      }
    }
  }
  if (block.n > 0) ProcessBlock<H>(model, !view.theta, block, scratch, rows);
}

/// Projections of h_i and h_j, rows of IN, and the maxima at −infinity.
template <int IN, int H>
void ProjectSegments(const LineGraphModel::Step& model, const float* HWY_RESTRICT h, std::int32_t n,
                     float* HWY_RESTRICT rows) {
  constexpr Tag d;
  for (std::int32_t s = 0; s < n; ++s) {
    const float* HWY_RESTRICT x = h + static_cast<std::size_t>(s) * IN;
    float* HWY_RESTRICT row = rows + static_cast<std::size_t>(s) * 3 * H;
    for (int v = 0; v < kVectors<H>; ++v) {
      const int c = v * kLanes;
      Vec to = hn::Zero(d), from = hn::Zero(d);
      for (int k = 0; k < IN; ++k) {
        const auto i = static_cast<std::size_t>(k);
        to = hn::MulAdd(hn::LoadU(d, model.to_weight.data() + k * H + c), hn::Set(d, x[k] - model.to_centre[i]), to);
        from = hn::MulAdd(hn::LoadU(d, model.from_weight.data() + k * H + c), hn::Set(d, x[k] - model.from_centre[i]),
                          from);
      }
      hn::StoreU(to, d, row + c);
      hn::StoreU(from, d, row + H + c);
      hn::StoreU(hn::Set(d, -std::numeric_limits<float>::infinity()), d, row + 2 * H + c);
    }
  }
}

/// Writes the activated rows of a matrix product.
HWY_INLINE auto Into(float* out, int width) {
  return [out, width](int r, int v, Vec z) HWY_ATTR { hn::Store(LeakyRelu(z), Tag{}, out + r * width + v * kLanes); };
}

constexpr int kNodeRows = 32;  // segments per block of the node networks

/// Scratch of the node networks.
template <int H>
struct NodeScratch {
  HWY_ALIGN float input[kNodeRows * 2 * H];  ///< [h, maximum]; h has 8 columns or H
  HWY_ALIGN float even[kNodeRows * H], odd[kNodeRows * H];
};

/// The object network of segments [begin, begin + n), rows of IN in `h`, up to its last LeakyReLU; into scratch.even.
template <int IN, int H>
HWY_INLINE void UpdateSegments(const LineGraphModel::Step& model, const float* HWY_RESTRICT h,
                               const float* HWY_RESTRICT rows, std::int32_t begin, int n, NodeScratch<H>& scratch) {
  constexpr Tag d;
  constexpr int kIn = IN + H;
  const Vec none = hn::Set(d, -std::numeric_limits<float>::infinity());
  for (int r = 0; r < n; ++r) {
    const auto s = static_cast<std::size_t>(begin + r);
    float* HWY_RESTRICT in = scratch.input + r * kIn;
    for (std::size_t k = 0; k < IN; ++k) in[k] = h[s * IN + k] - model.node_centre[k];
    for (int v = 0; v < kVectors<H>; ++v) {
      const Vec maximum = hn::LoadU(d, rows + s * 3 * H + 2 * H + static_cast<std::size_t>(v * kLanes));
      hn::StoreU(hn::IfThenZeroElse(hn::Eq(maximum, none), maximum), d, in + IN + v * kLanes);
    }
  }
  MultiplyRows<kIn, H>(scratch.input, kIn, n, model.object[0].weight.data(), model.object[0].bias.data(),
                       Into(scratch.even, H));
  MultiplyRows<H, H>(scratch.even, H, n, model.object[1].weight.data(), model.object[1].bias.data(),
                     Into(scratch.odd, H));
  MultiplyRows<H, H>(scratch.odd, H, n, model.object[2].weight.data(), model.object[2].bias.data(),
                     Into(scratch.even, H));
}

/// The read-out of n segments from scratch.even.
template <int H>
HWY_INLINE void ReadOut(const LineGraphModel& model, int n, NodeScratch<H>& scratch, float* HWY_RESTRICT logits) {
  MultiplyRows<H, H>(scratch.even, H, n, model.read_out[0].weight.data(), model.read_out[0].bias.data(),
                     Into(scratch.odd, H));
  MultiplyRows<H, H>(scratch.odd, H, n, model.read_out[1].weight.data(), model.read_out[1].bias.data(),
                     Into(scratch.even, H));
  for (int r = 0; r < n; ++r) {
    float sum = model.last_bias;  // in a fixed order, so that every target adds the same numbers
    for (int c = 0; c < H; ++c) sum += model.last[static_cast<std::size_t>(c)] * scratch.even[r * H + c];
    logits[r] = sum;
  }
}

/// One step of message passing on h, rows of IN; the last one reads out, the others leave the next h in the workspace.
template <int IN, int H>
void RunStep(const LineGraphModel& model, std::size_t step, const LineGraphView& view, const float* h,
             InferenceWorkspace& workspace, float* logits) {
  float* rows = workspace.rows.data();
  const LineGraphModel::Step& at = model.steps[step];
  ProjectSegments<IN, H>(at, h, view.n_segments, rows);
  if (view.widest_chord2)
    ProcessGatedKinks<H>(at, view, workspace, rows);
  else
    ProcessKinks<H>(at, view, workspace, rows);
  const bool last = step + 1 == model.steps.size();
  NodeScratch<H> scratch;
  std::fill(std::begin(scratch.input), std::end(scratch.input), 0.0F);
  for (std::int32_t begin = 0; begin < view.n_segments; begin += kNodeRows) {
    const int n = view.n_segments - begin < kNodeRows ? view.n_segments - begin : kNodeRows;
    UpdateSegments<IN, H>(at, h, rows, begin, n, scratch);
    if (last)
      ReadOut<H>(model, n, scratch, logits + begin);
    else
      std::copy_n(scratch.even, n * H, workspace.state.data() + static_cast<std::size_t>(begin) * H);
  }
}

template <int H>
void Run(const LineGraphModel& model, const LineGraphView& view, InferenceWorkspace& workspace, float* logits) {
  const auto n = static_cast<std::size_t>(view.n_segments);
  workspace.rows.resize(n * 3 * H);
  if (model.steps.size() > 1) workspace.state.resize(n * H);
  RunStep<8, H>(model, 0, view, view.features, workspace, logits);
  for (std::size_t step = 1; step < model.steps.size(); ++step)
    RunStep<H, H>(model, step, view, workspace.state.data(), workspace, logits);
}

void RunHidden(const LineGraphModel& model, const LineGraphView& view, InferenceWorkspace& workspace, float* logits) {
  if (model.hidden == 16) return Run<16>(model, view, workspace, logits);
  if (model.hidden == 32) return Run<32>(model, view, workspace, logits);
  return Run<64>(model, view, workspace, logits);
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::network::kernels {
HWY_EXPORT(RunHidden);

void fused_logits(const LineGraphModel& model, const LineGraphView& view, InferenceWorkspace& workspace,
                  std::span<float> logits) {
  const auto n = static_cast<std::size_t>(view.n_segments);
  const auto pad = [n](AlignedVector<float>& to, const float* from) {
    to.assign(n + 16, 0.0F);
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i];
  };
  pad(workspace.ux, view.ux);
  pad(workspace.uy, view.uy);
  pad(workspace.uz, view.uz);
  HWY_DYNAMIC_DISPATCH(RunHidden)(model, view, workspace, logits.data());
}

}  // namespace difftrack::network::kernels
#endif  // HWY_ONCE
