// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/robust_cuts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

namespace difftrack::image {

namespace {

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Neighbourhood {
  double median = 0.0, width = 0.0;
};

Neighbourhood of(const Protons& protons, const std::vector<std::size_t>& members) {
  std::vector<double> values, sds;
  for (const std::size_t i : members) {
    values.push_back(static_cast<double>(protons.wepl[i]));
    sds.push_back(static_cast<double>(protons.wepl_sd[i]));
  }
  Neighbourhood n;
  n.median = median(values);
  for (double& value : values) value = std::abs(value - n.median);
  n.width = std::max(1.4826 * median(values), median(sds));
  return n;
}

}  // namespace

CutCounts& CutCounts::operator+=(const CutCounts& other) {
  protons += other.protons;
  tail += other.tail;
  misfit += other.misfit;
  wepl += other.wepl;
  kept += other.kept;
  truth = truth || other.truth;
  wrong += other.wrong;
  kept_wrong += other.kept_wrong;
  return *this;
}

RobustCuts::RobustCuts(const Config& config) : config_(config) { core::check_fields(config_, ""); }

std::vector<std::uint8_t> RobustCuts::operator()(const Protons& protons, std::span<const Path> paths,
                                                 CutCounts& counts) const {
  using Spot = std::array<float, 2>;
  using Cell = std::array<std::int64_t, 2>;
  std::vector<std::uint8_t> keep(protons.size(), 0);
  std::map<Spot, std::map<Cell, std::vector<std::size_t>>> spots;
  const double most = config_.angle_sigmas * config_.angle_sigmas;
  counts.protons += static_cast<std::int64_t>(protons.size());
  counts.truth = counts.truth || !protons.right.empty();
  counts.wrong += std::count(protons.right.begin(), protons.right.end(), 0);
  for (std::size_t i = 0; i < protons.size(); ++i) {
    if (protons.tail[i] != 0) {
      ++counts.tail;
    } else if (static_cast<double>(paths[i].misfit_x) > most || static_cast<double>(paths[i].misfit_y) > most) {
      ++counts.misfit;
    } else {
      const auto cell = [&](float x) {
        return static_cast<std::int64_t>(std::floor(static_cast<double>(x) / config_.cell));
      };
      spots[{protons.spot_x[i], protons.spot_y[i]}][{cell(protons.x[i]), cell(protons.y[i])}].push_back(i);
    }
  }
  for (const auto& [spot, cells] : spots) {
    std::vector<std::size_t> all;
    for (const auto& [cell, members] : cells) all.insert(all.end(), members.begin(), members.end());
    const Neighbourhood whole = of(protons, all);
    for (const auto& [cell, members] : cells) {
      const Neighbourhood near =
          static_cast<std::int32_t>(members.size()) < config_.fewest ? whole : of(protons, members);
      for (const std::size_t i : members) {
        if (std::abs(static_cast<double>(protons.wepl[i]) - near.median) > config_.wepl_sigmas * near.width) {
          ++counts.wepl;
          continue;
        }
        keep[i] = 1;
        ++counts.kept;
        if (!protons.right.empty() && protons.right[i] == 0) ++counts.kept_wrong;
      }
    }
  }
  return keep;
}

}  // namespace difftrack::image
