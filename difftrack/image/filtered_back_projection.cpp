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

void FilteredBackProjection::filter_rows(Projection& p, int threads) const {
  const auto n = static_cast<std::size_t>(p.counts[0]);
  core::parallel_for(p.counts[2], threads, [&](std::int64_t w) {
    std::vector<float> mirrored(2 * n - 1), row(n);  // the kernel at distances -(n - 1) to n - 1
    for (std::size_t i = 0; i < n; ++i) mirrored[n - 1 + i] = mirrored[n - 1 - i] = kernel_[i];
    const double distance = config_.steering_distance;
    for (std::int64_t v = 0; v < p.counts[1]; ++v) {
      float* values = p.wepl.data() + p.row(v, w);
      for (std::size_t i = 0; i < n; ++i) {
        const double u = p.spacing[0] * (static_cast<double>(i) - 0.5 * static_cast<double>(n - 1));
        row[i] = static_cast<float>(static_cast<double>(values[i]) * distance / std::sqrt(distance * distance + u * u));
      }
      std::fill(values, values + n, 0.0F);
      for (std::size_t j = 0; j < n; ++j) {
        const float value = row[j];
        const float* h = mirrored.data() + (n - 1 - j);
        for (std::size_t i = 0; i < n; ++i) values[i] += value * h[i];
      }
    }
  });
}

void FilteredBackProjection::add(Projection p, double weight, int threads) {
  filter_rows(p, threads);
  const Rotation rotation(p.rotation);
  const double distance = config_.steering_distance;
  const double middle_u = 0.5 * static_cast<double>(p.counts[0] - 1),
               middle_w = 0.5 * static_cast<double>(p.counts[2] - 1);
  core::parallel_for(image_.counts[2], threads, [&](std::int64_t k) {
    const double z = image_.centre(2, k);
    for (std::int64_t i = 0; i < image_.counts[0]; ++i) {
      const double x = image_.centre(0, i), bx = rotation.beam_x(x, z), bz = rotation.beam_z(x, z);
      const double scale = distance / (distance + bz);
      const double u = bx * scale / p.spacing[0] + middle_u, w = bz / p.spacing[2] + middle_w;
      const double u0 = std::floor(u), w0 = std::floor(w);
      if (u0 < 0.0 || w0 < 0.0 || u0 + 1.0 > 2.0 * middle_u || w0 + 1.0 > 2.0 * middle_w) continue;
      const auto fu = static_cast<float>(u - u0), fw = static_cast<float>(w - w0);
      const auto iu = static_cast<std::size_t>(u0);
      const auto iw = static_cast<std::int64_t>(w0);
      const auto factor = static_cast<float>(weight * scale * scale);
      for (std::int64_t j = 0; j < image_.counts[1]; ++j) {
        const double v = image_.centre(1, j) * scale / p.spacing[1] + 0.5 * static_cast<double>(p.counts[1]);
        const auto iv = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(v)), 0, p.counts[1] - 1);
        const float* here = p.wepl.data() + p.row(iv, iw) + iu;
        const float* next = p.wepl.data() + p.row(iv, iw + 1) + iu;
        image_.values[image_.index(i, j, k)] += factor * ((1.0F - fw) * ((1.0F - fu) * here[0] + fu * here[1]) +
                                                          fw * ((1.0F - fu) * next[0] + fu * next[1]));
      }
    }
  });
}

}  // namespace difftrack::image
