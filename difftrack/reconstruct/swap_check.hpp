// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/assign/estimators.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/core/progress.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "difftrack/reconstruct/frame_source.hpp"
#include "difftrack/reconstruct/image_gradient.hpp"
#include "difftrack/track/intervals.hpp"

namespace difftrack::reconstruct {

/// How many frames and swaps the gradient of an image is held against.
struct SwapCheckConfig {
  std::int32_t frames = 20;
  std::int32_t swaps = 100;
  std::int64_t swap_seed = 1;
  assign::PerturbedAssignments::Config noise = {};

  static constexpr auto fields() {
    using C = SwapCheckConfig;
    using core::field;
    return std::tuple{
        field("frames", &C::frames, "", {1, 1e6}, "Frames of the scan that swaps are tried in, drawn at random."),
        field("swaps", &C::swaps, "", {0, 1e6}, "Swaps tried in each of them, drawn at random; 0: all there are."),
        field("swap_seed", &C::swap_seed, "", {0, 4e9}, "Seed of what is drawn."),
        core::part(&C::noise, {"temperature", "samples"})};
  }
};

/// A scan in memory: the loss of its image, and frames drawn from it.
struct HeldScan {
  image::ImageLoss loss;
  std::vector<ScanFrame> frames;  ///< in the order of the scan
};

/// Tracks a whole scan with a network and holds its protons, `config.frames` of its frames and its image against
/// `reference`, which is on the grid of `image`. Frames come view by view with rotation and spot; memory is for all
/// protons. Throws InputError where they do not, and for what image::check_image refuses.
HeldScan hold_scan(FrameFeed& feed, const detector::Detector& detector, network::SegmentScorer scorer,
                   const assign::AssignConfig& assign, const ImageGradient& gradient, const image::ImageConfig& image,
                   image::Volume reference, const SwapCheckConfig& config, int threads,
                   const core::ProgressCallback& progress = {});

/// What one way to a gradient says of swaps.
struct SignAgreement {
  std::string name;         ///< "dL/dY", or estimator and lambda
  std::int64_t told = 0;    ///< swaps of which it says anything but 0
  std::int64_t agree = 0;   ///< of these, whose sign is that of the difference
  track::Estimate share;    ///< agree / told, with the interval that differences between frames give
  double size_told = 0.0;   ///< the same two, each swap counted by the size of its difference: share of all that it
                            ///< says anything of,
  double size_share = 0.0;  ///< and of these where the signs agree
  std::int64_t whole = 0;   ///< swaps of which it says something of all four segments: an estimator that solves again
                            ///< would make these swaps, and of others knows at most that one of their segments goes
  track::Estimate whole_share;  ///< of these, whose sign is that of the difference, with interval
};

/// What swaps do to an image, and what gradients say they do.
struct SwapCheck {
  std::int64_t possible = 0;        ///< swaps that the frames have
  std::int64_t tried = 0;           ///< of these
  std::int64_t changing = 0;        ///< of these, those that change the loss; only they are judged
  double typical = 0.0;             ///< root mean square change of the loss
  std::vector<SignAgreement> ways;  ///< dL/dY without and with the cuts, then dL/dp of the estimators
};

/// Holds the gradient of the image loss against finite differences: swaps two assigned segments at a time, makes the
/// image anew, and compares the sign of the change with that of sum dL/dY (new) - sum dL/dY (old), and with the same
/// sum of dL/dp as the assignment's estimators make it of dL/dY (identity; blackbox and implicit_mle, scale-free, at
/// each of `lambdas`). Results do not depend on the number of threads.
SwapCheck check_swaps(const HeldScan& scan, const ImageGradient& by_wepl, const ImageGradient& by_cuts,
                      const std::vector<double>& lambdas, const SwapCheckConfig& config, int threads,
                      const core::ProgressCallback& progress = {});

}  // namespace difftrack::reconstruct
