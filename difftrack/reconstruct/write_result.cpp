// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/write_result.hpp"

#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/match_truth.hpp"
#include "difftrack/track/metrics.hpp"

namespace difftrack::reconstruct {

namespace {

event::SegmentTable segments_of(const event::Frame& frame, const FrameResult& result, bool truth) {
  const std::size_t n = result.graph.size();
  event::SegmentTable segments;
  segments.frame.assign(n, frame.index);
  segments.deep.assign(result.graph.deep.begin(), result.graph.deep.end());
  segments.shallow.assign(result.graph.shallow.begin(), result.graph.shallow.end());
  segments.logit = result.logits;
  segments.logit.resize(n, 0.0F);  // methods without a network have no logit
  segments.assigned = result.assigned;
  segments.assigned.resize(n, 0);
  if (truth && n > 0) {
    const auto labels = graph::segment_labels(frame, result.graph);
    segments.label.assign(labels.begin(), labels.end());
  }
  return segments;
}

}  // namespace

detector::Thresholds thresholds_of(const event::TracksMeta& meta) {
  detector::Thresholds thresholds;
  thresholds.min_track_hits = meta.min_track_hits;
  thresholds.last_hit_edep = meta.last_hit_edep;
  return thresholds;
}

void set_thresholds(event::TracksMeta& meta, const detector::Thresholds& thresholds) {
  meta.min_track_hits = thresholds.min_track_hits;
  meta.last_hit_edep = thresholds.last_hit_edep;
}

event::FrameRecord record_of(const event::Frame& frame, std::int32_t file, const FrameResult& result,
                             const detector::Thresholds& thresholds, bool with_graph) {
  const bool truth = event::has_recorded_truth(frame);
  event::FrameRecord record;
  record.file = file;
  record.n_segments = static_cast<std::int32_t>(result.graph.size());
  record.confidence = result.confidence;
  if (with_graph) record.graph = segments_of(frame, result, truth);
  if (!truth) return record;
  if (result.tracks.size() > 0)
    for (const track::TrackTruth& matched : track::match_truth(frame, result.tracks)) {
      record.label.push_back(matched.label);
      record.right.push_back(matched.one_label() ? 1 : 0);
    }
  const track::FrameCounts counts =
      track::evaluate_tracks(frame, result.tracks, thresholds, &result.graph, result.assigned);
  record.segments = {counts.true_segments, counts.true_kept, counts.true_assigned, counts.false_kept,
                     counts.false_assigned};
  return record;
}

void write_result(event::TracksWriter& writer, const event::Frame& frame, std::int32_t file,
                  const FrameResult& result) {
  event::FrameRecord record;
  record.file = file;
  if (writer.has_tables()) record = record_of(frame, file, result, thresholds_of(writer.meta()), writer.has_graph());
  writer.add(frame, result.tracks, record);
}

}  // namespace difftrack::reconstruct
