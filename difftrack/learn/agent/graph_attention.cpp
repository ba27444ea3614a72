// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/graph_attention.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::learn {

namespace {

constexpr std::size_t kWidth = kAttentionWidth;
constexpr float kSlope = 0.2F;  // of LeakyReLU below 0

/// Σ over 64 numbers, in a tree: what a compiler makes of it does not depend on its vectors.
float sum_of(float* terms) {
  for (std::size_t half = kWidth / 2; half > 0; half /= 2)
    for (std::size_t c = 0; c < half; ++c) terms[c] += terms[c + half];
  return terms[0];
}

float dot(const float* x, const float* y) {
  float terms[kWidth];
  for (std::size_t c = 0; c < kWidth; ++c) terms[c] = x[c] * y[c];
  return sum_of(terms);
}

float score(const float* source, const float* target, const float* a) {
  float terms[kWidth];
  for (std::size_t c = 0; c < kWidth; ++c) {
    const float z = source[c] + target[c];
    terms[c] = a[c] * (z > 0.0F ? z : kSlope * z);
  }
  return sum_of(terms);
}

/// Calls visit(i, first, n, offset) for every hit i: its shallower layer is hits [first, first + n), its weights begin
/// at offset.
template <class Visit>
void for_each_target(std::span<const std::int32_t> group_begin, const Visit& visit) {
  std::size_t offset = 0;
  for (std::size_t g = 0; g + 1 < group_begin.size(); ++g) {
    const auto begin = static_cast<std::size_t>(group_begin[g]), end = static_cast<std::size_t>(group_begin[g + 1]);
    const std::size_t n = g + 2 < group_begin.size() ? static_cast<std::size_t>(group_begin[g + 2]) - end : 0;
    for (std::size_t i = begin; i < end; ++i) {
      visit(i, end, n, offset);
      offset += n + 1;
    }
  }
}

}  // namespace

std::size_t GraphAttention::n_weights() const {
  std::size_t all = 0;
  for_each_target(group_begin, [&](std::size_t, std::size_t, std::size_t n, std::size_t) { all += n + 1; });
  return all;
}

void GraphAttention::forward(float* weights, float* out) const {
  for_each_target(group_begin, [&](std::size_t i, std::size_t first, std::size_t n, std::size_t offset) {
    float* w = weights + offset;
    const auto row = [&](std::size_t e) { return source + kWidth * (e < n ? first + e : i); };
    for (std::size_t e = 0; e <= n; ++e) w[e] = score(row(e), target + kWidth * i, a);
    const float highest = *std::max_element(w, w + n + 1);
    float sum = 0.0F;
    for (std::size_t e = 0; e <= n; ++e) sum += w[e] = std::exp(w[e] - highest);
    float* to = out + kWidth * i;
    std::fill(to, to + kWidth, 0.0F);
    for (std::size_t e = 0; e <= n; ++e) {
      w[e] /= sum;
      const float* from = row(e);
      for (std::size_t c = 0; c < kWidth; ++c) to[c] += w[e] * from[c];
    }
  });
}

void GraphAttention::backward(const float* weights, const float* out_gradient, float* source_gradient,
                              float* target_gradient, float* a_gradient) const {
  std::vector<float> slope;  // of the loss by each weight of a hit
  for_each_target(group_begin, [&](std::size_t i, std::size_t first, std::size_t n, std::size_t offset) {
    const float* w = weights + offset;
    const float* g = out_gradient + kWidth * i;
    const auto hit = [&](std::size_t e) { return kWidth * (e < n ? first + e : i); };
    slope.resize(n + 1);
    float mean = 0.0F;
    for (std::size_t e = 0; e <= n; ++e) {
      slope[e] = dot(g, source + hit(e));
      mean += w[e] * slope[e];
    }
    for (std::size_t e = 0; e <= n; ++e) {
      const float of_score = w[e] * (slope[e] - mean);
      const float* s = source + hit(e);
      const float* t = target + kWidth * i;
      float* ds = source_gradient + hit(e);
      float* dt = target_gradient + kWidth * i;
      for (std::size_t c = 0; c < kWidth; ++c) {
        const float z = s[c] + t[c];
        const float dz = of_score * a[c] * (z > 0.0F ? 1.0F : kSlope);
        a_gradient[c] += of_score * (z > 0.0F ? z : kSlope * z);
        dt[c] += dz;
        ds[c] += dz + w[e] * g[c];
      }
    }
  });
}

}  // namespace difftrack::learn
