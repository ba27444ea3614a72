// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/frame_source.hpp"

#include <utility>

namespace difftrack::reconstruct {

namespace {

std::vector<FrameSource::Input> on_disk(std::vector<std::string> paths) {
  std::vector<FrameSource::Input> files;
  for (std::string& path : paths) files.push_back({std::move(path), nullptr});
  return files;
}

}  // namespace

bool FramesInMemory::next(event::Frame& frame, std::int32_t& file) {
  if (next_ == frames_.size()) return false;
  frame = frames_[next_++];
  file = 0;
  return true;
}

double FramesInMemory::fraction_read() const {
  return frames_.empty() ? 1.0 : static_cast<double>(next_) / static_cast<double>(frames_.size());
}

FrameSource::FrameSource(std::vector<std::string> files, detector::Detector detector,
                         const detector::FrameConfig& config, const detector::HitConfig& hits,
                         const detector::InputConfig& input, std::set<std::string> grouped)
    : FrameSource(on_disk(std::move(files)), std::move(detector), config, hits, input, std::move(grouped)) {}

FrameSource::FrameSource(std::vector<Input> files, detector::Detector detector, const detector::FrameConfig& config,
                         const detector::HitConfig& hits, const detector::InputConfig& input,
                         std::set<std::string> grouped)
    : files_(std::move(files)),
      detector_(std::move(detector)),
      config_(config),
      hits_(hits),
      input_(input),
      grouped_(std::move(grouped)) {
  detector::check_hits(hits, "");
}

void FrameSource::open_file() {
  detector::HitConfig hits = hits_;
  hits.first_readout += static_cast<std::int32_t>(frames_);
  const auto& [name, bytes] = files_[file_];
  reader_ = std::make_unique<detector::FrameReader>(bytes ? bytes : event::open_file(name), detector_, config_, hits,
                                                    input_, grouped_.contains(name));
}

bool FrameSource::next(event::Frame& frame, std::int32_t& file) {
  for (; file_ < files_.size(); close_file()) {
    if (!reader_) open_file();
    if (!reader_->next(frame)) continue;
    frame.index = frames_++;
    file = static_cast<std::int32_t>(file_);
    return true;
  }
  return false;
}

void FrameSource::close_file() {
  const detector::FrameReport& of_file = reader_->frame_report();
  report_.merge += reader_->merge_report();
  ++(reader_->from_pixels() ? report_.pixel_files : report_.merged_files);
  report_.frames.events += of_file.events;
  report_.frames.frames += of_file.frames;
  report_.frames.partial_events += of_file.partial_events;
  report_.frames.cut_off += of_file.cut_off;
  report_.frames.empty_windows += of_file.empty_windows;
  report_.notes.insert(report_.notes.end(), reader_->notes().begin(), reader_->notes().end());
  for (const std::string& warning : reader_->warnings()) report_.warnings.push_back(warning);
  if (!of_file.why_none.empty()) report_.warnings.push_back(files_[file_].name + ": no frame: " + of_file.why_none);
  reader_.reset();
  ++file_;
}

double FrameSource::fraction_read() const {
  const double within = reader_ ? reader_->fraction_read() : 0.0;
  return files_.empty() ? 1.0 : (static_cast<double>(file_) + within) / static_cast<double>(files_.size());
}

}  // namespace difftrack::reconstruct
