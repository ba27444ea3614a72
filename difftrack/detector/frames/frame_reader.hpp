// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/detector/steps/step_reader.hpp"
#include "difftrack/event/frame.hpp"

namespace difftrack::detector {

/// Frames of one file, step by step; `reconstruct`, `train` and `check-gradient` read through it.
///
///   FrameReader reader("steps.npz", detector, {.per_frame = 50});
///   for (event::Frame frame; reader.next(frame);) …
///
/// A file of steps (or hits) may have any size: memory is for one chunk of rows and the frames in it. Events that are
/// not in order are grouped first (StepReader); if that is found out after frames were handed out, next() throws
/// EventsOutOfOrder, and the file has to be read again with `grouped`. `hits` tells how its steps become hits; with
/// hits = pixels a frame is one readout of events that left steps, whose clusters overlap. A file of fired pixels
/// (is_pixel_table) goes through FramesFromPixels and is read whole, because hot pixels are found over all its
/// readouts; `per_frame` counts readouts there.
///
/// Throws InputError (file, column and row, value).
class FrameReader {
 public:
  /// Opens the file. `grouped`: bring events into order before the first frame.
  FrameReader(const std::string& path, const Detector& detector, const FrameConfig& config, const HitConfig& hits = {},
              const InputConfig& input = {}, bool grouped = false);
  /// The same of a file that is open already, or in memory.
  FrameReader(std::shared_ptr<const event::Bytes> file, const Detector& detector, const FrameConfig& config,
              const HitConfig& hits = {}, const InputConfig& input = {}, bool grouped = false);

  /// Puts the next frame into `frame`; false when there are none left. Throws InputError and EventsOutOfOrder.
  bool next(event::Frame& frame);

  double fraction_read() const;  ///< in [0, 1], for progress
  /// Whether hits come from pixels, of the file or of the response to its steps. Known once a frame was read.
  bool from_pixels() const { return digitiser_ || pixel_report_; }
  const MergeReport& merge_report() const { return digitiser_ ? digitiser_->report() : merger_.report(); }
  const FrameReport& frame_report() const { return pixel_report_ ? *pixel_report_ : builder_.report(); }
  /// What was odd, and what was assumed or done about it: one sentence each, with the file; complete at the end.
  std::vector<std::string> warnings() const;
  const std::vector<std::string>& notes() const { return steps_.notes(); }

 private:
  bool next_as_read(event::Frame& frame);
  void read_events();
  void add_readouts(const std::vector<Readout>& readouts);
  void read_pixels();

  std::shared_ptr<const event::Bytes> file_;
  Detector detector_;
  FrameConfig config_;
  HitConfig hits_;
  InputConfig input_;
  StepReader steps_;
  StepMerger merger_;
  std::optional<StepDigitiser> digitiser_;  // in its place with hits = pixels
  FrameBuilder builder_;
  std::deque<event::Frame> pixel_frames_;  // of a file of fired pixels
  std::optional<FrameReport> pixel_report_;
  bool started_ = false, ended_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace difftrack::detector
