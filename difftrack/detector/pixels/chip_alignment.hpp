// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/pixels/cluster_pixels.hpp"
#include "difftrack/detector/pixels/pixel_geometry.hpp"

namespace difftrack::detector {

/// A point of a sensitive plane.
struct PlanePoint {
  double x = 0.0, y = 0.0;  ///< [mm]
};

/// Translates between where the pixels of a chip nominally are and where the detector's placements say the chip sits.
class ChipAlignment {
 public:
  /// `geometry` must outlive it.
  ChipAlignment(const Detector& detector, const PixelGeometry& geometry);

  /// True position of a point that the pixels of one chip give nominally.
  PlanePoint to_true(std::int32_t layer, std::int32_t chip_column, std::int32_t chip_row, PlanePoint nominal) const;

  /// The nominal point whose chip covers a true position; NaN where no chip does.
  PlanePoint to_nominal(std::int32_t layer, PlanePoint truth) const;

  bool is_nominal(std::int32_t layer) const { return of_layer_[static_cast<std::size_t>(layer)].empty(); }

 private:
  const PixelGeometry& geometry_;
  std::int32_t chip_columns_, chip_rows_;             ///< chips along x, y
  std::vector<std::vector<ChipPlacement>> of_layer_;  ///< all chips of a layer, or none when all are nominal
};

/// Finds where chips sit from the hits of a beam that spreads from (0, 0, source_z).
///
/// In readouts where a layer has exactly one hit, it is compared with the single hit of the last layer before it that
/// has one and is aligned already (layer 0 is the reference). A chip's shift is the median difference over its pairs
/// within `window`; a chip is mirrored when more pairs agree that way. The beam must scatter symmetrically; the error
/// of a shift is about 1.25 sd / sqrt(pairs), and errors add up from layer to layer.
class AlignChips {
 public:
  /// What the placements rest on; lengths in mm, ranges in fields().
  struct Config {
    std::int32_t layers = 6;
    std::int32_t min_pairs = 30;
    std::int32_t min_cluster_size = 3;
    double window = 2.0;  ///< [mm]

    static constexpr auto fields() {
      return std::tuple{core::field("layers", &Config::layers, "", {1, 1e4}, "Layers to align, layer 0 included."),
                        core::field("min_pairs", &Config::min_pairs, "", {1, 1e9},
                                    "Pairs that a chip needs; with fewer it is left nominal."),
                        core::field("min_cluster_size", &Config::min_cluster_size, "pixels", {0, 1e6},
                                    "Pixels of a cluster that is no noise."),
                        core::field("window", &Config::window, "mm", {1e-3, 1e3},
                                    "Distance beyond which a pair belongs to two particles.")};
    }
  };

  /// A placement and what it rests on.
  struct Result {
    ChipPlacement chip;                   ///< shift in mm
    std::int32_t pairs = 0;               ///< of single hits that it rests on
    double error_x = 0.0, error_y = 0.0;  ///< [mm] of the shift, against the layers before
  };

  AlignChips() : AlignChips(Config{}) {}
  explicit AlignChips(const Config& config);

  /// `hits`: clustered with the nominal detector (no placements), positions as `geometry` gives them. One result for
  /// each chip with enough pairs, by layer, chip row, chip column.
  std::vector<Result> operator()(const FramedHits& hits, const Detector& detector, const PixelGeometry& geometry) const;

 private:
  Config config_;
};

}  // namespace difftrack::detector
