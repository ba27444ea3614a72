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
    FindHotPixels::Config hot = {};
    std::int32_t readouts_per_frame = 1;
    ClusterPixels::Config cluster = {};
    FrameConfig frames = {};

    static constexpr auto fields() {
      using core::field;
      return std::tuple{
          field("drop_repeats", &Config::drop_repeats, "",
                "Omission of pixels that fired in the readout before, too, and of all but the first row of a pixel."),
          field("mask_hot", &Config::mask_hot, "", "Omission of hot pixels, which are found in the file itself."),
          core::part(&Config::hot),
          field("readouts_per_frame", &Config::readouts_per_frame, "", {1, 1e6},
                "Successive readouts laid on top of each other in one frame."),
          core::part(&Config::cluster),
          core::part(&Config::frames, {"max_hits_per_layer"})};
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
