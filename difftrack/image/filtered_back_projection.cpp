// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/filtered_back_projection.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "difftrack/core/parallel.hpp"
#include "difftrack/image/hull.hpp"

namespace difftrack::image {

namespace {

constexpr double kPi = std::numbers::pi;

double turn(double angle, double period) {
  const double rest = std::fmod(angle, period);
  return rest < 0.0 ? rest + period : rest;
}

struct Circle {
  double period;                    // 2 pi, or pi where the views cover a half turn only
  std::vector<std::size_t> order;   // of the views along it
  std::vector<double> angle, gaps;  // of each in that order, and the way to the next
};

Circle circle_with(std::span<const double> rotations, double period) {
  Circle c{period, std::vector<std::size_t>(rotations.size()), {}, {}};
  std::vector<double> turned;
  for (const double r : rotations) turned.push_back(turn(r, period));
  std::iota(c.order.begin(), c.order.end(), std::size_t{0});
  std::stable_sort(c.order.begin(), c.order.end(), [&](std::size_t i, std::size_t j) { return turned[i] < turned[j]; });
  for (const std::size_t i : c.order) c.angle.push_back(turned[i]);
  for (std::size_t i = 0; i < c.angle.size(); ++i)
    c.gaps.push_back(i + 1 < c.angle.size() ? c.angle[i + 1] - c.angle[i] : c.angle.front() + period - c.angle.back());
  return c;
}

// A half turn has a hole as large as itself in the full one.
Circle circle_of(std::span<const double> rotations) {
  Circle full = circle_with(rotations, 2.0 * kPi);
  const double hole = full.gaps.empty() ? 0.0 : *std::max_element(full.gaps.begin(), full.gaps.end());
  return rotations.size() > 2 && hole > kPi - 1e-6 ? circle_with(rotations, kPi) : full;
}

}  // namespace

std::vector<double> view_weights(std::span<const double> rotations) {
  const Circle c = circle_of(rotations);
  std::vector<double> weights(rotations.size());
  const std::size_t n = c.order.size();
  for (std::size_t i = 0; i < n; ++i)
    weights[c.order[i]] = 0.5 * (c.gaps[i] + c.gaps[(i + n - 1) % n]) * kPi / c.period;
  return weights;
}

double largest_hole(std::span<const double> rotations) {
  Circle c = circle_of(rotations);
  if (c.gaps.empty()) return 1.0;
  std::sort(c.gaps.begin(), c.gaps.end());
  return c.gaps.back() / std::max(c.gaps[c.gaps.size() / 2], 1e-9);
}

FilteredBackProjection::FilteredBackProjection(const Config& config)
    : config_(config), image_(make_volume(config.grid)) {
  core::check_fields(config_, "");
  const auto n = static_cast<std::size_t>(config_.grid.pixels);
  const double a = config_.grid.pixel;
  const auto ramp = [a](std::int64_t i) {
    if (i == 0) return 1.0 / (4.0 * a * a);
    const double x = kPi * static_cast<double>(i) * a;
    return i % 2 == 0 ? 0.0 : -1.0 / (x * x);
  };
  for (std::size_t i = 0; i < n; ++i) {
    const auto k = static_cast<std::int64_t>(i);
    const double h = config_.window == Window::Ramp ? ramp(k) : 0.5 * ramp(k) + 0.25 * (ramp(k - 1) + ramp(k + 1));
    kernel_.push_back(static_cast<float>(a * h));
  }
}

// Ramp and cosine of the fan; the transposed of both has the cosine last.
void FilteredBackProjection::convolve_rows(std::span<float> all, const Projection& p, bool fan_first,
                                           int threads) const {
  const auto n = static_cast<std::size_t>(p.counts[0]);
  core::parallel_for(p.counts[2], threads, [&](std::int64_t w) {
    std::vector<float> mirrored(2 * n - 1), row(n), fan(n);  // the kernel at distances -(n - 1) to n - 1
    for (std::size_t i = 0; i < n; ++i) mirrored[n - 1 + i] = mirrored[n - 1 - i] = kernel_[i];
    const double distance = config_.steering_distance;
    for (std::size_t i = 0; i < n; ++i) {
      const double u = p.spacing[0] * (static_cast<double>(i) - 0.5 * static_cast<double>(n - 1));
      fan[i] = static_cast<float>(distance / std::sqrt(distance * distance + u * u));
    }
    for (std::int64_t v = 0; v < p.counts[1]; ++v) {
      float* values = all.data() + p.row(v, w);
      for (std::size_t i = 0; i < n; ++i) row[i] = fan_first ? values[i] * fan[i] : values[i];
      std::fill(values, values + n, 0.0F);
      for (std::size_t j = 0; j < n; ++j) {
        const float value = row[j];
        const float* h = mirrored.data() + (n - 1 - j);
        for (std::size_t i = 0; i < n; ++i) values[i] += value * h[i];
      }
      for (std::size_t i = 0; i < n && !fan_first; ++i) values[i] *= fan[i];
    }
  });
}

// Cells (iu, iu + 1) x (iw, iw + 1) by their shares, times factor.
struct FilteredBackProjection::Taken {
  std::size_t iu;
  std::int64_t iw;
  float fu, fw, factor;
  double scale;  // of v

  std::int64_t row(const Projection& p, double y) const {
    const double v = y * scale / p.spacing[1] + 0.5 * static_cast<double>(p.counts[1]);
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(v)), 0, p.counts[1] - 1);
  }
};

std::optional<FilteredBackProjection::Taken> FilteredBackProjection::taken(const Projection& p, std::int64_t i,
                                                                           std::int64_t k, double weight) const {
  const Rotation rotation(p.rotation);
  const double distance = config_.steering_distance;
  const double middle_u = 0.5 * static_cast<double>(p.counts[0] - 1),
               middle_w = 0.5 * static_cast<double>(p.counts[2] - 1);
  const double x = image_.centre(0, i), z = image_.centre(2, k);
  const double bx = rotation.beam_x(x, z), bz = rotation.beam_z(x, z);
  const double scale = distance / (distance + bz);
  const double u = bx * scale / p.spacing[0] + middle_u, w = bz / p.spacing[2] + middle_w;
  const double u0 = std::floor(u), w0 = std::floor(w);
  if (u0 < 0.0 || w0 < 0.0 || u0 + 1.0 > 2.0 * middle_u || w0 + 1.0 > 2.0 * middle_w) return std::nullopt;
  return Taken{static_cast<std::size_t>(u0),
               static_cast<std::int64_t>(w0),
               static_cast<float>(u - u0),
               static_cast<float>(w - w0),
               static_cast<float>(weight * scale * scale),
               scale};
}

void FilteredBackProjection::add(Projection p, double weight, int threads) {
  convolve_rows(p.wepl, p, true, threads);
  core::parallel_for(image_.counts[2], threads, [&](std::int64_t k) {
    for (std::int64_t i = 0; i < image_.counts[0]; ++i) {
      const auto t = taken(p, i, k, weight);
      if (!t) continue;
      for (std::int64_t j = 0; j < image_.counts[1]; ++j) {
        const std::int64_t v = t->row(p, image_.centre(1, j));
        const float* here = p.wepl.data() + p.row(v, t->iw) + t->iu;
        const float* next = p.wepl.data() + p.row(v, t->iw + 1) + t->iu;
        image_.values[image_.index(i, j, k)] +=
            t->factor * ((1.0F - t->fw) * ((1.0F - t->fu) * here[0] + t->fu * here[1]) +
                         t->fw * ((1.0F - t->fu) * next[0] + t->fu * next[1]));
      }
    }
  });
}

std::vector<float> FilteredBackProjection::gradient(const Volume& by_image, const Projection& p, double weight,
                                                    int threads) const {
  std::vector<float> by_wepl(p.wepl.size(), 0.0F);
  for (std::int64_t k = 0; k < image_.counts[2]; ++k)
    for (std::int64_t i = 0; i < image_.counts[0]; ++i) {
      const auto t = taken(p, i, k, weight);
      if (!t) continue;
      for (std::int64_t j = 0; j < image_.counts[1]; ++j) {
        const float value = t->factor * by_image.values[image_.index(i, j, k)];
        const std::int64_t v = t->row(p, image_.centre(1, j));
        float* here = by_wepl.data() + p.row(v, t->iw) + t->iu;
        float* next = by_wepl.data() + p.row(v, t->iw + 1) + t->iu;
        here[0] += value * (1.0F - t->fw) * (1.0F - t->fu);
        here[1] += value * (1.0F - t->fw) * t->fu;
        next[0] += value * t->fw * (1.0F - t->fu);
        next[1] += value * t->fw * t->fu;
      }
    }
  convolve_rows(by_wepl, p, false, threads);
  return by_wepl;
}

}  // namespace difftrack::image
