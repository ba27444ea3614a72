// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/evaluate_file.hpp"

#include <algorithm>
#include <filesystem>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/npz_table.hpp"
#include "difftrack/event/track_tables.hpp"
#include "difftrack/reconstruct/write_result.hpp"

namespace difftrack::reconstruct {

namespace {

// The segments in the graph file beside a tracks file. Throws InputError when they are missing.
event::NpzTable<event::SegmentTable> segments_beside(const std::string& tracks_path) {
  const std::string path = std::filesystem::path(tracks_path).replace_extension(".graph.npz").string();
  if (!std::filesystem::exists(path))
    throw core::InputError({path, "", ""}, "is missing; run 'difftrack reconstruct' with --write-graph");
  const event::NpzFile file(path);
  if (!file.has(event::SegmentTable::kTable)) throw core::InputError({path, "", ""}, "has no table of segments");
  return event::NpzTable<event::SegmentTable>(file);
}

}  // namespace

std::vector<Evaluation> evaluate_file(const std::string& path) {
  event::TracksReader reader(path);
  const event::TracksMeta& meta = reader.meta();
  std::vector<std::vector<track::FrameCounts>> counts(meta.sources.size());
  std::vector<double> events(meta.sources.size(), 0.0);
  event::RecordedFrame recorded;
  while (reader.next(recorded)) {
    events[static_cast<std::size_t>(recorded.file)] += recorded.frame.n_events;
    if (recorded.frame.hits.size() == 0) {
      counts[static_cast<std::size_t>(recorded.file)].push_back({});
      continue;
    }
    if (!recorded.frame.hits.has_truth())
      throw core::InputError({path, "event", ""},
                             "the tracks carry no truth, so there is nothing to compare them with");
    track::FrameCounts frame = track::evaluate_tracks(recorded.frame, recorded.tracks, thresholds_of(meta));
    frame.true_segments = recorded.segments.true_segments;
    frame.true_kept = recorded.segments.true_kept;
    frame.true_assigned = recorded.segments.true_assigned;
    frame.false_kept = recorded.segments.false_kept;
    frame.false_assigned = recorded.segments.false_assigned;
    counts[static_cast<std::size_t>(recorded.file)].push_back(frame);
  }
  std::vector<Evaluation> evaluations;
  for (std::size_t i = 0; i < counts.size(); ++i)
    evaluations.push_back({path, std::filesystem::path(meta.sources[i]).stem().string(), meta,
                           events[i] / std::max<double>(1.0, static_cast<double>(counts[i].size())),
                           track::summarise(counts[i])});
  return evaluations;
}

assign::Disagreement compare_files(const std::string& path_a, const std::string& path_b) {
  auto segments_a = segments_beside(path_a), segments_b = segments_beside(path_b);
  assign::Disagreement total;
  event::SegmentTable a, b;
  while (true) {
    const bool more_a = segments_a.next(a), more_b = segments_b.next(b);
    if (a.size() != b.size() || a.frame != b.frame || a.deep != b.deep || a.shallow != b.shallow)
      throw core::InputError({segments_b.file(), "", ""}, "has other segments than " + path_a);
    if (!more_a && !more_b) return total;
    if (a.label.empty())
      throw core::InputError({segments_a.file(), "label", ""}, "is missing: the segments carry no truth");
    total.add(a.assigned, b.assigned, a.label);
  }
}

}  // namespace difftrack::reconstruct
