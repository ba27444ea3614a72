// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frames/steps_to_hits.hpp"

#include <algorithm>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/response/hit_columns.hpp"

namespace difftrack::detector {

using event::Hits;
using event::Steps;

void check_hits(const HitConfig& config, const std::string& source) { core::check_fields(config.pixels, source); }

Hits StepMerger::operator()(Steps whole_events) {
  report_.folded += fold_electrons(whole_events, electron_distance_);
  MergedHits merged = merge_events(whole_events, thresholds_, next_id_);
  next_id_ += merged.report.hits + merged.report.small;
  report_ += merged.report;
  return std::move(merged.hits);
}

namespace {

Digitise::Config with_readouts(Digitise::Config pixels, const FrameConfig& frames) {
  pixels.events_per_frame = frames.per_frame;
  pixels.frame_time = frames.frame_time;
  return pixels;
}

}  // namespace

StepDigitiser::StepDigitiser(const Detector& detector, const HitConfig& config, const FrameConfig& frames)
    : detector_(detector),
      electron_distance_(config.fold_electrons ? electron_distance(detector) : 0.0),
      pixels_(with_readouts(config.pixels, frames)),
      digitise_(pixels_),
      cluster_({.chip_layout = pixels_.chip_layout, .use_pixel_energy = false, .threads = pixels_.threads}),
      next_readout_(config.first_readout) {}

std::vector<Readout> StepDigitiser::add(Steps whole_events) {
  report_.rows += static_cast<std::int64_t>(whole_events.size());
  report_.duplicates += drop_repeated_steps(whole_events);
  report_.folded += fold_electrons(whole_events, electron_distance_, FoldedPosition::Own);
  event::append_rows(waiting_, whole_events);
  return digitise(false);
}

std::vector<Readout> StepDigitiser::finish() { return digitise(true); }

std::vector<Readout> StepDigitiser::digitise(bool ended) {
  if (waiting_.size() == 0) return {};
  const ReadoutsOfSteps found = readouts_of_steps(waiting_, pixels_.events_per_frame, pixels_.frame_time);
  const std::vector<std::int32_t>& readout = found.of_step;
  // The last readout may go on in the next batch; the others are followed by one, so nothing more comes to them.
  const std::int32_t n = readout.back() + (ended ? 1 : 0);
  const auto end = static_cast<std::size_t>(std::lower_bound(readout.begin(), readout.end(), n) - readout.begin());
  if (n == 0) return {};
  Steps steps;
  event::append_rows(steps, waiting_, 0, end);
  Steps rest;
  event::append_rows(rest, waiting_, end, waiting_.size());
  waiting_ = std::move(rest);

  std::vector<Readout> readouts(static_cast<std::size_t>(n));
  for (std::size_t r = 0; r < readouts.size(); ++r) {
    readouts[r].n_events = found.n_events[r];
    readouts[r].complete = found.complete[r] != 0;
  }
  append_hits(steps, next_readout_, readouts);
  for (std::size_t i = 0; i < steps.size(); ++i) {  // a readout has one run, spot and rotation
    if (i > 0 && readout[i] == readout[i - 1]) continue;
    Hits& hits = readouts[static_cast<std::size_t>(readout[i])].hits;
    for_each_pair(kEventColumns, steps, hits, [&](const auto& from, auto& to) { to.assign(hits.size(), from[i]); });
  }
  next_readout_ += n;
  return readouts;
}

void StepDigitiser::append_hits(const Steps& steps, std::int32_t first, std::vector<Readout>& readouts) {
  FramedHits clusters = cluster_(digitise_(steps, detector_, first), detector_);
  for (std::size_t i = 0; i < clusters.hits.size(); ++i) {
    clusters.hits.id[i] += next_id_;
    event::append_row(readouts[static_cast<std::size_t>(clusters.frame[i] - first)].hits, clusters.hits, i);
  }
  next_id_ += static_cast<std::int64_t>(clusters.hits.size());
  report_.hits += static_cast<std::int64_t>(clusters.hits.size());
  report_.small += clusters.small;
  report_.crowded += clusters.crowded;
  report_.mixed += std::count(clusters.hits.mixed.begin(), clusters.hits.mixed.end(), 1);
}

}  // namespace difftrack::detector
