// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/image/path_finder.hpp"
#include "difftrack/image/protons.hpp"

namespace difftrack::image {

/// Why protons do not count.
struct CutCounts {
  std::int64_t protons = 0;  ///< that came in
  std::int64_t tail = 0;     ///< of these, without a range that tells anything
  std::int64_t misfit = 0;   ///< of the rest, deflected more than spot and matter explain
  std::int64_t wepl = 0;     ///< of the rest, with another WEPL than their neighbours
  std::int64_t kept = 0;
  bool truth = false;           ///< whether it is known which tracks are of one proton
  std::int64_t wrong = 0;       ///< of all, tracks of more than one proton
  std::int64_t kept_wrong = 0;  ///< of the kept ones

  /// Adds the counts of another view.
  CutCounts& operator+=(const CutCounts& other);
};

/// Which protons of one view tell its image: those that scattered and lost energy as most do. Nuclear scattering,
/// reactions and tracks put together from two protons are what goes.
///
/// - Tails of RangeFinder.
/// - Exits whose squared pull, position and slope together, lies beyond `angle_sigmas`² on either axis: of normal ones
///   1.1 % per axis lie beyond 3² (two degrees of freedom).
/// - WEPL farther than `wepl_sigmas` widths from the median of its neighbours: protons of the same spot that leave in
///   the same cell. The width is the neighbours' median absolute deviation x 1.4826, at least what one proton's WEPL
///   has. In cells of fewer than `fewest` protons the whole spot is the neighbourhood.
///
/// Neighbours of one spot, not of one place at the entrance: a single-sided scanner knows no other entrance.
class RobustCuts {
 public:
  /// Its options.
  struct Config {
    double angle_sigmas = 3.0;
    double wepl_sigmas = 3.0;
    double cell = 6.0;         ///< [mm] at the first plane
    std::int32_t fewest = 12;  ///< protons of a cell

    static constexpr auto fields() {
      using core::field;
      return std::tuple{
          field("angle_sigmas", &Config::angle_sigmas, "", {0.5, 1e6},
                "Pull of a proton's exit, position and slope together, beyond which it does not count."),
          field("wepl_sigmas", &Config::wepl_sigmas, "", {0.5, 1e6},
                "Distance from the median WEPL of its neighbours, in widths, beyond which a proton does not count."),
          field("cell", &Config::cell, "mm", {0.1, 1000.0}, "Width of the cells at the exit that make neighbours."),
          field("fewest", &Config::fewest, "", {3, 1e6},
                "Protons of a cell below which those of the whole spot are neighbours.")};
    }
  };

  /// Throws InputError for options out of range.
  explicit RobustCuts(const Config& config);

  /// 1 for each proton that counts; `paths` has one entry per proton.
  std::vector<std::uint8_t> operator()(const Protons& protons, std::span<const Path> paths, CutCounts& counts) const;

  /// 1 for each of `others` that would count if it came into a view with `protons`, whose neighbourhoods stay as they
  /// are; where a spot is not among those, its protons count by themselves. `paths` and `other_paths` have one entry
  /// per proton.
  std::vector<std::uint8_t> among(const Protons& protons, std::span<const Path> paths, const Protons& others,
                                  std::span<const Path> other_paths) const;

 private:
  Config config_;
};

}  // namespace difftrack::image
