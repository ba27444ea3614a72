// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/image/image_loss.hpp"
#include "difftrack/image/protons.hpp"
#include "difftrack/image/range_calibration.hpp"
#include "difftrack/image/range_finder.hpp"

namespace difftrack::reconstruct {

/// One frame of a scan as an image loss has it: its segments, the assignment of them, and which protons of its view are
/// its own.
struct ScanFrame {
  event::Frame frame;
  graph::HitGraph graph;
  std::vector<float> scores;                      ///< p, one per segment
  assign::Assignment forward;                     ///< made from the scores
  std::size_t view = 0;                           ///< of the loss
  std::size_t first_proton = 0, last_proton = 0;  ///< [first, last) of that view

  /// The segments as assignment sees them; they live as long as this.
  assign::Segments segments() const {
    return {graph.deep, graph.shallow, graph.pair_begin, static_cast<std::int32_t>(frame.hits.size())};
  }
};

/// What taking or leaving a segment does to the image of the whole scan: dL/dY of every segment of a frame, the missing
/// link from an image back to the scores that its tracks were assigned by (assign::assignment_gradient takes it from
/// here, and a network's backward pass from there).
///
/// A segment (deep hit a, shallow hit b) joins the chain that comes from the front to b to the chain that goes on from
/// a. So with it the image has the proton "front of b + tail of a", without it a proton that ends at b, and
///
///   dL/dY = worth(front of b + tail of a) - worth(front of b)
///
/// with image::ImageLoss::worth. As long as both paths and both cuts are the same, that is dL/dW of the track times the
/// difference of the two WEPLs, that is minus the range-to-go of what lies behind the segment; but a track that ends in
/// the middle of its way has the WEPL of no neighbour, so that the cuts drop it, and what a segment decides is mostly
/// whether its proton counts at all. Chains are those of the assignment. What the image does not see is 0: a front that
/// does not start on the first two planes, and a chain that the track filter drops.
class ImageGradient {
 public:
  /// What of the way from a track to its pixels is looked at.
  enum class Through : std::uint8_t {
    Wepl,  ///< its path and its WEPL, as if every proton counted
    Cuts,  ///< whether the cuts drop it, too
  };

  /// Finder and calibration are those of the loss's protons.
  ImageGradient(const detector::Detector& detector, image::RangeFinder finder, image::RangeCalibration calibration,
                Through through = Through::Cuts);

  /// dL/dY, one per segment.
  std::vector<float> operator()(const image::ImageLoss& loss, const ScanFrame& frame) const;

  /// How much larger L is with another assignment of this frame: new tracks, ranges, paths, cuts, a new image.
  /// `assigned` is 0 or 1, one per segment. Throws InputError for what is not a matching.
  double change(const image::ImageLoss& loss, const ScanFrame& frame, std::span<const std::uint8_t> assigned) const;

  /// The protons of a frame under an assignment, as the loss has them; throws as above.
  image::Protons protons(const event::Frame& frame, const graph::HitGraph& graph,
                         std::span<const std::uint8_t> assigned) const;

 private:
  bool counts(const event::Frame& frame, std::span<const std::int32_t> track) const;

  detector::Thresholds thresholds_;
  image::RangeFinder finder_;
  image::RangeCalibration calibration_;
  Through through_;
};

/// Two assigned segments of one layer pair whose deep ends change places.
struct SegmentSwap {
  std::array<std::int32_t, 2> off{};  ///< assigned segments
  std::array<std::int32_t, 2> on{};   ///< those that take their place
};

/// All swaps of two assigned segments that the hit graph has both new segments for, by layer pair.
std::vector<SegmentSwap> single_swaps(const graph::HitGraph& graph, std::span<const std::uint8_t> assigned);

/// The assignment after a swap.
std::vector<std::uint8_t> swapped(std::span<const std::uint8_t> assigned, const SegmentSwap& swap);

/// What a gradient, one entry per segment, says of a swap: the sum over segments that come minus that over those that
/// go.
double along(const SegmentSwap& swap, std::span<const float> gradient);

}  // namespace difftrack::reconstruct
