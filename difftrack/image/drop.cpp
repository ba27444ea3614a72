// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/drop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "difftrack/core/parallel.hpp"

namespace difftrack::image {

namespace {

constexpr std::size_t kPortions = 8;  // of a view, each with sums of its own
constexpr double kSmooth = 1e-4;      // under the root of the variation, so that it has a gradient everywhere

struct Sample {
  std::size_t voxel;
  float length;  // [mm]
};

/// The voxels on a path, in order; a voxel may come twice in a row.
void samples_of(const Path& path, const Volume& image, const Rotation& rotation, std::vector<Sample>& samples) {
  samples.clear();
  const double span = static_cast<double>(path.back - path.front);
  if (!(span > 0.0)) return;
  const auto n = static_cast<std::int64_t>(std::max(1.0, std::round(span / image.spacing[0])));
  const double step = span / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const double z = static_cast<double>(path.front) + step * (static_cast<double>(i) + 0.5);
    const auto at = path.at(static_cast<float>(z));
    const double x = static_cast<double>(at[0]), y = static_cast<double>(at[1]);
    const auto cell = [&](double position, std::size_t axis) {
      return static_cast<std::int64_t>(
          std::floor(position / image.spacing[axis] + 0.5 * static_cast<double>(image.counts[axis])));
    };
    const std::int64_t ix = cell(rotation.x(x, z), 0), iy = cell(y, 1), iz = cell(rotation.z(x, z), 2);
    if (ix < 0 || iy < 0 || iz < 0 || ix >= image.counts[0] || iy >= image.counts[1] || iz >= image.counts[2]) continue;
    samples.push_back({image.index(ix, iy, iz), static_cast<float>(step)});
  }
}

struct Sums {
  std::vector<double> move;
  std::vector<float> protons;
  double square = 0.0;
  std::int64_t count = 0;
};

}  // namespace

Drop::Drop(const Config& config, Volume start)
    : config_(config), image_(std::move(start)), tv_length_(config.tv_length) {
  core::check_fields(config_, "");
}

double Drop::add(std::span<const Path> paths, std::span<const float> wepl, std::span<const std::uint8_t> keep,
                 double rotation, int threads) {
  const Rotation turned(rotation);
  std::vector<Sums> sums(kPortions);
  const std::size_t share = (paths.size() + kPortions - 1) / kPortions;
  core::parallel_for(static_cast<std::int64_t>(kPortions), threads, [&](std::int64_t portion) {
    Sums& s = sums[static_cast<std::size_t>(portion)];
    s.move.assign(image_.size(), 0.0);
    s.protons.assign(image_.size(), 0.0F);
    std::vector<Sample> samples;
    const std::size_t begin = static_cast<std::size_t>(portion) * share;
    for (std::size_t i = begin; i < std::min(paths.size(), begin + share); ++i) {
      if (!keep.empty() && keep[i] == 0) continue;
      samples_of(paths[i], image_, turned, samples);
      double along = 0.0, norm = 0.0;
      for (const Sample& each : samples) {
        along += static_cast<double>(each.length * image_.values[each.voxel]);
        norm += static_cast<double>(each.length * each.length);
      }
      if (!(norm > 0.0)) continue;
      const double difference = static_cast<double>(wepl[i]) - along;
      s.square += difference * difference;
      ++s.count;
      for (const Sample& each : samples) {
        s.move[each.voxel] += static_cast<double>(each.length) * difference / norm;
        s.protons[each.voxel] += 1.0F;
      }
    }
  });
  double square = 0.0;
  std::int64_t count = 0;
  for (const Sums& s : sums) square += s.square, count += s.count;
  for (std::size_t v = 0; v < image_.size(); ++v) {
    double move = 0.0;
    float protons = 0.0F;
    for (const Sums& s : sums) move += s.move[v], protons += s.protons[v];
    image_.values[v] += static_cast<float>(config_.relaxation * move / static_cast<double>(std::max(1.0F, protons)));
  }
  return count == 0 ? 0.0 : square / static_cast<double>(count);
}

double total_variation(const Volume& image) {
  double sum = 0.0;
  for (std::int64_t k = 0; k + 1 < image.counts[2]; ++k)
    for (std::int64_t j = 0; j < image.counts[1]; ++j)
      for (std::int64_t i = 0; i + 1 < image.counts[0]; ++i) {
        const auto here = static_cast<double>(image.values[image.index(i, j, k)]);
        const double dx = static_cast<double>(image.values[image.index(i + 1, j, k)]) - here;
        const double dz = static_cast<double>(image.values[image.index(i, j, k + 1)]) - here;
        sum += std::sqrt(dx * dx + dz * dz);
      }
  return sum;
}

void Drop::superiorise() {
  std::vector<double> gradient(image_.size());
  for (std::int32_t step = 0; step < config_.tv_steps; ++step) {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (std::int64_t k = 0; k + 1 < image_.counts[2]; ++k)
      for (std::int64_t j = 0; j < image_.counts[1]; ++j)
        for (std::int64_t i = 0; i + 1 < image_.counts[0]; ++i) {
          const std::size_t here = image_.index(i, j, k), right = image_.index(i + 1, j, k),
                            behind = image_.index(i, j, k + 1);
          const auto at = [&](std::size_t v) { return static_cast<double>(image_.values[v]); };
          const double dx = at(right) - at(here), dz = at(behind) - at(here);
          const double norm = std::sqrt(dx * dx + dz * dz + kSmooth * kSmooth);
          gradient[here] -= (dx + dz) / norm;
          gradient[right] += dx / norm;
          gradient[behind] += dz / norm;
        }
    double norm = 0.0;
    for (const double g : gradient) norm += g * g;
    if (!(norm > 0.0)) return;
    Volume moved = image_;
    const double scale = tv_length_ * std::sqrt(static_cast<double>(image_.size()) / norm);
    for (std::size_t v = 0; v < moved.size(); ++v) moved.values[v] -= static_cast<float>(scale * gradient[v]);
    if (total_variation(moved) < total_variation(image_)) image_ = std::move(moved);
    tv_length_ *= config_.tv_shrink;
  }
}

}  // namespace difftrack::image
