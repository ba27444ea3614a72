// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/inspect/inspect_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/detector/steps/step_reader.hpp"

namespace difftrack::detector {

using event::Frame;
using event::Hits;

namespace {

/// Frames of one size, counted as they are built.
class FrameCounter {
 public:
  FrameCounter(std::int32_t per_frame, const std::string& file)
      : builder_({.per_frame = per_frame, .max_hits_per_layer = 1'000'000'000}, file) {
    summary_.per_frame = per_frame;
  }
  void add(const Hits& hits) {
    builder_.add(hits);
    take();
  }
  void add(const Readout& readout) {
    builder_.add_readout(readout.hits, readout.n_events, readout.complete);
    take();
  }
  FrameSummary finish() {
    builder_.finish();
    take();
    if (summary_.frames > 0) summary_.mean_hits = static_cast<double>(hits_) / static_cast<double>(summary_.frames);
    return summary_;
  }

 private:
  void take() {
    const FrameConfig limits;
    for (Frame frame; builder_.next(frame);) {
      for (std::int32_t layer = 0; layer < frame.n_layers() && summary_.problem.empty(); ++layer)
        if (const auto n = frame.end(layer) - frame.begin(layer); n > limits.max_hits_per_layer)
          summary_.problem = fmt::format("frame {}, layer {}: {} hits, more than max_hits_per_layer = {}", frame.index,
                                         layer, n, limits.max_hits_per_layer);
      summary_.cut_off += frame.n_cut_off;
      summary_.cut_frames += frame.n_cut_off > 0 ? 1 : 0;
      if (frame.hits.size() == 0) {
        if (summary_.empty++ == 0) summary_.why_empty = frame.why_empty;
      }
      if (frame.n_events < summary_.per_frame) {
        summary_.partial_events += frame.n_events;
        continue;
      }
      ++summary_.frames;
      hits_ += static_cast<std::int64_t>(frame.hits.size());
    }
  }

  FrameBuilder builder_;
  FrameSummary summary_;
  std::int64_t hits_ = 0;
};

/// Layers, energies and primaries of hits as they come.
class HitStatistics {
 public:
  explicit HitStatistics(StepsSummary& summary) : summary_(summary) {}

  /// Hits of whole events or whole readouts.
  void add(const Hits& hits) {
    events_.clear();
    primaries_.clear();
    for (std::size_t i = 0; i < hits.size(); ++i) {
      const auto layer = static_cast<std::size_t>(hits.layer[i]);
      if (layer >= summary_.hits_per_layer.size()) summary_.hits_per_layer.resize(layer + 1, 0);
      ++summary_.hits_per_layer[layer];
      const bool first = hits_++ == 0;
      summary_.min_edep = first ? hits.edep[i] : std::min(summary_.min_edep, hits.edep[i]);
      summary_.max_edep = first ? hits.edep[i] : std::max(summary_.max_edep, hits.edep[i]);
      energy_ += static_cast<double>(hits.edep[i]);
      if (hits.event.empty() || hits.event[i] < 0) continue;  // noise
      events_.insert(hits.event[i]);
      if (hits.primary.empty() || hits.primary[i] == 0) continue;
      ++summary_.primary_hits;
      primaries_.insert(hits.event[i]);
    }
    summary_.events_with_hits += static_cast<std::int64_t>(events_.size());
    summary_.primaries += static_cast<std::int64_t>(primaries_.size());
    summary_.has_truth = summary_.has_truth || !hits.primary.empty();
    summary_.has_spot = summary_.has_spot || hits.has_spot();
    if (hits_ > 0) summary_.mean_edep = energy_ / static_cast<double>(hits_);
  }

 private:
  StepsSummary& summary_;
  std::unordered_set<std::int64_t> events_, primaries_;
  std::int64_t hits_ = 0;
  double energy_ = 0.0;
};

class StepsInspector {
 public:
  StepsInspector(const Detector& detector, const std::vector<std::int32_t>& per_frame, const std::string& file,
                 const HitConfig& hits)
      : merger_(detector, hits), statistics_(summary_) {
    for (const std::int32_t n : per_frame) counters_.emplace_back(n, file);
    if (!hits.from_pixels()) return;
    for (const std::int32_t n : per_frame) digitisers_.emplace_back(detector, hits, FrameConfig{.per_frame = n});
    if (per_frame.empty()) digitisers_.emplace_back(detector, hits, FrameConfig{});
  }
  void add(const event::Steps& events) {
    for (std::size_t i = 0; i < events.size(); ++i) summary_.events += i == 0 || !events.same_event(i, i - 1);
    summary_.has_runs = summary_.has_runs || !events.run.empty();
    if (digitisers_.empty()) {
      const Hits hits = merger_(events);
      statistics_.add(hits);
      for (auto& counter : counters_) counter.add(hits);
    }
    for (std::size_t d = 0; d < digitisers_.size(); ++d) take(d, digitisers_[d].add(events));
  }
  StepsSummary finish() {
    for (std::size_t d = 0; d < digitisers_.size(); ++d) take(d, digitisers_[d].finish());
    for (auto& counter : counters_) summary_.frames.push_back(counter.finish());
    summary_.merge = digitisers_.empty() ? merger_.report() : digitisers_.front().report();
    return std::move(summary_);
  }

 private:
  /// Counts the readouts of digitiser d; the first one's hits stand for all.
  void take(std::size_t d, const std::vector<Readout>& readouts) {
    for (const Readout& readout : readouts) {
      if (d == 0) statistics_.add(readout.hits);
      if (d < counters_.size()) counters_[d].add(readout);
    }
  }

  StepMerger merger_;
  std::vector<StepDigitiser> digitisers_;  // with hits = pixels: one per frame size, at least one
  std::vector<FrameCounter> counters_;
  StepsSummary summary_;
  HitStatistics statistics_;
};

}  // namespace

namespace {

StepsSummary inspect_in_order(const std::shared_ptr<const event::Bytes>& file, const Detector& detector,
                              const std::vector<std::int32_t>& per_frame, const HitConfig& hits,
                              const InputConfig& input, bool grouped, std::vector<std::string>& notes) {
  StepReader reader(file, detector, input, {}, grouped);
  StepsInspector steps(detector, per_frame, file->name(), hits);
  for (event::Steps events; reader.next(events);) steps.add(events);
  notes = reader.notes();
  if (const auto& layout = reader.layout(); layout && !layout->column[&event::Steps::time].empty())
    notes.push_back(fmt::format("column {} holds times: --frame-time 5us makes frames of windows of time",
                                layout->column[&event::Steps::time]));
  return steps.finish();
}

}  // namespace

StepsSummary inspect_steps(const std::shared_ptr<const event::Bytes>& file, const Detector& detector,
                           const std::vector<std::int32_t>& per_frame, const HitConfig& hits, const InputConfig& input,
                           std::vector<std::string>& notes) {
  try {
    return inspect_in_order(file, detector, per_frame, hits, input, false, notes);
  } catch (const EventsOutOfOrder&) {
    return inspect_in_order(file, detector, per_frame, hits, input, true, notes);
  }
}

}  // namespace difftrack::detector
