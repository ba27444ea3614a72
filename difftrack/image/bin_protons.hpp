// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/image/path_finder.hpp"
#include "difftrack/image/volume.hpp"

namespace difftrack::image {

/// What a view says at every depth: mean WEPL of the protons whose path crosses a cell of a depth plane. u fastest,
/// then v, then w; centres as in Volume. Cells are measured as the isocentre's plane sees them from the point the spots
/// are steered from: u = x D / (D + z).
struct Projection {
  double rotation = 0.0;                 ///< [rad] of the phantom
  std::array<std::int64_t, 3> counts{};  ///< along u, v, w
  std::array<double, 3> spacing{};       ///< [mm]
  std::vector<float> wepl;               ///< [mm of water] mean; where no proton came, see fill_empty
  std::vector<float> protons;            ///< how many, or the sum of their shares
  /// Place of the first cell of a row in the two tables.
  std::size_t row(std::int64_t v, std::int64_t w) const {
    return static_cast<std::size_t>((w * counts[1] + v) * counts[0]);
  }
};

/// Where a proton counts on a depth plane.
enum class Splat {
  Nearest,  ///< in the cell that it crosses
  Linear,   ///< shared by the two cells whose centres are next, along each axis
};
/// Their names.
constexpr core::Choices<Splat, 2> choices(Splat) {
  return {{{Splat::Nearest, "nearest", "in the cell that it crosses, sharper"},
           {Splat::Linear, "linear", "shared by neighbouring cells, smooth in the path"}}};
}

/// Distance-driven binning (Rit et al., Med. Phys. 40 (2013) 031103): every proton counts on each depth plane where its
/// own path crosses it, so that depth for depth the projection is as sharp as the path is known there.
///
/// Sums run in the order of the protons, whatever the number of threads: a thread has depth planes of its own. Memory:
/// pixels² x slices cells of 16 bytes.
class BinProtons {
 public:
  /// Its options beside those of the image.
  struct Config {
    GridConfig grid;
    Splat splat = Splat::Nearest;
    double steering_distance = 6600.0;  ///< [mm] D; as the paths' spots have it

    static constexpr auto fields() {
      using core::field;
      return std::tuple{core::part(&Config::grid),
                        field("splat", &Config::splat, "", "Share of a proton's cells on a depth plane.")};
    }
  };

  /// Throws InputError for options out of range.
  explicit BinProtons(const Config& config);

  /// `paths` and `wepl` [mm] have one entry per proton; `keep` too, or none for all.
  Projection operator()(std::span<const Path> paths, std::span<const float> wepl, std::span<const std::uint8_t> keep,
                        double rotation, int threads) const;

  /// The depth plane through the isocentre alone: what the view looks like. Spans as above.
  Projection radiograph(std::span<const Path> paths, std::span<const float> wepl, std::span<const std::uint8_t> keep,
                        double rotation) const;

  /// The way back: dL/dW of every proton, 0 for those that do not count, from `by_wepl` = dL/d(mean WEPL) of every
  /// cell, in the order of `made.wepl`. `made` is what operator() gave for the same paths and `keep`. A mean counts
  /// each proton with its share, so dL/dW = sum over cells of share x dL/dmean / sum of shares. With no `keep`, protons
  /// that did not count have what they would have in cells where others do.
  std::vector<float> gradient(const Projection& made, std::span<const float> by_wepl, std::span<const Path> paths,
                              std::span<const std::uint8_t> keep, int threads) const;

  const Config& config() const { return config_; }

 private:
  void add(Projection& projection, std::span<const Path> paths, std::span<const float> wepl,
           std::span<const std::uint8_t> keep, int threads) const;

  Config config_;
};

/// Nearest cells by the plainest loops over cells and protons: what BinProtons is tested against.
Projection bin_protons_reference(const BinProtons::Config& config, std::span<const Path> paths,
                                 std::span<const float> wepl, double rotation);

/// Gives cells without a proton, row by row along u, what lies on the straight line between the nearest cells that have
/// some, and 0 outside of those; returns how many had neighbours on both sides.
std::int64_t fill_empty(Projection& projection);

/// The way back through fill_empty: what cells without a proton were given was their neighbours', so their gradient is
/// handed to those and becomes 0. `by_wepl` has one entry per cell of `projection`, of which the counts are read.
void gather_filled(const Projection& projection, std::span<float> by_wepl);

}  // namespace difftrack::image
