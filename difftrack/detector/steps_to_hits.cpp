// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps_to_hits.hpp"

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

constexpr std::size_t kMaxEventRows = 10'000'000;

}  // namespace

void check_hits(const HitConfig& config, const std::string& source) {
  if (config.hits != "merged" && config.hits != "pixels")
    throw core::InputError({source, "hits", config.hits}, "must be one of: merged, pixels");
  core::check_fields(config.pixels, source);
}

Steps WholeEvents::add(const Table& chunk) {
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
  Steps whole;
  if (cut > 0 || (waiting_.size() > 0 && waiting_.event.front() != steps.event.front())) {
    event::append_rows(waiting_, steps, 0, cut);
    whole = std::exchange(waiting_, {});
  }
  event::append_rows(waiting_, steps, cut, steps.size());
  if (waiting_.size() > kMaxEventRows)
    throw core::InputError({chunk.file, "eventID", fmt::format("{}", steps.event.back())},
                           fmt::format("this event has more than {} rows; are the events numbered?", kMaxEventRows));
  return whole;
}

Steps WholeEvents::finish() { return std::exchange(waiting_, {}); }

Hits StepMerger::merge(Steps steps) {
  report_.folded += fold_electrons(steps, electron_distance_);
  MergedHits merged = merge_steps(steps, events_.detector().thresholds, next_id_);
  next_id_ += merged.report.hits + merged.report.small;
  report_ += merged.report;
  return std::move(merged.hits);
}

namespace {

Digitise::Config with_events(Digitise::Config pixels, std::int32_t per_frame) {
  pixels.events_per_frame = per_frame;
  return pixels;
}

}  // namespace

StepDigitiser::StepDigitiser(const Detector& detector, const HitConfig& config, std::int32_t per_frame)
    : events_(detector),
      electron_distance_(config.fold_electrons ? electron_distance(detector) : 0.0),
      pixels_(with_events(config.pixels, per_frame)),
      digitise_(pixels_),
      cluster_({.chip_layout = pixels_.chip_layout, .use_pixel_energy = false, .threads = pixels_.threads}),
      next_readout_(config.first_readout) {}

std::vector<Readout> StepDigitiser::add(const Table& chunk) {
  take(events_.add(chunk));
  return digitise(false);
}

std::vector<Readout> StepDigitiser::finish() {
  take(events_.finish());
  return digitise(true);
}

void StepDigitiser::take(Steps steps) {
  report_.rows += static_cast<std::int64_t>(steps.size());
  report_.duplicates += drop_repeated_steps(steps);
  report_.folded += fold_electrons(steps, electron_distance_, FoldedPosition::Own);
  event::append_rows(waiting_, steps, 0, steps.size());
}

std::vector<Readout> StepDigitiser::digitise(bool ended) {
  if (waiting_.size() == 0) return {};
  const std::vector<std::int32_t> readout = readout_of_steps(waiting_, pixels_.events_per_frame);
  // The last readout may go on in the next chunk; the others are followed by one, so nothing more comes to them.
  const std::int32_t n = readout.back() + (ended ? 1 : 0);
  const auto end = static_cast<std::size_t>(std::lower_bound(readout.begin(), readout.end(), n) - readout.begin());
  if (n == 0) return {};
  Steps steps;
  event::append_rows(steps, waiting_, 0, end);
  Steps rest;
  event::append_rows(rest, waiting_, end, waiting_.size());
  waiting_ = std::move(rest);

  std::vector<Readout> readouts(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (i == 0 || steps.event[i] != steps.event[i - 1]) ++readouts[static_cast<std::size_t>(readout[i])].n_events;
  for (Readout& each : readouts) each.complete = each.n_events == pixels_.events_per_frame;
  append_hits(steps, next_readout_, readouts);
  if (!steps.spot_x.empty())
    for (std::size_t i = 0; i < steps.size(); ++i) {  // a readout has one spot
      if (i > 0 && readout[i] == readout[i - 1]) continue;
      Hits& hits = readouts[static_cast<std::size_t>(readout[i])].hits;
      hits.spot_x.assign(hits.size(), steps.spot_x[i]);
      hits.spot_y.assign(hits.size(), steps.spot_y[i]);
    }
  next_readout_ += n;
  return readouts;
}

void StepDigitiser::append_hits(const Steps& steps, std::int32_t first, std::vector<Readout>& readouts) {
  FramedHits clusters = cluster_(digitise_(steps, events_.detector(), first), events_.detector());
  for (std::size_t i = 0; i < clusters.hits.size(); ++i) {
    clusters.hits.id[i] += next_id_;
    event::append_row(readouts[static_cast<std::size_t>(clusters.frame[i] - first)].hits, clusters.hits, i);
  }
  next_id_ += static_cast<std::int64_t>(clusters.hits.size());
  report_.hits += static_cast<std::int64_t>(clusters.hits.size());
  report_.small += clusters.small;
  report_.mixed += std::count(clusters.hits.mixed.begin(), clusters.hits.mixed.end(), 1);
}

}  // namespace difftrack::detector
