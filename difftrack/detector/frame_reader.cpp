// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frame_reader.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "difftrack/detector/frames_from_pixels.hpp"
#include "difftrack/detector/pixels_from_table.hpp"

namespace difftrack::detector {

using event::Table;

namespace {

constexpr std::int64_t kChunkRows = 65536;

}  // namespace

FrameReader::FrameReader(const std::string& path, const Detector& detector, const FrameConfig& config,
                         const HitConfig& hits)
    : FrameReader(event::open_file(path), detector, config, hits) {}

FrameReader::FrameReader(std::shared_ptr<const event::Bytes> file, const Detector& detector, const FrameConfig& config,
                         const HitConfig& hits)
    : file_(std::move(file)),
      detector_(detector),
      config_(config),
      drop_repeats_(hits.drop_repeats),
      table_(file_),
      merger_(detector, hits),
      builder_(config, table_.file()) {
  check_hits(hits, "");
  if (hits.from_pixels()) digitiser_.emplace(detector, hits, config.per_frame);
}

bool FrameReader::next(event::Frame& frame) {
  while (!builder_.next(frame)) {
    if (!pixel_frames_.empty()) {
      frame = std::move(pixel_frames_.front());
      pixel_frames_.pop_front();
      return true;
    }
    if (ended_) return false;
    read_chunk();
  }
  return true;
}

void FrameReader::read_chunk() {
  Table chunk;
  const bool more = table_.next(chunk, kChunkRows);
  if (!std::exchange(started_, true) && is_pixel_table(chunk)) return read_pixels();
  warnings_.insert(warnings_.end(), chunk.warnings.begin(), chunk.warnings.end());
  // The last chunk is empty: adding it checks the columns of a file without rows.
  if (digitiser_) {
    add_readouts(digitiser_->add(chunk));
    if (!more) add_readouts(digitiser_->finish());
  } else {
    builder_.add(merger_.add(chunk));
    if (!more) builder_.add(merger_.finish());
  }
  if (more) return;
  ended_ = true;
  builder_.finish();
  if (merge_report().duplicates > 0)
    warnings_.push_back(fmt::format("{}: {} rows repeat an earlier one of their event to the bit and were left out",
                                    table_.file(), merge_report().duplicates));
}

void FrameReader::add_readouts(const std::vector<Readout>& readouts) {
  for (const Readout& readout : readouts) builder_.add_readout(readout.hits, readout.n_events, readout.complete);
}

void FrameReader::read_pixels() {
  FramesFromPixels::Config config;
  config.drop_repeats = drop_repeats_;
  config.readouts_per_frame = config_.per_frame;
  config.max_hits_per_layer = config_.max_hits_per_layer;
  const Table table = event::read_table(file_);
  PixelFrames made = FramesFromPixels(config)(pixels_from_table(table, detector_), detector_, table_.file());
  pixel_report_.emplace().frames = static_cast<std::int64_t>(made.frames.size());
  warnings_ = table.warnings;
  if (made.repeated_rows > 0)
    warnings_.push_back(
        fmt::format("{}: {} rows left out: their pixel fired in the readout before, too, or is listed twice",
                    table_.file(), made.repeated_rows));
  if (!made.hot.places.empty())
    warnings_.push_back(fmt::format("{}: {} hot pixels masked", table_.file(), made.hot.places.size()));
  pixel_frames_.assign(std::make_move_iterator(made.frames.begin()), std::make_move_iterator(made.frames.end()));
  ended_ = true;
}

double FrameReader::fraction_read() const {
  if (!pixel_report_) return table_.fraction_read();
  const auto all = static_cast<double>(pixel_report_->frames);
  return all > 0 ? 1.0 - static_cast<double>(pixel_frames_.size()) / all : 1.0;
}

}  // namespace difftrack::detector
