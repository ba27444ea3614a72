// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frame_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/steps_from_table.hpp"

namespace difftrack::detector {

using event::Hits;
using event::Steps;
using event::Table;

namespace {

constexpr std::int64_t kChunkRows = 65536;
constexpr std::size_t kMaxEventRows = 10'000'000;

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from, std::size_t begin, std::size_t end) {
  if (!from.empty())
    to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(begin),
              from.begin() + static_cast<std::ptrdiff_t>(end));
}

/// Appends rows [begin, end) of `from`.
void append_rows(Steps& to, const Steps& from, std::size_t begin, std::size_t end) {
  append(to.event, from.event, begin, end);
  append(to.track, from.track, begin, end);
  append(to.parent, from.parent, begin, end);
  append(to.pdg, from.pdg, begin, end);
  append(to.process, from.process, begin, end);
  append(to.layer, from.layer, begin, end);
  append(to.x, from.x, begin, end);
  append(to.y, from.y, begin, end);
  append(to.z, from.z, begin, end);
  append(to.edep, from.edep, begin, end);
  append(to.spot_x, from.spot_x, begin, end);
  append(to.spot_y, from.spot_y, begin, end);
}

}  // namespace

Hits StepMerger::merge(const Steps& steps) {
  MergedHits merged = merge_steps(steps, detector_.thresholds, next_id_);
  next_id_ += merged.report.hits + merged.report.small;
  report_ += merged.report;
  return std::move(merged.hits);
}

Hits StepMerger::add(const Table& chunk) {
  const Steps steps = steps_from_table(chunk, detector_);
  if (steps.size() == 0) return {};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (any_event_ && steps.event[i] < last_event_)
      chunk.fail(chunk.at(chunk.has("eventID") ? "eventID" : "event"), i,
                 fmt::format("comes after event {}; sort the file by event", last_event_));
    last_event_ = steps.event[i];
    any_event_ = true;
  }
  std::size_t cut = steps.size();  // the last event of the chunk begins here
  while (cut > 0 && steps.event[cut - 1] == steps.event.back()) --cut;
  Hits hits;
  if (cut > 0 || (waiting_.size() > 0 && waiting_.event.front() != steps.event.front())) {
    append_rows(waiting_, steps, 0, cut);
    hits = merge(waiting_);
    waiting_ = {};
  }
  append_rows(waiting_, steps, cut, steps.size());
  if (waiting_.size() > kMaxEventRows)
    throw core::InputError({chunk.file, "eventID", fmt::format("{}", steps.event.back())},
                           fmt::format("this event has more than {} rows; are the events numbered?", kMaxEventRows));
  return hits;
}

Hits StepMerger::finish() {
  Hits hits = merge(waiting_);
  waiting_ = {};
  return hits;
}

FrameReader::FrameReader(const std::string& path, const Detector& detector, const FrameConfig& config)
    : FrameReader(event::open_file(path), detector, config) {}

FrameReader::FrameReader(std::shared_ptr<const event::Bytes> file, const Detector& detector, const FrameConfig& config)
    : table_(std::move(file)), merger_(detector), builder_(config, table_.file()) {}

bool FrameReader::next(event::Frame& frame) {
  while (!builder_.next(frame)) {
    if (ended_) return false;
    Table chunk;
    const bool more = table_.next(chunk, kChunkRows);
    warnings_.insert(warnings_.end(), chunk.warnings.begin(), chunk.warnings.end());
    builder_.add(more ? merger_.add(chunk) : merger_.finish());
    if (more) continue;
    ended_ = true;
    builder_.finish();
    if (merger_.report().duplicates > 0)
      warnings_.push_back(fmt::format("{}: {} rows repeat an earlier one of their event to the bit and were left out",
                                      table_.file(), merger_.report().duplicates));
  }
  return true;
}

}  // namespace difftrack::detector
