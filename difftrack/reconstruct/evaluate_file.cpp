// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/evaluate_file.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz.hpp"

namespace difftrack::reconstruct {

namespace {

constexpr std::size_t kPiece = 1 << 16;

// The segments table of the graph file beside a tracks file, read in pieces.
class SegmentRows {
 public:
  explicit SegmentRows(const std::string& tracks_path)
      : path_(std::filesystem::path(tracks_path).replace_extension(".graph.npz").string()) {
    if (!std::filesystem::exists(path_))
      throw core::InputError({path_, "", ""}, "is missing; run 'difftrack reconstruct' with --write-graph");
    const event::NpzFile file(path_);
    if (!file.has("segments")) throw core::InputError({path_, "", ""}, "has no table of segments");
    source_ = event::npy_rows(file.open("segments"), "segments");
  }

  event::Table next() {
    event::Table rows;
    rows.file = path_;
    rows.columns = source_->empty_columns();
    source_->read(rows.columns, kPiece);
    return rows;
  }

 private:
  std::string path_;
  std::unique_ptr<event::RowSource> source_;
};

std::vector<std::uint8_t> flags(const event::Table& rows, const char* name) {
  std::vector<std::uint8_t> values;
  for (const std::int32_t value : rows.int32s(name)) values.push_back(value != 0 ? 1 : 0);
  return values;
}

}  // namespace

std::vector<Evaluation> evaluate_file(const std::string& path) {
  TracksReader reader(path);
  const TracksMeta& meta = reader.meta();
  std::vector<std::vector<track::FrameCounts>> counts(meta.sources.size());
  std::vector<double> events(meta.sources.size(), 0.0);
  RecordedFrame recorded;
  while (reader.next(recorded)) {
    events[static_cast<std::size_t>(recorded.file)] += recorded.frame.n_events;
    if (recorded.frame.hits.size() == 0) {
      counts[static_cast<std::size_t>(recorded.file)].push_back({});
      continue;
    }
    if (!recorded.frame.hits.has_truth())
      throw core::InputError({path, "event", ""},
                             "the tracks carry no truth, so there is nothing to compare them with");
    track::FrameCounts frame = recorded.segments;
    const track::FrameCounts tracks = track::evaluate_tracks(recorded.frame, recorded.tracks, meta.thresholds);
    frame.primary_tracks = tracks.primary_tracks;
    frame.right_tracks = tracks.right_tracks;
    frame.primary_events = tracks.primary_events;
    frame.tracks = tracks.tracks;
    frame.one_particle = tracks.one_particle;
    frame.reconstructable = tracks.reconstructable;
    frame.found = tracks.found;
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
  SegmentRows rows_a(path_a), rows_b(path_b);
  assign::Disagreement total;
  while (true) {
    const event::Table a = rows_a.next(), b = rows_b.next();
    if (a.rows() != b.rows()) throw core::InputError({path_b, "", ""}, "has other segments than " + path_a);
    if (a.rows() == 0) return total;
    for (const char* name : {"frame", "deep", "shallow"})
      if (a.at(name).values != b.at(name).values)
        throw core::InputError({path_b, name, ""}, "has other segments than " + path_a);
    total.add(flags(a, "assigned"), flags(b, "assigned"), flags(a, "label"));
  }
}

}  // namespace difftrack::reconstruct
