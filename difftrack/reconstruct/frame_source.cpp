// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/frame_source.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "difftrack/detector/frames_from_pixels.hpp"
#include "difftrack/detector/pixels_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"

namespace difftrack::reconstruct {

FrameSource::FrameSource(std::vector<std::string> files, detector::Detector detector,
                         const detector::FrameConfig& config)
    : files_(std::move(files)), detector_(std::move(detector)), config_(config) {}

void FrameSource::open_file() {
  open_ = true;
  const std::string& path = files_[file_];
  event::Table head;
  event::TableReader(path).next(head, 1);
  if (!detector::is_pixel_table(head)) {
    reader_ = std::make_unique<detector::FrameReader>(path, detector_, config_);
    return;
  }
  detector::FramesFromPixels::Config pixels;
  pixels.readouts_per_frame = config_.per_frame;
  pixels.max_hits_per_layer = config_.max_hits_per_layer;
  const event::Table table = event::read_table(path);
  auto made = detector::FramesFromPixels(pixels)(detector::pixels_from_table(table, detector_), detector_, path);
  report_.frames.frames += static_cast<std::int64_t>(made.frames.size());
  if (made.hot.places.size() > 0)
    report_.warnings.push_back(fmt::format("{}: {} hot pixels masked", path, made.hot.places.size()));
  pixel_frames_.assign(std::make_move_iterator(made.frames.begin()), std::make_move_iterator(made.frames.end()));
}

bool FrameSource::next_of_file(event::Frame& frame) {
  if (reader_) return reader_->next(frame);
  if (pixel_frames_.empty()) return false;
  frame = std::move(pixel_frames_.front());
  pixel_frames_.pop_front();
  return true;
}

bool FrameSource::next(event::Frame& frame, std::int32_t& file) {
  for (; file_ < files_.size(); close_file()) {
    if (!open_) open_file();
    if (!next_of_file(frame)) continue;
    frame.index = frames_++;
    file = static_cast<std::int32_t>(file_);
    return true;
  }
  return false;
}

void FrameSource::close_file() {
  if (reader_) {
    const detector::FrameReport& of_file = reader_->frame_report();
    report_.merge += reader_->merge_report();
    report_.frames.events += of_file.events;
    report_.frames.frames += of_file.frames;
    report_.frames.partial_events += of_file.partial_events;
    report_.frames.cut_off += of_file.cut_off;
    for (const std::string& warning : reader_->warnings()) report_.warnings.push_back(files_[file_] + ": " + warning);
    if (!of_file.why_none.empty()) report_.warnings.push_back(files_[file_] + ": no frame: " + of_file.why_none);
    reader_.reset();
  }
  open_ = false;
  ++file_;
}

double FrameSource::fraction_read() const {
  const double within = reader_ ? reader_->fraction_read() : (open_ ? 1.0 : 0.0);
  return files_.empty() ? 1.0 : (static_cast<double>(file_) + within) / static_cast<double>(files_.size());
}

}  // namespace difftrack::reconstruct
