// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/network/kernels/angle_table.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "difftrack/network/kernels/angle_grid.hpp"
#include "difftrack/network/kernels/angle_table.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Wide = hn::CappedTag<double, 8>;
using Narrow = hn::Rebind<float, Wide>;
constexpr std::size_t kWide = hn::MaxLanes(Wide{});
constexpr std::size_t kColumns = 2 * AngleGrid::kFrequencies;

/// out (rows, columns) = x (rows, 128) · w (128, columns); columns a multiple of 8.
void MultiplyEncoding(const float* HWY_RESTRICT x, std::size_t rows, const double* HWY_RESTRICT w, std::size_t columns,
                      float* HWY_RESTRICT out) {
  constexpr Wide d;
  constexpr Narrow df;
  constexpr std::size_t kTile = 8;
  for (std::size_t r = 0; r < rows; r += kTile) {
    const std::size_t last = rows - 1;
    const float* row[kTile];
    for (std::size_t t = 0; t < kTile; ++t) row[t] = x + (r + t < last ? r + t : last) * kColumns;
    for (std::size_t c = 0; c < columns; c += kWide) {
      hn::Vec<Wide> sum[kTile];
      for (auto& each : sum) each = hn::Zero(d);
      for (std::size_t k = 0; k < kColumns; ++k) {
        const auto weight = hn::LoadU(d, w + k * columns + c);
        for (std::size_t t = 0; t < kTile; ++t)
          sum[t] = hn::MulAdd(weight, hn::Set(d, static_cast<double>(row[t][k])), sum[t]);
      }
      for (std::size_t t = 0; t < kTile && r + t < rows; ++t)
        hn::StoreU(hn::DemoteTo(df, sum[t]), df, out + (r + t) * columns + c);
    }
  }
}

/// out (columns, 128) = g (rows, columns)^T · x (rows, 128).
void MultiplyTransposed(const float* HWY_RESTRICT g, const float* HWY_RESTRICT x, std::size_t rows, std::size_t columns,
                        double* HWY_RESTRICT out) {
  constexpr Wide d;
  constexpr Narrow df;
  constexpr std::size_t kTile = 8, kChunk = 64;  // a chunk of x takes 32 KB
  for (std::size_t i = 0; i < columns * kColumns; ++i) out[i] = 0.0;
  for (std::size_t begin = 0; begin < rows; begin += kChunk) {
    const std::size_t end = begin + kChunk < rows ? begin + kChunk : rows;
    for (std::size_t c = 0; c < columns; c += kTile)
      for (std::size_t m = 0; m < kColumns; m += kWide) {
        hn::Vec<Wide> sum[kTile];
        for (std::size_t t = 0; t < kTile; ++t) sum[t] = hn::LoadU(d, out + (c + t) * kColumns + m);
        for (std::size_t r = begin; r < end; ++r) {
          const auto encoding = hn::PromoteTo(d, hn::LoadU(df, x + r * kColumns + m));
          for (std::size_t t = 0; t < kTile; ++t)
            sum[t] = hn::MulAdd(encoding, hn::Set(d, static_cast<double>(g[r * columns + c + t])), sum[t]);
        }
        for (std::size_t t = 0; t < kTile; ++t) hn::StoreU(sum[t], d, out + (c + t) * kColumns + m);
      }
  }
}

/// sums[0, i], [1, i], [2, i]: Σ over the histogram of sin(w_i s), cos(w_i s) and cos(2 w_i s).
void SumEncoding(const double* HWY_RESTRICT histogram, std::size_t nodes, const float* HWY_RESTRICT x,
                 const double* HWY_RESTRICT frequencies, double* HWY_RESTRICT sums) {
  constexpr Wide d;
  constexpr Narrow df;
  constexpr std::size_t kF = AngleGrid::kFrequencies;
  for (std::size_t i = 0; i < kF; i += kWide) {
    const auto w = hn::LoadU(d, frequencies + i);
    auto sine = hn::Zero(d), cosine = hn::Zero(d), twice = hn::Zero(d);
    for (std::size_t n = 0; n < nodes; ++n) {
      const auto value = hn::Set(d, histogram[2 * n]);
      const auto step = hn::Mul(hn::Set(d, histogram[2 * n + 1] * AngleGrid::kStep), w);
      const auto s = hn::PromoteTo(d, hn::LoadU(df, x + n * kColumns + i));
      const auto c = hn::PromoteTo(d, hn::LoadU(df, x + n * kColumns + kF + i));
      sine = hn::MulAdd(value, s, hn::MulAdd(step, c, sine));
      cosine = hn::MulAdd(value, c, hn::NegMulAdd(step, s, cosine));
      twice = hn::MulAdd(value, hn::Sub(hn::Mul(c, c), hn::Mul(s, s)), twice);
      twice = hn::NegMulAdd(hn::Mul(hn::Set(d, 4.0), step), hn::Mul(s, c), twice);
    }
    hn::StoreU(sine, d, sums + i);
    hn::StoreU(cosine, d, sums + kF + i);
    hn::StoreU(twice, d, sums + 2 * kF + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <cmath>
#include <vector>

namespace difftrack::network::kernels {
HWY_EXPORT(MultiplyEncoding);
HWY_EXPORT(MultiplyTransposed);
HWY_EXPORT(SumEncoding);
namespace {

/// Hermite's polynomial falls short of sin(w s) by up to (h w)⁴ / 384 of its amplitude, and never exceeds it;
/// tabulating an amplitude larger by half of that centres the error and halves its largest value.
double amplitude(double w) { return 1.0 + std::pow(AngleGrid::kStep * w, 4) / 768.0; }

}  // namespace

void tabulate_encoding(int hidden, const double* weights, int nodes, float* table) {
  constexpr std::size_t kF = AngleGrid::kFrequencies;
  const auto h = static_cast<std::size_t>(hidden);
  const auto& w = encoding_frequencies();
  std::vector<double> planar(2 * kF * 2 * h);  // columns: value, then slope
  for (std::size_t i = 0; i < kF; ++i) {
    const double factor = amplitude(w[i]);
    for (std::size_t c = 0; c < h; ++c) {
      const double sine = factor * weights[c * 2 * kF + 2 * i], cosine = factor * weights[c * 2 * kF + 2 * i + 1];
      planar[i * 2 * h + c] = sine;
      planar[(kF + i) * 2 * h + c] = cosine;
      planar[i * 2 * h + h + c] = -AngleGrid::kStep * w[i] * cosine;
      planar[(kF + i) * 2 * h + h + c] = AngleGrid::kStep * w[i] * sine;
    }
  }
  HWY_DYNAMIC_DISPATCH(MultiplyEncoding)
  (encoding_at_nodes().data(), static_cast<std::size_t>(nodes), planar.data(), 2 * h, table);
}

void tabulate_encoding_adjoint(int hidden, const float* grad_table, int nodes, double* gradient) {
  constexpr std::size_t kF = AngleGrid::kFrequencies;
  const auto h = static_cast<std::size_t>(hidden);
  const auto& w = encoding_frequencies();
  std::vector<double> planar(2 * h * 2 * kF);
  HWY_DYNAMIC_DISPATCH(MultiplyTransposed)
  (grad_table, encoding_at_nodes().data(), static_cast<std::size_t>(nodes), 2 * h, planar.data());
  for (std::size_t c = 0; c < h; ++c) {
    const double* value = planar.data() + c * 2 * kF;
    const double* slope = planar.data() + (h + c) * 2 * kF;
    for (std::size_t i = 0; i < kF; ++i) {
      gradient[c * 2 * kF + 2 * i] = amplitude(w[i]) * (value[i] + AngleGrid::kStep * w[i] * slope[kF + i]);
      gradient[c * 2 * kF + 2 * i + 1] = amplitude(w[i]) * (value[kF + i] - AngleGrid::kStep * w[i] * slope[i]);
    }
  }
}

void encoding_statistics(const double* histogram, int nodes, double n_kinks, double* mean, double* var) {
  constexpr std::size_t kF = AngleGrid::kFrequencies;
  double sums[3 * kF];
  HWY_DYNAMIC_DISPATCH(SumEncoding)
  (histogram, static_cast<std::size_t>(nodes), encoding_at_nodes().data(), encoding_frequencies().data(), sums);
  for (std::size_t i = 0; i < kF; ++i) {
    mean[2 * i] = sums[i] / n_kinks;
    mean[2 * i + 1] = sums[kF + i] / n_kinks;
    const double double_angle = sums[2 * kF + i] / n_kinks;
    var[2 * i] = std::max(0.0, 0.5 * (1.0 - double_angle) - mean[2 * i] * mean[2 * i]);
    var[2 * i + 1] = std::max(0.0, 0.5 * (1.0 + double_angle) - mean[2 * i + 1] * mean[2 * i + 1]);
  }
}

}  // namespace difftrack::network::kernels
#endif  // HWY_ONCE
