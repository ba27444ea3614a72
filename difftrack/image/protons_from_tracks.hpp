// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"
#include "difftrack/image/path_finder.hpp"
#include "difftrack/image/protons.hpp"
#include "difftrack/image/range_calibration.hpp"
#include "difftrack/image/range_finder.hpp"

namespace difftrack::image {

/// Range of each track of a frame, in their order.
std::vector<Range> ranges_of(const event::Frame& frame, const event::Tracks& tracks, const RangeFinder& finder);

/// Ranges of the tracks behind `water` [mm] of it, beam spot on the axis, that an image keeps by its default cuts: no
/// tail, hits on the first two planes, and an exit that spot and water explain (RobustCuts). A calibration from all
/// tracks would be off for those that count: nuclear elastic scattering both deflects a proton and costs it range.
std::vector<double> ranges_behind_water(const event::Frame& frame, const event::Tracks& tracks,
                                        const RangeFinder& finder, const PathFinder& paths, double water);

/// Measured over expected deposits of many protons: the constant that RangeFinder has to be told for a detector, since
/// thin sensors, clusters and their threshold do not give the mean energy loss.
class DepositRatio {
 public:
  /// Adds the tracks of a frame: the hits 2 to 8 before the last of those that are no tail, each within a factor e of
  /// what is expected.
  void add(const event::Frame& frame, const event::Tracks& tracks, const RangeFinder& finder);
  /// exp of the mean logarithm of the ratio; 1 before the first hit.
  double ratio() const;

 private:
  double sum_ = 0.0;
  std::int64_t count_ = 0;
};

/// Appends the tracks of a frame that have hits on the first two planes; those without a direction are left out and
/// counted. WEPL and its standard deviation are the calibration's for the range. The frame has a spot. Throws
/// InputError (field) when it has none.
std::int64_t append_protons(const event::Frame& frame, const event::Tracks& tracks, const RangeFinder& finder,
                            const RangeCalibration& calibration, Protons& protons);

}  // namespace difftrack::image
