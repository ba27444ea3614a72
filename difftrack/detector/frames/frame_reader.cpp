// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frames/frame_reader.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/frames/frames_from_pixels.hpp"
#include "difftrack/detector/pixels/pixels_from_table.hpp"

namespace difftrack::detector {

using event::Table;

FrameReader::FrameReader(const std::string& path, const Detector& detector, const FrameConfig& config,
                         const HitConfig& hits, const InputConfig& input, bool grouped)
    : FrameReader(event::open_file(path), detector, config, hits, input, grouped) {}

FrameReader::FrameReader(std::shared_ptr<const event::Bytes> file, const Detector& detector, const FrameConfig& config,
                         const HitConfig& hits, const InputConfig& input, bool grouped)
    : file_(std::move(file)),
      detector_(detector),
      config_(config),
      hits_(hits),
      input_(input),
      steps_(file_, detector, input, config.arrivals(), grouped),
      merger_(detector, hits),
      builder_(config, file_->name()) {
  check_hits(hits, "");
  if (hits.from_pixels()) digitiser_.emplace(detector, hits, config);
}

bool FrameReader::next(event::Frame& frame) {
  if (!next_as_read(frame)) return false;
  if (input_.rotation) {
    frame.has_rotation = true;
    frame.rotation = static_cast<float>(*input_.rotation);
  }
  return true;
}

bool FrameReader::next_as_read(event::Frame& frame) {
  while (!builder_.next(frame)) {
    if (!pixel_frames_.empty()) {
      frame = std::move(pixel_frames_.front());
      pixel_frames_.pop_front();
      return true;
    }
    if (ended_) return false;
    read_events();
  }
  return true;
}

void FrameReader::read_events() {
  if (!std::exchange(started_, true)) {
    const bool pixels = is_pixel_table(steps_.first_rows());
    const auto refuse = [&](const char* option, const char* kind) {
      throw core::InputError({file_->name(), option, ""}, std::string("is of no use to a file of ") + kind);
    };
    if (!pixels && hits_.drop_repeats) refuse("drop_repeats", "steps");
    if (pixels && config_.frame_time > 0.0) refuse("frame_time", "fired pixels: a readout is one of its frames");
    if (pixels) return read_pixels();
  }
  event::Steps events;
  const bool more = steps_.next(events);
  if (digitiser_)
    add_readouts(more ? digitiser_->add(std::move(events)) : digitiser_->finish());
  else if (more)
    builder_.add(merger_(std::move(events)));
  if (more) return;
  ended_ = true;
  builder_.finish();
}

std::vector<std::string> FrameReader::warnings() const {
  std::vector<std::string> all = steps_.warnings();
  all.insert(all.end(), warnings_.begin(), warnings_.end());
  if (const auto duplicates = merge_report().duplicates; duplicates > 0)
    all.push_back(fmt::format("{}: {} rows repeat an earlier one of their event to the bit and were left out",
                              file_->name(), duplicates));
  return all;
}

void FrameReader::add_readouts(const std::vector<Readout>& readouts) {
  for (const Readout& readout : readouts) builder_.add_readout(readout.hits, readout.n_events, readout.complete);
}

void FrameReader::read_pixels() {
  FramesFromPixels::Config config;
  config.drop_repeats = hits_.drop_repeats;
  config.readouts_per_frame = config_.per_frame;
  config.frames.max_hits_per_layer = config_.max_hits_per_layer;
  const Table table = event::read_table(file_, input_.read_options());
  PixelFrames made = FramesFromPixels(config)(pixels_from_table(table, detector_), detector_, file_->name());
  pixel_report_.emplace().frames = static_cast<std::int64_t>(made.frames.size());
  warnings_ = table.warnings;
  if (made.repeated_rows > 0)
    warnings_.push_back(
        fmt::format("{}: {} rows left out: their pixel fired in the readout before, too, or is listed twice",
                    file_->name(), made.repeated_rows));
  if (!made.hot.places.empty())
    warnings_.push_back(fmt::format("{}: {} hot pixels masked", file_->name(), made.hot.places.size()));
  pixel_frames_.assign(std::make_move_iterator(made.frames.begin()), std::make_move_iterator(made.frames.end()));
  ended_ = true;
}

double FrameReader::fraction_read() const {
  if (!pixel_report_) return steps_.fraction_read();
  const auto all = static_cast<double>(pixel_report_->frames);
  return all > 0 ? 1.0 - static_cast<double>(pixel_frames_.size()) / all : 1.0;
}

}  // namespace difftrack::detector
