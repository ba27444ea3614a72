// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/progress.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/image/drop.hpp"
#include "difftrack/image/make_image.hpp"

namespace difftrack::image {

/// How projections or paths become an image.
enum class ImageMethod { Fbp, Drop };
/// Their names.
constexpr core::Choices<ImageMethod, 2> choices(ImageMethod) {
  return {{{ImageMethod::Fbp, "fbp", "filtered back projection of distance-driven projections"},
           {ImageMethod::Drop, "drop", "from that on, DROP with total-variation superiorisation"}}};
}

/// What turns the tracks of a scan into protons with paths.
struct ScanConfig {
  ImageConfig config;
  RangeFinder::Config finder;
  std::string detector, calibration;  ///< empty: by the name in the files
  double max_hole = 1.5;              ///< largest hole between views, in their usual distance
};

/// The tracks of a scan, ready to be gone through view by view.
struct OpenScan {
  std::vector<std::string> files;
  ScanList list;
  detector::Detector detector;
  std::vector<double> weights;  ///< of the views [rad]
  Hull hull;
  ViewSource source;
  std::string warning;  ///< of a hole as large as a missing view; empty without
};

/// Opens tracks files and checks all that can be known before the first view; where the hull is to be found, makes a
/// first image of them on `threads` threads. Throws InputError, also for a hole larger than asked for.
OpenScan open_scan(const std::vector<std::string>& files, const ScanConfig& config, int threads,
                   const core::ProgressCallback& progress = {});

/// The image of a scan, which is used up; `drop` is for that method alone.
Image image_of_scan(OpenScan& scan, const ScanConfig& config, ImageMethod method, const Drop::Config& drop, int threads,
                    const core::ProgressCallback& progress = {});

}  // namespace difftrack::image
