// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/bin_protons.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "difftrack/core/parallel.hpp"

namespace difftrack::image {

namespace {

constexpr std::int64_t kPlanes = 10;  // depth planes that one thread has at a time

struct Cell {
  double sum = 0.0, count = 0.0;
  void add(double weight, double wepl) { sum += weight * wepl, count += weight; }
};

struct Share {
  std::int64_t cell;
  float weight;
};

// The cells along one axis that a position has a share in; weight 0 outside. An axis with a single cell has no
// neighbours to share with.
std::array<Share, 2> shares(float at, float inverse, std::int64_t count, bool linear) {
  const float middle = 0.5F * static_cast<float>(count);
  if (!linear || count == 1) {
    const auto cell = static_cast<std::int64_t>(std::floor(at * inverse + middle));
    return {Share{cell, cell >= 0 && cell < count ? 1.0F : 0.0F}, Share{0, 0.0F}};
  }
  const float t = at * inverse + middle - 0.5F;
  const auto below = static_cast<std::int64_t>(std::floor(t));
  const float f = t - static_cast<float>(below);
  const auto weight = [&](std::int64_t cell, float w) { return cell >= 0 && cell < count ? w : 0.0F; };
  return {Share{below, weight(below, 1.0F - f)}, Share{below + 1, weight(below + 1, f)}};
}

Projection empty_projection(const GridConfig& grid, double rotation, std::int64_t depths) {
  Projection p{rotation, {grid.pixels, grid.slices, depths}, {grid.pixel, grid.slice_height, grid.pixel}, {}, {}};
  const auto cells = static_cast<std::size_t>(p.counts[0] * p.counts[1] * p.counts[2]);
  p.wepl.assign(cells, 0.0F);
  p.protons.assign(cells, 0.0F);
  return p;
}

double centre(const Projection& p, std::size_t axis, std::int64_t i) {
  return p.spacing[axis] * (static_cast<double>(i) - 0.5 * static_cast<double>(p.counts[axis] - 1));
}

}  // namespace

BinProtons::BinProtons(const Config& config) : config_(config) { core::check_fields(config_, ""); }

Projection BinProtons::operator()(std::span<const Path> paths, std::span<const float> wepl,
                                  std::span<const std::uint8_t> keep, double rotation, int threads) const {
  Projection p = empty_projection(config_.grid, rotation, config_.grid.pixels);
  add(p, paths, wepl, keep, threads);
  return p;
}

Projection BinProtons::radiograph(std::span<const Path> paths, std::span<const float> wepl,
                                  std::span<const std::uint8_t> keep, double rotation) const {
  Projection p = empty_projection(config_.grid, rotation, 1);
  add(p, paths, wepl, keep, 1);
  return p;
}

void BinProtons::add(Projection& p, std::span<const Path> paths, std::span<const float> wepl,
                     std::span<const std::uint8_t> keep, int threads) const {
  const bool linear = config_.splat == Splat::Linear;
  const auto inverse_u = static_cast<float>(1.0 / p.spacing[0]), inverse_v = static_cast<float>(1.0 / p.spacing[1]);
  const float middle_u = 0.5F * static_cast<float>(p.counts[0]), middle_v = 0.5F * static_cast<float>(p.counts[1]);
  const std::int64_t blocks = (p.counts[2] + kPlanes - 1) / kPlanes;
  const std::int64_t plane = p.counts[0] * p.counts[1];
  core::parallel_for(blocks, threads, [&](std::int64_t block) {
    const std::int64_t begin = block * kPlanes, end = std::min(p.counts[2], begin + kPlanes);
    std::vector<Cell> cells(static_cast<std::size_t>((end - begin) * plane));
    std::array<float, kPlanes> depth{}, scale{};
    for (std::int64_t w = begin; w < end; ++w) {
      const double z = centre(p, 2, w);
      depth[static_cast<std::size_t>(w - begin)] = static_cast<float>(z);
      scale[static_cast<std::size_t>(w - begin)] =
          static_cast<float>(config_.steering_distance / (config_.steering_distance + z));
    }
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (!keep.empty() && keep[i] == 0) continue;
      for (std::int64_t w = 0; w < end - begin; ++w) {
        const auto n = static_cast<std::size_t>(w);
        const auto [x, y] = paths[i].at(depth[n]);
        if (!linear) {
          const float u = x * scale[n] * inverse_u + middle_u, v = y * scale[n] * inverse_v + middle_v;
          if (!(u >= 0.0F && u < 2.0F * middle_u && v >= 0.0F && v < 2.0F * middle_v)) continue;
          const auto cell = w * plane + static_cast<std::int64_t>(v) * p.counts[0] + static_cast<std::int64_t>(u);
          cells[static_cast<std::size_t>(cell)].add(1.0, static_cast<double>(wepl[i]));
          continue;
        }
        for (const Share& v : shares(y * scale[n], inverse_v, p.counts[1], linear)) {
          if (v.weight <= 0.0F) continue;
          for (const Share& u : shares(x * scale[n], inverse_u, p.counts[0], linear)) {
            if (u.weight <= 0.0F) continue;
            const auto cell = static_cast<std::size_t>(w * plane + v.cell * p.counts[0] + u.cell);
            cells[cell].add(static_cast<double>(u.weight * v.weight), static_cast<double>(wepl[i]));
          }
        }
      }
    }
    const auto first = static_cast<std::size_t>(begin * plane);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      p.protons[first + c] = static_cast<float>(cells[c].count);
      if (cells[c].count > 0.0) p.wepl[first + c] = static_cast<float>(cells[c].sum / cells[c].count);
    }
  });
}

std::vector<float> BinProtons::gradient(const Projection& made, std::span<const float> by_wepl,
                                        std::span<const Path> paths, std::span<const std::uint8_t> keep,
                                        int threads) const {
  constexpr std::int64_t kPortion = 200;  // protons that one thread has at a time
  const bool linear = config_.splat == Splat::Linear;
  const auto inverse_u = static_cast<float>(1.0 / made.spacing[0]),
             inverse_v = static_cast<float>(1.0 / made.spacing[1]);
  const auto n = static_cast<std::int64_t>(paths.size());
  std::vector<float> result(paths.size(), 0.0F);
  core::parallel_for((n + kPortion - 1) / kPortion, threads, [&](std::int64_t portion) {
    for (std::int64_t i = portion * kPortion; i < std::min(n, (portion + 1) * kPortion); ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (!keep.empty() && keep[at] == 0) continue;
      double sum = 0.0;
      for (std::int64_t w = 0; w < made.counts[2]; ++w) {
        const double z = centre(made, 2, w);
        const auto scale = static_cast<float>(config_.steering_distance / (config_.steering_distance + z));
        const auto [x, y] = paths[at].at(static_cast<float>(z));
        for (const Share& v : shares(y * scale, inverse_v, made.counts[1], linear)) {
          if (v.weight <= 0.0F) continue;
          for (const Share& u : shares(x * scale, inverse_u, made.counts[0], linear)) {
            if (u.weight <= 0.0F) continue;
            const std::size_t cell = made.row(v.cell, w) + static_cast<std::size_t>(u.cell);
            if (made.protons[cell] > 0.0F)
              sum += static_cast<double>(u.weight * v.weight * by_wepl[cell] / made.protons[cell]);
          }
        }
      }
      result[at] = static_cast<float>(sum);
    }
  });
  return result;
}

Projection bin_protons_reference(const BinProtons::Config& config, std::span<const Path> paths,
                                 std::span<const float> wepl, double rotation) {
  Projection p = empty_projection(config.grid, rotation, config.grid.pixels);
  for (std::int64_t w = 0; w < p.counts[2]; ++w)
    for (std::int64_t v = 0; v < p.counts[1]; ++v)
      for (std::int64_t u = 0; u < p.counts[0]; ++u) {
        const double z = centre(p, 2, w), scale = config.steering_distance / (config.steering_distance + z);
        double sum = 0.0, count = 0.0;
        for (std::size_t i = 0; i < paths.size(); ++i) {
          const auto [x, y] = paths[i].at(static_cast<float>(z));
          const double du = static_cast<double>(x) * scale - centre(p, 0, u),
                       dv = static_cast<double>(y) * scale - centre(p, 1, v);
          if (std::abs(du) < 0.5 * p.spacing[0] && std::abs(dv) < 0.5 * p.spacing[1])
            sum += static_cast<double>(wepl[i]), count += 1.0;
        }
        const std::size_t cell = p.row(v, w) + static_cast<std::size_t>(u);
        p.protons[cell] = static_cast<float>(count);
        if (count > 0.0) p.wepl[cell] = static_cast<float>(sum / count);
      }
  return p;
}

namespace {

// Calls use(empty, before, after, share of the one after) for every cell without a proton, all places in the table,
// that lies between two with some in its row.
template <class Use>
void each_filled(const Projection& p, Use&& use) {
  for (std::int64_t w = 0; w < p.counts[2]; ++w)
    for (std::int64_t v = 0; v < p.counts[1]; ++v) {
      const std::size_t row = p.row(v, w);
      std::int64_t last = -1;  // the cell with protons that came before
      for (std::int64_t u = 0; u < p.counts[0]; ++u) {
        const std::size_t cell = row + static_cast<std::size_t>(u);
        if (!(p.protons[cell] > 0.0F)) continue;
        if (last >= 0)
          for (std::int64_t e = last + 1; e < u; ++e)
            use(row + static_cast<std::size_t>(e), row + static_cast<std::size_t>(last), cell,
                static_cast<float>(e - last) / static_cast<float>(u - last));
        last = u;
      }
    }
}

}  // namespace

std::int64_t fill_empty(Projection& p) {
  std::int64_t filled = 0;
  each_filled(p, [&](std::size_t empty, std::size_t before, std::size_t after, float f) {
    p.wepl[empty] = (1.0F - f) * p.wepl[before] + f * p.wepl[after];
    ++filled;
  });
  return filled;
}

void gather_filled(const Projection& p, std::span<float> by_wepl) {
  each_filled(p, [&](std::size_t empty, std::size_t before, std::size_t after, float f) {
    by_wepl[before] += (1.0F - f) * by_wepl[empty];
    by_wepl[after] += f * by_wepl[empty];
    by_wepl[empty] = 0.0F;
  });
}

}  // namespace difftrack::image
