// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/pixels.hpp"

namespace difftrack::detector {

/// What masking did to one layer.
struct HotPixelCount {
  std::int64_t fired_pixels = 0;  ///< different pixels that fired at least once
  std::int64_t hot_pixels = 0;    ///< of these, how many are hot
  std::int64_t rows = 0;          ///< rows of Pixels (pixel and readout)
  std::int64_t hot_rows = 0;      ///< of these, how many came from hot pixels
  double rate_before = 0.0;       ///< fired pixels per readout, all
  double rate_after = 0.0;        ///< the same without hot pixels
};

/// Pixels that fire more often than chance allows.
struct HotPixels {
  std::vector<std::uint64_t> places;  ///< pixel_place (pixel_order.hpp), ascending
  std::int64_t readouts = 0;          ///< readouts looked at
  std::vector<HotPixelCount> layers;  ///< one per layer of the detector

  /// Whether that pixel is hot.
  bool contains(std::int32_t layer, std::int32_t row, std::int32_t column) const;
};

/// P(K >= k) for a Poisson variable of mean `mean`.
double poisson_tail(std::int64_t k, double mean);

/// Finds hot pixels. In F readouts a good pixel of a region with rate r (firings per pixel and readout) fires
/// Binomial(F, r) times, whose upper tail lies below Poisson's of mean F r; a pixel that fired k times is hot when
/// P(K >= k | F r) < false_positives / (pixels of the detector), the Bonferroni bound: on average at most
/// `false_positives` good pixels of the whole detector are masked per file. r is the larger of two means over unmasked
/// pixels: of its region of `block` x `block` pixels (small against the beam spot, whose rate must not vary in it much)
/// and of its layer (an empty region must not make its first hits look hot); one firing is added to each so that
/// neither is 0. Masking lowers the rates, so it is repeated until nothing changes; the mask only grows. The order of
/// the rows does not matter.
class FindHotPixels {
 public:
  /// Options; units and ranges stand in fields().
  struct Config {
    double false_positives = 0.01;
    std::int32_t block = 64;
    std::int32_t max_rounds = 50;

    static constexpr auto fields() {
      return std::tuple{
          core::field("false_positives", &Config::false_positives, "pixels", {1e-12, 1e6},
                      "Good pixels masked by chance, expected per file."),
          core::field("block", &Config::block, "pixels", {1, 65536}, "Side of the region that sets the local rate."),
          core::field("max_rounds", &Config::max_rounds, "", {1, 1e6}, "Most repetitions of masking.")};
    }
  };

  FindHotPixels() : FindHotPixels(Config{}) {}
  explicit FindHotPixels(const Config& config);

  /// Throws InputError for a pixel outside the detector.
  HotPixels operator()(const event::Pixels& pixels, const Detector& detector) const;

 private:
  Config config_;
};

/// The rows that do not come from a hot pixel, in input order.
event::Pixels mask_pixels(const event::Pixels& pixels, const HotPixels& hot);

/// The report as a table of plain text, one line per layer and a total.
std::string describe(const HotPixels& hot);

}  // namespace difftrack::detector
