// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/robust_cuts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

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

enum class Verdict : std::uint8_t { Fits, Tail, Misfit };

// What can be said of a proton without its neighbours.
Verdict alone(const RobustCuts::Config& config, const Protons& protons, std::span<const Path> paths, std::size_t i) {
  const double most = config.angle_sigmas * config.angle_sigmas;
  if (protons.tail[i] != 0) return Verdict::Tail;
  const bool misfit = static_cast<double>(paths[i].misfit_x) > most || static_cast<double>(paths[i].misfit_y) > most;
  return misfit ? Verdict::Misfit : Verdict::Fits;
}

// The neighbourhoods of one view: of every spot as a whole, and of its cells that have enough protons.
class Neighbours {
 public:
  Neighbours(const RobustCuts::Config& config, const Protons& protons, std::span<const Path> paths) : config_(config) {
    std::map<Spot, std::map<Cell, std::vector<std::size_t>>> spots;
    for (std::size_t i = 0; i < protons.size(); ++i)
      if (alone(config, protons, paths, i) == Verdict::Fits)
        spots[spot_of(protons, i)][cell_of(protons, i)].push_back(i);
    for (const auto& [spot, cells] : spots) {
      std::vector<std::size_t> all;
      for (const auto& [cell, members] : cells) all.insert(all.end(), members.begin(), members.end());
      Known& known = spots_[spot];
      known.whole = of(protons, all);
      for (const auto& [cell, members] : cells)
        if (static_cast<std::int32_t>(members.size()) >= config_.fewest) known.cells[cell] = of(protons, members);
    }
  }

  // Whether a proton, which has passed alone(), has the WEPL of those around it; without any around it, it has.
  bool agree(const Protons& protons, std::size_t i) const {
    const auto spot = spots_.find(spot_of(protons, i));
    if (spot == spots_.end()) return true;
    const auto cell = spot->second.cells.find(cell_of(protons, i));
    const Neighbourhood& near = cell == spot->second.cells.end() ? spot->second.whole : cell->second;
    return std::abs(static_cast<double>(protons.wepl[i]) - near.median) <= config_.wepl_sigmas * near.width;
  }

 private:
  using Spot = std::array<float, 2>;
  using Cell = std::array<std::int64_t, 2>;
  struct Known {
    Neighbourhood whole;
    std::map<Cell, Neighbourhood> cells;
  };
  static Spot spot_of(const Protons& protons, std::size_t i) { return {protons.spot_x[i], protons.spot_y[i]}; }
  Cell cell_of(const Protons& protons, std::size_t i) const {
    const auto cell = [&](float x) {
      return static_cast<std::int64_t>(std::floor(static_cast<double>(x) / config_.cell));
    };
    return {cell(protons.x[i]), cell(protons.y[i])};
  }

  RobustCuts::Config config_;
  std::map<Spot, Known> spots_;
};

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
  const Neighbours neighbours(config_, protons, paths);
  std::vector<std::uint8_t> keep(protons.size(), 0);
  counts.protons += static_cast<std::int64_t>(protons.size());
  counts.truth = counts.truth || !protons.right.empty();
  counts.wrong += std::count(protons.right.begin(), protons.right.end(), 0);
  for (std::size_t i = 0; i < protons.size(); ++i) {
    const Verdict verdict = alone(config_, protons, paths, i);
    if (verdict == Verdict::Tail) {
      ++counts.tail;
    } else if (verdict == Verdict::Misfit) {
      ++counts.misfit;
    } else if (!neighbours.agree(protons, i)) {
      ++counts.wepl;
    } else {
      keep[i] = 1;
      ++counts.kept;
      if (!protons.right.empty() && protons.right[i] == 0) ++counts.kept_wrong;
    }
  }
  return keep;
}

std::vector<std::uint8_t> RobustCuts::among(const Protons& protons, std::span<const Path> paths, const Protons& others,
                                            std::span<const Path> other_paths) const {
  const Neighbours neighbours(config_, protons, paths);
  std::vector<std::uint8_t> keep(others.size(), 0);
  for (std::size_t i = 0; i < others.size(); ++i)
    keep[i] = alone(config_, others, other_paths, i) == Verdict::Fits && neighbours.agree(others, i) ? 1 : 0;
  return keep;
}

}  // namespace difftrack::image
