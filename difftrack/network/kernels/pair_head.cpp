// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/kernels/pair_head.hpp"

#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/network/kernels/pair_head.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "difftrack/network/kernels/rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {

constexpr int kBlock = 64;  // rows whose activations stay in the L1 cache; a multiple of every tile

/// A block of rows with their activations. Columns go to the front (IN, OUT), as MultiplyRows wants them.
template <int W>
struct PairBlock {
  HWY_ALIGN float weight[kPairColumns * W];
  HWY_ALIGN float bias[W];
  HWY_ALIGN float score[W];
  HWY_ALIGN float x[kBlock * kPairColumns];
  HWY_ALIGN float activation[kBlock * W];
  float offset;

  explicit PairBlock(const PairHead& head) : offset(head.offset()) {
    for (int c = 0; c < W; ++c)
      for (int k = 0; k < kPairColumns; ++k)
        weight[k * W + c] = head.weight()[static_cast<std::size_t>(c * kPairColumns + k)];
    std::copy(head.bias().begin(), head.bias().end(), bias);
    std::copy(head.score().begin(), head.score().end(), score);
  }
  /// Activations of up to kBlock rows; what is behind them is zero.
  void Load(std::span<const float> rows) {
    std::fill(std::copy(rows.begin(), rows.end(), x), x + kBlock * kPairColumns, 0.0F);
    const int n = static_cast<int>(rows.size()) / kPairColumns;
    MultiplyRows<kPairColumns, W>(x, kPairColumns, n, weight, bias, [&](int r, int v, Vec z) {
      hn::StoreU(LeakyRelu(z), Tag{}, activation + r * W + v * kLanes);
    });
  }
};

template <int W>
void ScoresOf(const PairHead& head, std::span<const float> rows, std::span<float> scores) {
  PairBlock<W> block(head);
  for (std::size_t begin = 0; begin < scores.size(); begin += kBlock) {
    const std::size_t n = std::min<std::size_t>(kBlock, scores.size() - begin);
    block.Load(rows.subspan(begin * kPairColumns, n * kPairColumns));
    for (std::size_t r = 0; r < n; ++r) {
      // One channel after the other, so that the sum has the same bits however many lanes there are.
      float k = block.offset;
      for (int c = 0; c < W; ++c) k += block.score[c] * block.activation[r * W + static_cast<std::size_t>(c)];
      scores[begin + r] = k;
    }
  }
}

template <int W>
void GradientOf(const PairHead& head, std::span<const float> rows, std::span<const float> grad_scores,
                std::span<double> gradient) {
  constexpr Tag d;
  constexpr std::size_t kColumns = std::size_t{W} * kPairColumns;
  PairBlock<W> block(head);
  HWY_ALIGN float of_weight[kPairColumns * W], of_bias[W], of_score[W];
  for (std::size_t begin = 0; begin < grad_scores.size(); begin += kBlock) {
    const std::size_t n = std::min<std::size_t>(kBlock, grad_scores.size() - begin);
    block.Load(rows.subspan(begin * kPairColumns, n * kPairColumns));
    std::fill_n(of_weight, kPairColumns * W, 0.0F);
    std::fill_n(of_bias, W, 0.0F);
    std::fill_n(of_score, W, 0.0F);
    for (std::size_t r = 0; r < n; ++r) {
      const float g = grad_scores[begin + r];
      gradient[kColumns + 2 * W] += static_cast<double>(g);
      for (int v = 0; v < W; v += kLanes) {
        const Vec a = hn::LoadU(d, block.activation + r * W + static_cast<std::size_t>(v));
        hn::StoreU(hn::MulAdd(hn::Set(d, g), a, hn::LoadU(d, of_score + v)), d, of_score + v);
        const Vec dz = LeakyReluGradient(a, hn::Mul(hn::Set(d, g), hn::LoadU(d, block.score + v)));
        hn::StoreU(hn::Add(dz, hn::LoadU(d, of_bias + v)), d, of_bias + v);
        for (int k = 0; k < kPairColumns; ++k) {
          float* at = of_weight + k * W + v;
          const float x = block.x[r * kPairColumns + static_cast<std::size_t>(k)];
          hn::StoreU(hn::MulAdd(hn::Set(d, x), dz, hn::LoadU(d, at)), d, at);
        }
      }
    }
    for (std::size_t c = 0; c < W; ++c) {
      for (std::size_t k = 0; k < kPairColumns; ++k)
        gradient[c * kPairColumns + k] += static_cast<double>(of_weight[k * W + c]);
      gradient[kColumns + c] += static_cast<double>(of_bias[c]);
      gradient[kColumns + W + c] += static_cast<double>(of_score[c]);
    }
  }
}

void Scores(const PairHead& head, std::span<const float> rows, std::span<float> scores) {
  if (head.width == 16) return ScoresOf<16>(head, rows, scores);
  if (head.width == 32) return ScoresOf<32>(head, rows, scores);
  ScoresOf<64>(head, rows, scores);
}

void Gradient(const PairHead& head, std::span<const float> rows, std::span<const float> grad_scores,
              std::span<double> gradient) {
  if (head.width == 16) return GradientOf<16>(head, rows, grad_scores, gradient);
  if (head.width == 32) return GradientOf<32>(head, rows, grad_scores, gradient);
  GradientOf<64>(head, rows, grad_scores, gradient);
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::network::kernels {
HWY_EXPORT(Scores);
HWY_EXPORT(Gradient);

bool has_pair_kernels(int width) { return width == 16 || width == 32 || width == 64; }

void pair_scores(const PairHead& head, std::span<const float> rows, std::span<float> scores) {
  HWY_DYNAMIC_DISPATCH(Scores)(head, rows, scores);
}

void add_pair_gradient(const PairHead& head, std::span<const float> rows, std::span<const float> grad_scores,
                       std::span<double> gradient) {
  HWY_DYNAMIC_DISPATCH(Gradient)(head, rows, grad_scores, gradient);
}

}  // namespace difftrack::network::kernels
#endif  // HWY_ONCE
