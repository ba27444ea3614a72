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
#include "difftrack/event/io/bytes.hpp"

namespace difftrack::reconstruct {

/// What a source left out over all its files, and why.
struct SourceReport {
  detector::MergeReport merge;
  detector::FrameReport frames;
  std::int64_t merged_files = 0, pixel_files = 0;  ///< how their hits came about
  std::vector<std::string> warnings;               ///< what was odd; one sentence each, with the file's name
  std::vector<std::string> notes;                  ///< what was assumed or done about it, likewise
};

/// Frames, one after the other.
class FrameFeed {
 public:
  virtual ~FrameFeed() = default;
  /// The next frame and the number of the source it comes from; false at the end.
  virtual bool next(event::Frame& frame, std::int32_t& file) = 0;
  /// Share of the frames given so far, in [0, 1], for progress.
  virtual double fraction_read() const = 0;
};

/// Frames that are in memory already, all of one source; the vector outlives this.
class FramesInMemory final : public FrameFeed {
 public:
  explicit FramesInMemory(const std::vector<event::Frame>& frames) : frames_(frames) {}

  bool next(event::Frame& frame, std::int32_t& file) override;
  double fraction_read() const override;

 private:
  const std::vector<event::Frame>& frames_;
  std::size_t next_ = 0;
};

/// Frames of several files, one file after the other (detector::FrameReader). A frame never spans two files; frames are
/// numbered from 0 over all files. Memory is that of one FrameReader.
class FrameSource final : public FrameFeed {
 public:
  /// A file by its path, or one that is open already, or in memory.
  struct Input {
    std::string name;                           ///< path; for messages where there are bytes
    std::shared_ptr<const event::Bytes> bytes;  ///< none: the path is opened when its turn comes
  };

  /// `grouped` names files whose events are known not to be in order. For another such file, next() throws
  /// detector::EventsOutOfOrder if frames of it were handed out before that showed.
  FrameSource(std::vector<std::string> files, detector::Detector detector, const detector::FrameConfig& config,
              const detector::HitConfig& hits = {}, const detector::InputConfig& input = {},
              std::set<std::string> grouped = {});
  /// The same of files that need not lie on disk.
  FrameSource(std::vector<Input> files, detector::Detector detector, const detector::FrameConfig& config,
              const detector::HitConfig& hits, const detector::InputConfig& input, std::set<std::string> grouped);

  /// The next frame and the number of the file it comes from; false at the end. Throws InputError for what cannot be
  /// read; a file without a frame is told in report().warnings.
  bool next(event::Frame& frame, std::int32_t& file) override;

  /// Share of the input read so far, in [0, 1].
  double fraction_read() const override;
  const SourceReport& report() const { return report_; }  ///< complete at the end

 private:
  void open_file();
  void close_file();

  std::vector<Input> files_;
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
