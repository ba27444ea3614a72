// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/pixels/cluster_pixels.hpp"
#include "difftrack/detector/pixels/hot_pixels.hpp"
#include "difftrack/event/frame.hpp"

namespace difftrack::detector {

/// Frames of a pixel file, and what was masked on the way.
struct PixelFrames {
  std::vector<event::Frame> frames;  ///< one per `readouts_per_frame` readouts, empty ones included
  HotPixels hot;                     ///< no places when masking was switched off
  std::int64_t repeated_rows = 0;    ///< rows left out by drop_repeats
};

/// The truth-free chain: pixels -> repeated pixels left out where asked (drop_repeats) -> hot pixels masked -> clusters
/// -> hits -> one frame per readout.
///
/// frame.index is the number of its first readout; frame.n_events is 0 for real data, and for digitised events the
/// number of different ones whose pixels are in it. Readouts in which no pixel fired do not exist in the file and give
/// no frame; those that lose all pixels or hits on the way give an empty frame that says why.
class FramesFromPixels {
 public:
  /// Options; units and ranges stand in fields().
  struct Config {
    bool drop_repeats = false;
    bool mask_hot = true;
    double false_positives = 0.01;
    std::int32_t readouts_per_frame = 1;
    std::int32_t connectivity = 8;
    std::int32_t min_cluster_size = -1;
    bool chip_layout = false;
    bool use_pixel_energy = true;
    std::int32_t max_hits_per_layer = 20000;
    std::int32_t threads = 0;

    static constexpr auto fields() {
      using core::field;
      return std::tuple{
          field("drop_repeats", &Config::drop_repeats, "",
                "Leave out pixels that fired in the readout before, too, and all but the first row of a pixel."),
          field("mask_hot", &Config::mask_hot, "", "Find hot pixels in the file and leave them out."),
          field("false_positives", &Config::false_positives, "pixels", {1e-12, 1e6},
                "Good pixels masked by chance, expected per file."),
          field("readouts_per_frame", &Config::readouts_per_frame, "", {1, 1e6},
                "Successive readouts laid on top of each other in one frame."),
          field("connectivity", &Config::connectivity, "", {4, 8}, "Neighbours of a pixel: 8 or 4."),
          field("min_cluster_size", &Config::min_cluster_size, "pixels", {-1, 1e6},
                "Drop smaller clusters; -1: the detector's threshold."),
          field("chip_layout", &Config::chip_layout, "",
                "Place chips at their true pitch with gaps, instead of spreading pixels over the whole extent."),
          field("use_pixel_energy", &Config::use_pixel_energy, "",
                "Take a hit's energy from its pixels where they know it, instead of from the cluster size."),
          field("max_hits_per_layer", &Config::max_hits_per_layer, "", {1, 1e9},
                "More hits in one layer of a frame are refused."),
          field("threads", &Config::threads, "", {0, 1024}, "Threads; 0: all cores.")};
    }
  };

  FramesFromPixels() : FramesFromPixels(Config{}) {}
  explicit FramesFromPixels(const Config& config);

  /// `source` names the file in errors.
  PixelFrames operator()(const event::Pixels& pixels, const Detector& detector, const std::string& source = "") const;

 private:
  Config config_;
};

}  // namespace difftrack::detector
