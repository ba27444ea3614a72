// SPDX-License-Identifier: Apache-2.0
// Column sums, moments and the node networks of training for one SIMD target.
#if defined(DIFFTRACK_NETWORK_KERNELS_TRAINING_ROWS_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef DIFFTRACK_NETWORK_KERNELS_TRAINING_ROWS_INL_
#undef DIFFTRACK_NETWORK_KERNELS_TRAINING_ROWS_INL_
#else
#define DIFFTRACK_NETWORK_KERNELS_TRAINING_ROWS_INL_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <vector>

#include "difftrack/network/kernels/rows-inl.hpp"
#include "difftrack/network/kernels/training_buffers.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {

constexpr int kRowsPerBlock = 128;  // float sums run over at most this many rows, then go to double

/// Σ (x − shift) and Σ (x − shift)² per column; the shift (the first block's mean) keeps the variance from cancelling.
template <int W>
class ColumnStatistics {
 public:
  /// Adds rows of W floats at `stride`; n at most a few hundred.
  HWY_INLINE void Add(const float* HWY_RESTRICT rows, std::size_t stride, int n) {
    constexpr Tag d;
    if (count_ == 0.0) SetShift(rows, stride, n);
    for (int v = 0; v < kVectors<W>; ++v) {
      const Vec shift = hn::LoadU(d, shift_ + v * kLanes);
      Vec sum0 = hn::Zero(d), square0 = hn::Zero(d), sum1 = hn::Zero(d), square1 = hn::Zero(d);
      int r = 0;
      for (; r + 1 < n; r += 2) {
        const float* HWY_RESTRICT row = rows + static_cast<std::size_t>(r) * stride + v * kLanes;
        const Vec a = hn::Sub(hn::LoadU(d, row), shift), b = hn::Sub(hn::LoadU(d, row + stride), shift);
        sum0 = hn::Add(sum0, a), square0 = hn::MulAdd(a, a, square0);
        sum1 = hn::Add(sum1, b), square1 = hn::MulAdd(b, b, square1);
      }
      if (r < n) {
        const Vec a = hn::Sub(hn::LoadU(d, rows + static_cast<std::size_t>(r) * stride + v * kLanes), shift);
        sum0 = hn::Add(sum0, a), square0 = hn::MulAdd(a, a, square0);
      }
      HWY_ALIGN float lanes[2][kLanes];
      hn::Store(hn::Add(sum0, sum1), d, lanes[0]);
      hn::Store(hn::Add(square0, square1), d, lanes[1]);
      for (int l = 0; l < kLanes; ++l) {
        sum_[v * kLanes + l] += static_cast<double>(lanes[0][l]);
        square_[v * kLanes + l] += static_cast<double>(lanes[1][l]);
      }
    }
    count_ += n;
  }

  void Finish(std::vector<double>& mean, std::vector<double>& var, std::size_t at = 0) const {
    mean.resize(std::max(mean.size(), at + W));
    var.resize(std::max(var.size(), at + W));
    for (std::size_t c = 0; c < W; ++c) {
      const double off = sum_[c] / count_;
      mean[at + c] = static_cast<double>(shift_[c]) + off;
      var[at + c] = std::max(0.0, square_[c] / count_ - off * off);
    }
  }

 private:
  void SetShift(const float* rows, std::size_t stride, int n) {
    for (std::size_t c = 0; c < W; ++c) {
      float sum = 0.0F;
      for (int r = 0; r < n; ++r) sum += rows[static_cast<std::size_t>(r) * stride + c];
      shift_[c] = n > 0 ? sum / static_cast<float>(n) : 0.0F;
    }
  }

  float shift_[W] = {};
  double sum_[W] = {}, square_[W] = {};
  double count_ = 0.0;
};

/// moments[k, o] += Σ_r x[r, k] · y[r, o] over a block of rows; lanes are o.
template <int IN, int OUT>
HWY_INLINE void AddMoments(const float* HWY_RESTRICT x, std::size_t x_stride, const float* HWY_RESTRICT y,
                           std::size_t y_stride, int n, double* HWY_RESTRICT moments) {
  constexpr Tag d;
  constexpr int kG = kGroup<OUT>, kK = 8 / kG;
  static_assert(IN % kK == 0);
  for (int k = 0; k < IN; k += kK)
    for (int g = 0; g < kVectors<OUT>; g += kG) {
      Vec sum[kK][kG];
      for (int i = 0; i < kK; ++i)
        for (int v = 0; v < kG; ++v) sum[i][v] = hn::Zero(d);
      for (int r = 0; r < n; ++r) {
        const float* HWY_RESTRICT row = x + static_cast<std::size_t>(r) * x_stride + k;
        Vec value[kG];
        for (int v = 0; v < kG; ++v)
          value[v] = hn::LoadU(d, y + static_cast<std::size_t>(r) * y_stride + (g + v) * kLanes);
        for (int i = 0; i < kK; ++i) {
          const Vec broadcast = hn::Set(d, row[i]);
          for (int v = 0; v < kG; ++v) sum[i][v] = hn::MulAdd(broadcast, value[v], sum[i][v]);
        }
      }
      HWY_ALIGN float lanes[kLanes];
      for (int i = 0; i < kK; ++i)
        for (int v = 0; v < kG; ++v) {
          hn::Store(sum[i][v], d, lanes);
          double* HWY_RESTRICT out = moments + (k + i) * OUT + (g + v) * kLanes;
          for (int l = 0; l < kLanes; ++l) out[l] += static_cast<double>(lanes[l]);
        }
    }
}

/// sums[o] += Σ_r y[r, o] over a block of rows.
template <int W>
HWY_INLINE void AddSums(const float* HWY_RESTRICT y, std::size_t stride, int n, double* HWY_RESTRICT sums) {
  constexpr Tag d;
  for (int v = 0; v < kVectors<W>; ++v) {
    Vec even = hn::Zero(d), odd = hn::Zero(d);
    int r = 0;
    for (; r + 1 < n; r += 2) {
      even = hn::Add(even, hn::LoadU(d, y + static_cast<std::size_t>(r) * stride + v * kLanes));
      odd = hn::Add(odd, hn::LoadU(d, y + static_cast<std::size_t>(r + 1) * stride + v * kLanes));
    }
    if (r < n) even = hn::Add(even, hn::LoadU(d, y + static_cast<std::size_t>(r) * stride + v * kLanes));
    HWY_ALIGN float lanes[kLanes];
    hn::Store(hn::Add(even, odd), d, lanes);
    for (int l = 0; l < kLanes; ++l) sums[v * kLanes + l] += static_cast<double>(lanes[l]);
  }
}

/// From moments about zero to moments about the mean, for columns [begin, in).
inline void CentreMoments(const FixedNorm& norm, const std::vector<double>& sums, std::size_t begin,
                          std::vector<double>& moments) {
  const std::size_t out = sums.size(), in = moments.size() / out;
  for (std::size_t k = begin; k < in; ++k)
    for (std::size_t o = 0; o < out; ++o) moments[k * out + o] -= norm.mean[k] * sums[o];
}

/// Blocks of at most kRowsPerBlock rows: body(first, count).
template <class Body>
HWY_INLINE void ForBlocks(std::size_t rows, const Body& body) {
  for (std::size_t begin = 0; begin < rows; begin += kRowsPerBlock)
    body(begin, static_cast<int>(std::min<std::size_t>(kRowsPerBlock, rows - begin)));
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();
#endif
