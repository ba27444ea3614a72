// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/detector/build_frames.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/merge_steps.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// Turns chunks of a file into hits, whole events at a time: rows of an event that the next chunk may continue wait.
class StepMerger {
 public:
  explicit StepMerger(const Detector& detector) : detector_(detector) {}

  /// The hits of all events that are complete. Throws InputError (file, column and row, value) as steps_from_table
  /// does, when events are out of order, and when one event has more than 10 million rows.
  event::Hits add(const event::Table& chunk);
  /// The hits of the last event.
  event::Hits finish();

  const MergeReport& report() const { return report_; }

 private:
  event::Hits merge(const event::Steps& steps);

  Detector detector_;
  event::Steps waiting_;
  std::int64_t last_event_ = 0;
  bool any_event_ = false;
  std::int64_t next_id_ = 0;
  MergeReport report_;
};

/// Frames of a file of any size, in memory for one chunk and one frame: read, merge, group.
///
///   FrameReader reader("steps.npz", detector, {.per_frame = 50});
///   for (event::Frame frame; reader.next(frame);) …
///
/// Throws InputError (file, column and row, value). Events must be in ascending order.
class FrameReader {
 public:
  FrameReader(const std::string& path, const Detector& detector, const FrameConfig& config);
  FrameReader(std::shared_ptr<const event::Bytes> file, const Detector& detector, const FrameConfig& config);

  bool next(event::Frame& frame);

  double fraction_read() const { return table_.fraction_read(); }  ///< in [0, 1], for progress
  const MergeReport& merge_report() const { return merger_.report(); }
  const FrameReport& frame_report() const { return builder_.report(); }
  const std::vector<std::string>& warnings() const { return warnings_; }  ///< one sentence each; complete at the end

 private:
  event::TableReader table_;
  StepMerger merger_;
  FrameBuilder builder_;
  bool ended_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace difftrack::detector
