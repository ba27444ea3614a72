// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/study/gram.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "difftrack/study/gram.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::study {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Panels of 16 columns, rows of a panel one after the other. A tile is 4 columns of one panel times 16 of another.
constexpr std::size_t kPanel = 16;
constexpr std::size_t kTile = 4;

/// gram[i, j] += Σ_r left[r, i] right[r, j] for 4 columns i and one panel j.
void AddTile(const double* left, const double* right, std::size_t rows, double* gram, std::size_t stride) {
  const hn::CappedTag<double, 8> d;
  constexpr std::size_t kLanes = hn::MaxLanes(hn::CappedTag<double, 8>{});
  constexpr std::size_t kGroup = 2;  // vectors side by side: 8 chains hide the latency of the multiply-add
  for (std::size_t j = 0; j < kPanel; j += kGroup * kLanes) {
    hn::Vec<decltype(d)> sum[kTile][kGroup];
    for (std::size_t i = 0; i < kTile; ++i)
      for (std::size_t v = 0; v < kGroup; ++v) sum[i][v] = hn::LoadU(d, gram + i * stride + j + v * kLanes);
    for (std::size_t r = 0; r < rows; ++r) {
      hn::Vec<decltype(d)> columns[kGroup];
      for (std::size_t v = 0; v < kGroup; ++v) columns[v] = hn::LoadU(d, right + r * kPanel + j + v * kLanes);
      for (std::size_t i = 0; i < kTile; ++i) {
        const auto factor = hn::Set(d, left[r * kPanel + i]);
        for (std::size_t v = 0; v < kGroup; ++v) sum[i][v] = hn::MulAdd(factor, columns[v], sum[i][v]);
      }
    }
    for (std::size_t i = 0; i < kTile; ++i)
      for (std::size_t v = 0; v < kGroup; ++v) hn::StoreU(sum[i][v], d, gram + i * stride + j + v * kLanes);
  }
}

void AddPanels(const double* packed, std::size_t rows, std::size_t panels, double* gram) {
  const std::size_t stride = panels * kPanel;
  for (std::size_t left = 0; left < panels; ++left)
    for (std::size_t right = left; right < panels; ++right)
      for (std::size_t i = 0; i < kPanel; i += kTile)
        AddTile(packed + left * rows * kPanel + i, packed + right * rows * kPanel, rows,
                gram + (left * kPanel + i) * stride + right * kPanel, stride);
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::study
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::study {
HWY_EXPORT(AddPanels);

namespace {
constexpr std::size_t kPanel = 16;
constexpr std::size_t kRowsAtOnce = 256;  // a panel of them stays in the first cache
}  // namespace

GramSum::GramSum(std::size_t columns)
    : columns_(columns), padded_((columns + kPanel - 1) / kPanel * kPanel), gram_(padded_ * padded_, 0.0) {}

void GramSum::add(std::span<const double> rows) {
  const std::size_t n = rows.size() / columns_, panels = padded_ / kPanel;
  rows_ += static_cast<std::int64_t>(n);
  for (std::size_t first = 0; first < n; first += kRowsAtOnce) {
    const std::size_t some = first + kRowsAtOnce < n ? kRowsAtOnce : n - first;
    packed_.assign(some * padded_, 0.0);
    for (std::size_t r = 0; r < some; ++r)
      for (std::size_t c = 0; c < columns_; ++c)
        packed_[(c / kPanel * some + r) * kPanel + c % kPanel] = rows[(first + r) * columns_ + c];
    HWY_DYNAMIC_DISPATCH(AddPanels)(packed_.data(), some, panels, gram_.data());
  }
}

}  // namespace difftrack::study
#endif  // HWY_ONCE
