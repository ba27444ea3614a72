// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/metrics.hpp"

#include <limits>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/track/match_truth.hpp"

namespace difftrack::track {
namespace {

constexpr double kMinCompleteness = 0.9;

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : std::numeric_limits<double>::quiet_NaN();
}

/// Pairs of hits in adjacent layers with the same label.
std::int64_t count_true_segments(const event::Frame& frame) {
  std::int64_t count = 0;
  std::unordered_map<std::int64_t, std::int64_t> below, here;
  for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer) {
    here.clear();
    for (auto h = frame.begin(layer); h < frame.end(layer); ++h) {
      const std::int64_t label = frame.hits.event[static_cast<std::size_t>(h)];
      ++here[label];
      if (const auto found = below.find(label); label >= 0 && found != below.end()) count += found->second;
    }
    below.swap(here);
  }
  return count;
}

void count_segments(const event::Frame& frame, const graph::HitGraph& graph, std::span<const std::uint8_t> assigned,
                    FrameCounts& counts) {
  if (assigned.size() != graph.size())
    throw core::InputError({"", "assigned", std::to_string(assigned.size())},
                           "needs one per segment (" + std::to_string(graph.size()) + ")");
  counts.true_segments = count_true_segments(frame);
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const std::int64_t label = frame.hits.event[static_cast<std::size_t>(graph.deep[s])];
    const bool is_true = label >= 0 && label == frame.hits.event[static_cast<std::size_t>(graph.shallow[s])];
    (is_true ? counts.true_kept : counts.false_kept) += 1;
    if (assigned[s]) (is_true ? counts.true_assigned : counts.false_assigned) += 1;
  }
}

/// The events that a track has hits of: of one that is right by clusters it shares its own alone.
std::unordered_set<std::int64_t> events_of(const event::Hits& hits, std::span<const std::int32_t> track,
                                           const TrackTruth& truth) {
  if (truth.one_particle()) return {truth.primary};
  std::unordered_set<std::int64_t> events;
  for (const auto h : track) events.insert(hits.event[static_cast<std::size_t>(h)]);
  return events;
}

/// A mean above 1 is no share of anything, so that an interval for a share would say nothing about it.
Estimate mean_share(std::span<const double> shares) {
  Estimate estimate = mean(shares);
  if (estimate.value > 1.0) estimate.low = estimate.high = std::numeric_limits<double>::quiet_NaN();
  return estimate;
}

void add(FrameCounts& sum, const FrameCounts& one) {
  sum.primary_tracks += one.primary_tracks;
  sum.right_tracks += one.right_tracks;
  sum.primary_events += one.primary_events;
  sum.tracks += one.tracks;
  sum.one_particle += one.one_particle;
  sum.reconstructable += one.reconstructable;
  sum.found += one.found;
  sum.complete += one.complete;
  sum.true_segments += one.true_segments;
  sum.true_kept += one.true_kept;
  sum.true_assigned += one.true_assigned;
  sum.false_kept += one.false_kept;
  sum.false_assigned += one.false_assigned;
}

}  // namespace

double FrameCounts::published_purity() const { return ratio(right_tracks, primary_tracks); }
double FrameCounts::published_efficiency() const { return ratio(right_tracks, primary_events); }

FrameCounts evaluate_tracks(const event::Frame& frame, const event::Tracks& tracks,
                            const detector::Thresholds& thresholds, const graph::HitGraph* graph,
                            std::span<const std::uint8_t> assigned) {
  FrameCounts counts;
  std::unordered_set<std::int64_t> found;
  std::unordered_map<std::int64_t, std::int32_t> tracks_of;  // accepted tracks with a hit of an event
  const std::vector<TrackTruth> truths = match_truth(frame, tracks);
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    const TrackTruth& truth = truths[t];
    ++counts.tracks;
    counts.primary_tracks += truth.all_primary;
    counts.right_tracks += truth.all_primary && truth.one_label();
    counts.one_particle += truth.one_particle();
    if (truth.one_particle() && truth.completeness >= kMinCompleteness) found.insert(truth.primary);
    for (const std::int64_t label : events_of(frame.hits, tracks.hits[t], truth)) ++tracks_of[label];
  }
  for (const PrimaryTruth& primary : primaries(frame, thresholds)) {
    counts.primary_events += primary.all_primary();
    counts.reconstructable += primary.reconstructable;
    counts.found += primary.reconstructable && found.contains(primary.label);
    counts.complete += primary.all_primary() && found.contains(primary.label) && tracks_of[primary.label] == 1;
  }
  if (graph && !assigned.empty()) count_segments(frame, *graph, assigned, counts);
  return counts;
}

Metrics summarise(std::span<const FrameCounts> frames) {
  Metrics metrics;
  metrics.frames = static_cast<std::int64_t>(frames.size());
  std::vector<double> purity, efficiency;
  for (const FrameCounts& frame : frames) {
    add(metrics.counts, frame);
    purity.push_back(frame.published_purity());
    efficiency.push_back(frame.published_efficiency());
  }
  const FrameCounts& c = metrics.counts;
  metrics.published_purity = mean_share(purity);
  metrics.published_efficiency = mean_share(efficiency);
  metrics.strict_purity = proportion(c.one_particle, c.tracks);
  metrics.strict_efficiency = proportion(c.found, c.reconstructable);
  metrics.complete = proportion(c.complete, c.primary_events);
  metrics.segment_tpr = proportion(c.true_assigned, c.true_kept);
  metrics.segment_fpr = proportion(c.false_assigned, c.false_kept);
  metrics.segment_tpr_in_all = proportion(c.true_assigned, c.true_segments);
  metrics.segment_filter_kept = proportion(c.true_kept, c.true_segments);
  return metrics;
}

}  // namespace difftrack::track
