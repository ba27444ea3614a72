// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/event/reference_image.hpp"
#include "difftrack/image/ray_score.hpp"
#include "difftrack/image/volume.hpp"

namespace difftrack::image {

/// How an image is judged.
struct ScoreConfig {
  double margin = 6.0;
  double inner = 0.75;

  static constexpr auto fields() {
    using C = ScoreConfig;
    using core::field;
    return std::tuple{
        field("margin", &C::margin, "mm", {0.0, 100.0}, "Distance that pixels of the body keep from any edge."),
        field("inner", &C::inner, "", {0.05, 1.0}, "Share of a target's half size that its mean is taken over.")};
  }
};

/// Voxels that are looked at together, against the reference.
struct RegionScore {
  std::int64_t voxels = 0;
  double mean = 0.0;      ///< of the image
  double expected = 0.0;  ///< of the reference
  double mae = 0.0;       ///< mean absolute difference
  /// 100 (mean - expected) / expected.
  double percent() const;
};

/// One target: a rod, a box, or a group of lines.
struct TargetScore {
  std::string name;
  double radius = 0.0;    ///< [mm] from the axis
  RegionScore region;     ///< its inner part
  double blurred = 0.0;   ///< expected mean there after the blur of all targets together
  double mean_sd = 0.0;   ///< standard deviation of such a mean, from equal pieces of the body; 0: there are too few
  double blur = 0.0;      ///< [mm] the Gaussian's standard deviation that fits its own edges best; 0: too faint
  double blur_sd = 0.0;   ///< [mm] of it, from the curvature of the fit, pixels taken as independent
  double modulation = 0;  ///< of lines: contrast over the contrast expected, at the lines' own frequency
  bool lines = false;

  /// 100 (mean - blurred) / blurred.
  double blurred_percent() const;
};

/// What an image of a known phantom is worth.
struct ImageScore {
  RegionScore body;        ///< voxels of the most frequent material, `margin` from any edge
  double noise = 0.0;      ///< standard deviation of a voxel there
  RegionScore soft, bone;  ///< expected 0.9 to 1.15; above 1.2; a voxel from the edge of the phantom
  RegionScore all;         ///< expected above 0.3
  RayScore rays;           ///< WEPL along straight rays through what is expected above 0.3
  double blur = 0.0;       ///< [mm] that fits all targets together; 0 without targets
  std::vector<TargetScore> targets;
};

/// Frequency [line pairs / cm] where a Gaussian blur [mm] leaves a tenth of the contrast: sqrt(2 ln 10) / (2 pi blur).
double mtf10(double blur);

/// Judges `image` by `reference`, whose pixels are an odd number of times finer along x and z and whose slices are the
/// same. Edges are judged by the Gaussian that the reference has to be blurred with to fit best, contrast and offset
/// free, around each target: the blur of everything, the pixel included. Throws InputError (counts) where the two do
/// not fit each other, and (body) where no voxel of the body is `margin` from an edge.
ImageScore score_image(const Volume& image, const event::ReferenceImage& reference, const ScoreConfig& config);

/// One image beside another of the same scan, in the body.
struct Comparison {
  double noise_ratio = 0.0;  ///< (noise of the other / noise)²: protons that count, over those of the other
  double mean = 0.0;         ///< of the difference in the body, in percent of what is expected there
  double rms = 0.0;          ///< of the difference over all voxels expected above 0.3
};

/// `image` against `other`. Throws InputError as score_image does.
Comparison compare_images(const Volume& image, const Volume& other, const event::ReferenceImage& reference,
                          const ScoreConfig& config);

}  // namespace difftrack::image
