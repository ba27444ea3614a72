// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <future>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/part_file.hpp"
#include "difftrack/core/version.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/io/row_spool.hpp"
#include "difftrack/event/io/tracks_csv.hpp"
#include "difftrack/event/io/tracks_file.hpp"

namespace difftrack::event {

namespace {

constexpr std::size_t kPiece = 1 << 14;  // rows that wait in memory before they are written
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

// Compressed on the thread that hands results on, while the others solve the next frames.
constexpr NpzWriter::Config kWriting{.level = 1, .threads = 1};

std::string json_text(const TracksMeta& meta) {
  const TrackCuts cuts = meta.cuts.value_or(TrackCuts{});
  const nlohmann::ordered_json json{
      {"format", "difftrack tracks"},
      {"schema", kTracksSchema},
      {"difftrack", core::version()},
      {"method", meta.method},
      {"model", meta.model},
      {"assignment", meta.assignment},
      {"detector", meta.detector},
      {"min_track_hits", meta.min_track_hits},
      {"last_hit_edep_MeV", meta.last_hit_edep},
      {"per_frame", meta.per_frame},
      {"frame_time_ns", meta.frame_time},
      {"sources", meta.sources},
      {"no_tracks", meta.no_tracks},
      {"cuts",
       {{"chains", cuts.chains},
        {"hits", cuts.hits},
        {"too_short", cuts.too_short},
        {"too_short_hits", cuts.too_short_hits},
        {"faint_end", cuts.faint_end},
        {"doubtful", cuts.doubtful}}},
  };
  return json.dump(1);
}

/// Files are named after an output, so that a device or pipe would get neighbours instead of the tracks.
void check_is_name(const std::string& output) {
  constexpr std::array<const char*, 3> kDescriptors = {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
  const std::string advice = "is no name for files; say - for the CSV on standard output";
  if (std::find(kDescriptors.begin(), kDescriptors.end(), output) != kDescriptors.end())
    throw core::InputError({"", "output", output}, advice);
  std::error_code ignored;
  const auto status = std::filesystem::status(output, ignored);
  if (std::filesystem::exists(status) && std::filesystem::is_other(status))
    throw core::InputError({"", "output", output}, advice);
}

}  // namespace

std::vector<std::string> tracks_file_names(const std::string& output, bool write_graph) {
  if (output == kStandardOutput && write_graph)
    throw core::InputError({"", "output", output}, "holds no graph; name files to write it to");
  if (output == kStandardOutput) return {};
  check_is_name(output);
  const bool ending = output.ends_with(".npz") || output.ends_with(".csv");
  const std::string name = ending ? output.substr(0, output.size() - 4) : output;
  std::vector<std::string> names{name + ".npz", name + ".csv"};
  if (write_graph) names.push_back(name + ".graph.npz");
  return names;
}

bool is_tracks_file(const NpzFile& file) {
  return file.has("meta") && file.has(HitTable::kTable) && file.has(TrackTable::kTable) && file.has(FrameTable::kTable);
}

bool has_recorded_truth(const Frame& frame) { return frame.hits.has_truth() && !frame.hits.primary.empty(); }

/// Rows that wait: those of hits until they are written, those of tracks and frames until they are spooled, for a .npz
/// holds one table after the other.
struct TracksWriter::Files {
  Files(const std::string& output, TracksMeta its_meta, bool write_graph)
      : names(tracks_file_names(output, write_graph)),
        meta(std::move(its_meta)),
        npz(names.empty() ? nullptr : std::make_unique<NpzWriter>(names[0], kWriting)),
        csv(names.empty() ? "" : names[1]) {
    meta.schema = kTracksSchema;
    meta.cuts = TrackCuts{};
    // Also of a killed run that was to write a graph, where this one is not.
    if (npz && !write_graph) core::remove_parts_left_behind(tracks_file_names(output, true)[2]);
    if (write_graph) graph = std::make_unique<NpzWriter>(names[2], kWriting);
  }

  // The first frame with hits decides whether there is truth, of what is shared, too, and confidence; all others must
  // agree about truth.
  void begin(const Frame& frame, const FrameRecord& record);
  void add_rows(const Frame& frame, const Tracks& accepted, const FrameRecord& record);
  void add_hits(const Frame& frame, const Tracks& accepted, const FrameRecord& record);
  void add_tracks(const Frame& frame, const Tracks& accepted, const FrameRecord& record);
  void add_frame(const Frame& frame, const Tracks& accepted, const FrameRecord& record);
  void add_segments(const SegmentTable& from);

  template <class Rows>
  void append(NpzWriter& to, Rows& rows) {
    to.append(std::string(Rows::kTable), column_views(rows, truth, shared));
    rows = {};
  }
  template <class Rows>
  void append_spooled(RowSpool<Rows>& spool, Rows& rest) {
    for (Rows block; spool.next(block);) append(*npz, block);
    append(*npz, rest);
  }

  std::vector<std::string> names;
  TracksMeta meta;
  std::unique_ptr<NpzWriter> npz;  // none: the CSV alone, on standard output
  TracksCsv csv;
  std::unique_ptr<NpzWriter> graph;
  bool truth = false, shared = false, any = false;
  HitTable hits;
  SegmentTable segments;
  TrackTable tracks;
  FrameTable frames;
  RowSpool<TrackTable> spooled_tracks;
  RowSpool<FrameTable> spooled_frames;
  std::int64_t n_hits = 0, n_tracks = 0;
};

void TracksWriter::Files::add_hits(const Frame& frame, const Tracks& accepted, const FrameRecord& record) {
  const Hits& from = frame.hits;
  const std::size_t begin = hits.size();
  const std::size_t end = begin + from.size();
  const auto extend = [](auto& to, const auto& values) { to.insert(to.end(), values.begin(), values.end()); };
  hits.frame.resize(end, frame.index);
  hits.track.resize(end, -1);
  hits.order.resize(end, -1);
  hits.confidence.resize(end, kUnknown);
  extend(hits.hit, from.id);
  extend(hits.layer, from.layer);
  extend(hits.x, from.x);
  extend(hits.y, from.y);
  extend(hits.z, from.z);
  extend(hits.edep, from.edep);
  extend(hits.cluster_size, from.cluster_size);
  if (truth && from.size() > 0) {
    extend(hits.event, from.event);
    extend(hits.primary, from.primary);
    extend(hits.particle, from.particle);
    hits.particle.resize(end, -1);  // not known
    extend(hits.second_event, from.second_event);
  }
  for (std::size_t t = 0; t < accepted.size(); ++t) {
    const auto row = accepted.hits[t];
    for (std::size_t i = 0; i < row.size(); ++i) {
      hits.track[begin + static_cast<std::size_t>(row[i])] = n_tracks + static_cast<std::int64_t>(t);
      hits.order[begin + static_cast<std::size_t>(row[i])] = static_cast<std::int32_t>(i);
      if (i > 0 && !record.confidence.empty())
        hits.confidence[begin + static_cast<std::size_t>(row[i])] = record.confidence[static_cast<std::size_t>(row[i])];
    }
  }
}

void TracksWriter::Files::add_tracks(const Frame& frame, const Tracks& accepted, const FrameRecord& record) {
  for (std::size_t t = 0; t < accepted.size(); ++t) {
    tracks.frame.push_back(frame.index);
    tracks.track.push_back(n_tracks + static_cast<std::int64_t>(t));
    tracks.n_hits.push_back(static_cast<std::int32_t>(accepted.hits[t].size()));
    tracks.score.push_back(accepted.score[t]);
    tracks.confidence.push_back(accepted.confidence.empty() ? kUnknown : accepted.confidence[t]);
    tracks.event.push_back(truth ? record.label[t] : -1);
    tracks.right.push_back(truth ? record.right[t] : 0);
  }
}

void TracksWriter::Files::add_frame(const Frame& frame, const Tracks& accepted, const FrameRecord& record) {
  frames.frame.push_back(frame.index);
  frames.file.push_back(record.file);
  frames.run.push_back(frame.run);
  frames.spot_x.push_back(frame.has_spot ? frame.spot_x : kUnknown);
  frames.spot_y.push_back(frame.has_spot ? frame.spot_y : kUnknown);
  frames.rotation.push_back(frame.has_rotation ? frame.rotation : kUnknown);
  frames.n_events.push_back(frame.n_events);
  frames.n_hits.push_back(static_cast<std::int32_t>(frame.hits.size()));
  frames.n_segments.push_back(record.n_segments);
  frames.n_tracks.push_back(static_cast<std::int32_t>(accepted.size()));
  frames.true_segments.push_back(record.segments.true_segments);
  frames.true_kept.push_back(record.segments.true_kept);
  frames.true_assigned.push_back(record.segments.true_assigned);
  frames.false_kept.push_back(record.segments.false_kept);
  frames.false_assigned.push_back(record.segments.false_assigned);
}

void TracksWriter::Files::add_segments(const SegmentTable& from) {
  const std::size_t begin = segments.size();
  append_rows(segments, from);
  for (auto* rows : {&segments.deep, &segments.shallow})
    for (std::size_t i = begin; i < rows->size(); ++i) (*rows)[i] += n_hits;
}

TracksWriter::TracksWriter(const std::string& output, TracksMeta meta, bool write_graph)
    : files_(std::make_unique<Files>(output, std::move(meta), write_graph)) {}

TracksWriter::~TracksWriter() = default;

void TracksWriter::Files::begin(const Frame& frame, const FrameRecord& record) {
  const bool has_truth = has_recorded_truth(frame);
  const bool has_shared = has_truth && !frame.hits.second_event.empty();
  if (any && (truth != has_truth || shared != has_shared))
    throw core::InputError({meta.sources[static_cast<std::size_t>(record.file)], "", ""},
                           "truth columns are in some input files only; reconstruct those apart");
  if (any) return;
  any = true;
  truth = has_truth;
  shared = has_shared;
  csv.write_header({.truth = truth, .shared = shared, .confidence = !record.confidence.empty()});
}

void TracksWriter::Files::add_rows(const Frame& frame, const Tracks& accepted, const FrameRecord& record) {
  add_hits(frame, accepted, record);
  add_tracks(frame, accepted, record);
  add_frame(frame, accepted, record);
  if (graph) add_segments(record.graph);
  const auto spool = [](auto& rows, auto& to) {
    if (rows.size() < kPiece) return;
    to.push(rows);
    rows = {};
  };
  spool(tracks, spooled_tracks);
  spool(frames, spooled_frames);
  if (hits.size() >= kPiece) append(*npz, hits);
  if (graph && segments.size() >= kPiece) append(*graph, segments);
}

void TracksWriter::add(const Frame& frame, const Tracks& accepted, const FrameRecord& record) {
  Files& f = *files_;
  const bool empty = frame.hits.size() == 0;
  if (!empty) f.begin(frame, record);
  f.csv.write_lines(frame, accepted, record.confidence, f.n_tracks);
  if (f.npz) f.add_rows(frame, accepted, record);
  if (accepted.size() == 0) ++f.meta.no_tracks[empty ? frame.why_empty : accepted.why_none];
  *f.meta.cuts += accepted.cuts;
  f.n_hits += static_cast<std::int64_t>(frame.hits.size());
  f.n_tracks += static_cast<std::int64_t>(accepted.size());
}

void TracksWriter::commit() {
  Files& f = *files_;
  if (!f.any) f.csv.write_header({});
  if (!f.npz) return f.csv.commit();
  auto csv = std::async(std::launch::async, [&] { f.csv.finish(); });  // the disk works while the rest is compressed
  f.append(*f.npz, f.hits);
  f.append_spooled(f.spooled_tracks, f.tracks);
  f.append_spooled(f.spooled_frames, f.frames);
  f.npz->add_text("meta", json_text(f.meta));
  if (f.graph) {
    f.append(*f.graph, f.segments);
    f.graph->finish();
  }
  f.npz->finish();
  csv.get();
  f.csv.commit();
  if (f.graph) f.graph->commit();
  f.npz->commit();
}

std::string TracksWriter::name() const { return files_->npz ? files_->names[0] : "standard output"; }
const TracksMeta& TracksWriter::meta() const { return files_->meta; }
bool TracksWriter::has_tables() const { return files_->npz != nullptr; }
bool TracksWriter::has_graph() const { return files_->graph != nullptr; }

}  // namespace difftrack::event
