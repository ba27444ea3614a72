// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/event/frame.hpp"

namespace difftrack::reconstruct {

/// What a source left out over all its files, and why.
struct SourceReport {
  detector::MergeReport merge;
  detector::FrameReport frames;
  std::int64_t merged_files = 0, pixel_files = 0;  ///< how their hits came about
  std::vector<std::string> warnings;               ///< what was odd; one sentence each, with the file's name
  std::vector<std::string> notes;                  ///< what was assumed or done about it, likewise
};

/// Frames of several files, one file after the other (detector::FrameReader). A frame never spans two files; frames are
/// numbered from 0 over all files. Memory is that of one FrameReader.
class FrameSource {
 public:
  /// `grouped` names files whose events are known not to be in order. For another such file, next() throws
  /// detector::EventsOutOfOrder if frames of it were handed out before that showed.
  FrameSource(std::vector<std::string> files, detector::Detector detector, const detector::FrameConfig& config,
              const detector::HitConfig& hits = {}, const detector::InputConfig& input = {},
              std::set<std::string> grouped = {});

  /// The next frame and the number of the file it comes from; false at the end. Throws InputError for what cannot be
  /// read; a file without a frame is told in report().warnings.
  bool next(event::Frame& frame, std::int32_t& file);

  /// Share of the input read so far, in [0, 1].
  double fraction_read() const;
  const SourceReport& report() const { return report_; }  ///< complete at the end

 private:
  void open_file();
  void close_file();

  std::vector<std::string> files_;
  detector::Detector detector_;
  detector::FrameConfig config_;
  detector::HitConfig hits_;
  detector::InputConfig input_;
  std::set<std::string> grouped_;
  std::size_t file_ = 0;
  std::unique_ptr<detector::FrameReader> reader_;  // of the open file
  std::int64_t frames_ = 0;
  SourceReport report_;
};

}  // namespace difftrack::reconstruct
