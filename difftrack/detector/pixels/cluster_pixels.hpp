// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/pixels/pixel_order.hpp"
#include "difftrack/event/hits.hpp"
#include "difftrack/event/pixels.hpp"

namespace difftrack::detector {

/// Hits of many readouts. `frame` has one entry per hit and ascends; hits of one frame are contiguous.
struct FramedHits {
  event::Hits hits;
  std::vector<std::int32_t> frame;     ///< readout number of each hit
  std::vector<std::int32_t> readouts;  ///< readouts that had a pixel, ascending; some may have no hit
  std::int64_t small = 0;              ///< clusters dropped because they are smaller than the threshold
  std::int64_t crowded = 0;            ///< hits of three primaries or more, of which truth names two
};

/// What counts as one cluster.
struct Neighbourhood {
  std::int32_t connectivity = 8;  ///< 8: pixels that share an edge or a corner; 4: an edge
  bool across_chips = false;      ///< join pixels of different chips too; they are separate pieces of silicon
};

/// Connected components of the fired pixels, per frame and layer. Returns one label per pixel, in input order; labels
/// are 0, 1, 2 … in the order of the clusters' first pixels by (frame, layer, row, column). A pixel listed twice counts
/// as one place. Union–find over the sorted pixels: O(n) after the sort. Same labels for any order of the rows (up to
/// that order) and any number of threads.
std::vector<std::int32_t> label_clusters(const PixelOrder& order, const Detector& detector,
                                         const Neighbourhood& neighbourhood, int threads = 0);

/// The same by flood fill over a set of pixels, as plainly as it can be written: the reference for tests.
std::vector<std::int32_t> label_clusters_by_flood_fill(const event::Pixels& pixels, const Detector& detector,
                                                       const Neighbourhood& neighbourhood);

/// Published size law of the ALPIDE sensor: mean cluster size n = 4.2267 (edep / 25 keV)^0.65 (docs/method.md
/// section 1).
double mean_cluster_size(double edep);  ///< [MeV] -> pixels, not rounded
double edep_of_cluster_size(double n);  ///< its inverse: pixels -> [MeV]

/// Pixels -> hits without truth: connected pixels of one layer and frame are one hit.
///
/// Position: mean of the pixel centres (the sensor is binary), moved to where the detector's placements have the chip.
/// cluster_size: number of pixels. edep: the sum of the pixels' energies if they carry any and `use_pixel_energy`;
/// otherwise the inverse of the published size law, whose spread is about the width of the size distribution at one
/// energy (30 %), biased by it where sizes are small. Truth columns, if the pixels have them: the particle with most
/// energy in the cluster (most pixels where energies are equal or absent); event -1 for noise; `mixed` when pixels of
/// several events are in it, noise not counted. `second_event`, where the pixels know their parents: of the primaries
/// besides that particle the one in most of the cluster's pixels (the first of equal ones). A primary is in a pixel
/// when it left most of its charge or, as Pixels::second_event says, when its charge alone would have fired it. Of
/// three primaries or more two are kept. Hits are ordered by frame, layer, then first pixel; `id` counts them.
class ClusterPixels {
 public:
  /// Options; units and ranges stand in fields().
  struct Config {
    std::int32_t connectivity = 8;
    bool across_chips = false;
    bool chip_layout = false;
    bool use_pixel_energy = true;
    std::int32_t min_cluster_size = -1;
    std::int32_t threads = 0;

    static constexpr auto fields() {
      return std::tuple{
          core::field("connectivity", &Config::connectivity, "", {4, 8}, "Neighbours of a pixel: 8 or 4."),
          core::field("across_chips", &Config::across_chips, "", "Clusters that reach over the edge of a chip."),
          core::field("chip_layout", &Config::chip_layout, "",
                      "Chips at their true pitch with gaps, instead of pixels spread over the whole extent."),
          core::field("use_pixel_energy", &Config::use_pixel_energy, "",
                      "Energy of a hit from its pixels where they know it, instead of from the cluster size."),
          core::field("min_cluster_size", &Config::min_cluster_size, "pixels", {-1, 1e6},
                      "Pixels of a cluster that is kept; -1: the detector's threshold."),
          core::field("threads", &Config::threads, "", {0, 1024},
                      "Number of threads, without effect on the result; 0: all cores.")};
    }
  };

  ClusterPixels() : ClusterPixels(Config{}) {}
  explicit ClusterPixels(const Config& config);

  /// Pixels in any order. Throws InputError for a pixel outside the detector.
  FramedHits operator()(const event::Pixels& pixels, const Detector& detector) const;

 private:
  Config config_;
};

}  // namespace difftrack::detector
