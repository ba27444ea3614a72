// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/detector/build_frames.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frame_reader.hpp"
#include "difftrack/detector/merge_steps.hpp"
#include "difftrack/event/frame.hpp"

namespace difftrack::reconstruct {

/// What a source left out over all its files, and why.
struct SourceReport {
  detector::MergeReport merge;
  detector::FrameReport frames;
  std::vector<std::string> warnings;  ///< one sentence each, with the file's name
};

/// Frames of several files, one file after the other. A frame never spans two files; frames are numbered from 0 over
/// all files.
///
/// Files of steps or hits need memory for one chunk of rows and the frames in it; `per_frame` counts events. A file of
/// fired pixels (detector::is_pixel_table) is read whole, because hot pixels are found over all its readouts;
/// `per_frame` counts readouts there.
class FrameSource {
 public:
  FrameSource(std::vector<std::string> files, detector::Detector detector, const detector::FrameConfig& config);

  /// The next frame and the number of the file it comes from; false at the end. Throws InputError for what cannot be
  /// read; a file without a frame is told in report().warnings.
  bool next(event::Frame& frame, std::int32_t& file);

  /// Share of the input read so far, in [0, 1].
  double fraction_read() const;
  const SourceReport& report() const { return report_; }  ///< complete at the end

 private:
  void open_file();
  bool next_of_file(event::Frame& frame);
  void close_file();

  std::vector<std::string> files_;
  detector::Detector detector_;
  detector::FrameConfig config_;
  std::size_t file_ = 0;
  std::unique_ptr<detector::FrameReader> reader_;  // of the open file, when it holds steps or hits
  std::deque<event::Frame> pixel_frames_;          // of the open file, when it holds pixels
  bool open_ = false;
  std::int64_t frames_ = 0;
  SourceReport report_;
};

}  // namespace difftrack::reconstruct
