// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/part_file.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/reconstruct/row_spool.hpp"
#include "difftrack/reconstruct/tracks_csv.hpp"
#include "difftrack/reconstruct/tracks_file.hpp"
#include "difftrack/track/match_truth.hpp"

namespace difftrack::reconstruct {

namespace {

constexpr std::size_t kPiece = 1 << 14;  // rows that wait in memory before they are written

// Compressed on the thread that hands results on, while the others solve the next frames.
constexpr event::NpzWriter::Config kWriting{.level = 1, .threads = 1};

struct TrackRow {
  std::int64_t frame, track, event;
  std::int32_t n_hits, right;
  float score;
};

struct FrameRow {
  std::int64_t frame;
  std::int32_t file, run, n_events, n_hits, n_segments, n_tracks;
  std::int64_t true_segments, true_kept, true_assigned, false_kept, false_assigned;
};

struct HitColumns {
  std::vector<std::int64_t> frame, hit, track, event;
  std::vector<std::int32_t> layer, cluster_size, order, particle;
  std::vector<float> x, y, z, edep;
  std::vector<std::uint8_t> primary;

  std::vector<event::ColumnView> views(bool truth) const {
    std::vector<event::ColumnView> all{
        {"frame", frame}, {"hit", hit},    {"layer", layer}, {"x", x},
        {"y", y},         {"z", z},        {"edep", edep},   {"cluster_size", cluster_size},
        {"track", track}, {"order", order}};
    if (truth) {
      all.push_back({"event", event});
      all.push_back({"particle", particle});
      all.push_back({"primary", primary});
    }
    return all;
  }
};

struct SegmentColumns {
  std::vector<std::int64_t> frame, deep, shallow;
  std::vector<float> logit;
  std::vector<std::uint8_t> assigned, label;

  std::vector<event::ColumnView> views(bool truth) const {
    std::vector<event::ColumnView> all{
        {"frame", frame}, {"deep", deep}, {"shallow", shallow}, {"logit", logit}, {"assigned", assigned}};
    if (truth) all.push_back({"label", label});
    return all;
  }
};

template <class Row, class F>
auto column(const std::vector<Row>& rows, F member) {
  std::vector<std::remove_cvref_t<decltype(rows[0].*member)>> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(row.*member);
  return values;
}

std::string json_text(const TracksMeta& meta) {
  const event::TrackCuts cuts = meta.cuts.value_or(event::TrackCuts{});
  const nlohmann::ordered_json json{
      {"format", "difftrack tracks 1"},
      {"method", meta.method},
      {"model", meta.model},
      {"assignment", meta.assignment},
      {"detector", meta.detector},
      {"min_track_hits", meta.thresholds.min_track_hits},
      {"last_hit_edep_MeV", meta.thresholds.last_hit_edep},
      {"per_frame", meta.per_frame},
      {"frame_time_ns", meta.frame_time},
      {"sources", meta.sources},
      {"no_tracks", meta.no_tracks},
      {"cuts",
       {{"chains", cuts.chains},
        {"hits", cuts.hits},
        {"too_short", cuts.too_short},
        {"too_short_hits", cuts.too_short_hits},
        {"faint_end", cuts.faint_end}}},
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

struct TracksWriter::Files {
  Files(const std::string& output, TracksMeta its_meta, bool write_graph)
      : names(tracks_file_names(output, write_graph)),
        meta(std::move(its_meta)),
        npz(names.empty() ? nullptr : std::make_unique<event::NpzWriter>(names[0], kWriting)),
        csv(names.empty() ? "" : names[1]) {
    meta.cuts = event::TrackCuts{};
    // Also of a killed run that was to write a graph, where this one is not.
    if (npz && !write_graph) core::remove_parts_left_behind(tracks_file_names(output, true)[2]);
    if (write_graph) graph = std::make_unique<event::NpzWriter>(names[2], kWriting);
  }

  // The first frame with hits decides whether there is truth; all others must agree.
  void begin(const event::Frame& frame, std::int32_t file);
  void add_rows(const event::Frame& frame, std::int32_t file, const FrameResult& result);
  void add_hits(const event::Frame& frame, const event::Tracks& accepted);
  void add_tracks(const event::Frame& frame, const event::Tracks& accepted);
  void add_segments(const event::Frame& frame, const FrameResult& result);
  void write_hits();
  void write_segments();
  void write_tracks();
  void write_frames();

  std::vector<std::string> names;
  TracksMeta meta;
  std::unique_ptr<event::NpzWriter> npz;  // none: the CSV alone, on standard output
  TracksCsv csv;
  std::unique_ptr<event::NpzWriter> graph;
  bool truth = false, any = false;
  HitColumns hits;
  SegmentColumns segments;
  RowSpool<TrackRow> tracks;
  RowSpool<FrameRow> frames;
  std::int64_t n_hits = 0, n_tracks = 0;
};

void TracksWriter::Files::add_hits(const event::Frame& frame, const event::Tracks& accepted) {
  const event::Hits& from = frame.hits;
  const std::size_t begin = hits.frame.size();
  const std::size_t end = begin + from.size();
  const auto extend = [](auto& to, const auto& values) { to.insert(to.end(), values.begin(), values.end()); };
  hits.frame.resize(end, frame.index);
  hits.track.resize(end, -1);
  hits.order.resize(end, -1);
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
    if (from.particle.empty())
      hits.particle.resize(end, -1);
    else
      extend(hits.particle, from.particle);
  }
  for (std::size_t t = 0; t < accepted.size(); ++t) {
    const auto row = accepted.hits[t];
    for (std::size_t i = 0; i < row.size(); ++i) {
      hits.track[begin + static_cast<std::size_t>(row[i])] = n_tracks + static_cast<std::int64_t>(t);
      hits.order[begin + static_cast<std::size_t>(row[i])] = static_cast<std::int32_t>(i);
    }
  }
}

void TracksWriter::Files::add_tracks(const event::Frame& frame, const event::Tracks& accepted) {
  if (accepted.size() == 0) return;
  const auto matched = truth ? track::match_truth(frame, accepted) : std::vector<track::TrackTruth>{};
  for (std::size_t t = 0; t < accepted.size(); ++t) {
    tracks.push({frame.index, n_tracks + static_cast<std::int64_t>(t), truth ? matched[t].label : -1,
                 static_cast<std::int32_t>(accepted.hits[t].size()), truth && matched[t].one_label() ? 1 : 0,
                 accepted.score[t]});
  }
}

void TracksWriter::Files::add_segments(const event::Frame& frame, const FrameResult& result) {
  const std::size_t end = segments.frame.size() + result.graph.size();
  segments.frame.resize(end, frame.index);
  for (std::size_t s = 0; s < result.graph.size(); ++s) {
    segments.deep.push_back(n_hits + result.graph.deep[s]);
    segments.shallow.push_back(n_hits + result.graph.shallow[s]);
  }
  segments.logit.insert(segments.logit.end(), result.logits.begin(), result.logits.end());
  segments.logit.resize(end, 0.0F);  // methods without a network have no logit
  segments.assigned.insert(segments.assigned.end(), result.assigned.begin(), result.assigned.end());
  segments.assigned.resize(end, 0);
  if (truth && result.graph.size() > 0) {
    const auto labels = graph::segment_labels(frame, result.graph);
    segments.label.insert(segments.label.end(), labels.begin(), labels.end());
  }
}

void TracksWriter::Files::write_hits() {
  npz->append("hits", hits.views(truth));
  hits = {};
}

void TracksWriter::Files::write_segments() {
  graph->append("segments", segments.views(truth));
  segments = {};
}

void TracksWriter::Files::write_tracks() {
  tracks.drain(kPiece, [&](const std::vector<TrackRow>& rows) {
    const auto frame = column(rows, &TrackRow::frame), number = column(rows, &TrackRow::track);
    const auto event = column(rows, &TrackRow::event);
    const auto length = column(rows, &TrackRow::n_hits);
    const auto right = column(rows, &TrackRow::right);
    const auto score = column(rows, &TrackRow::score);
    std::vector<event::ColumnView> views{{"frame", frame}, {"track", number}, {"n_hits", length}, {"score", score}};
    if (truth) {
      views.push_back({"event", event});
      views.push_back({"right", right});
    }
    npz->append("tracks", views);
  });
}

void TracksWriter::Files::write_frames() {
  frames.drain(kPiece, [&](const std::vector<FrameRow>& rows) {
    const auto frame = column(rows, &FrameRow::frame);
    const auto file = column(rows, &FrameRow::file), events = column(rows, &FrameRow::n_events);
    const auto frame_hits = column(rows, &FrameRow::n_hits), kept = column(rows, &FrameRow::n_segments);
    const auto found = column(rows, &FrameRow::n_tracks);
    const auto true_segments = column(rows, &FrameRow::true_segments), true_kept = column(rows, &FrameRow::true_kept);
    const auto true_assigned = column(rows, &FrameRow::true_assigned);
    const auto false_kept = column(rows, &FrameRow::false_kept);
    const auto false_assigned = column(rows, &FrameRow::false_assigned);
    const auto run = column(rows, &FrameRow::run);
    std::vector<event::ColumnView> views{{"frame", frame},     {"file", file},         {"run", run},
                                         {"n_events", events}, {"n_hits", frame_hits}, {"n_segments", kept},
                                         {"n_tracks", found}};
    if (truth) {
      views.push_back({"true_segments", true_segments});
      views.push_back({"true_kept", true_kept});
      views.push_back({"true_assigned", true_assigned});
      views.push_back({"false_kept", false_kept});
      views.push_back({"false_assigned", false_assigned});
    }
    npz->append("frames", views);
  });
}

TracksWriter::TracksWriter(const std::string& output, TracksMeta meta, bool write_graph)
    : files_(std::make_unique<Files>(output, std::move(meta), write_graph)) {}

TracksWriter::~TracksWriter() = default;

void TracksWriter::Files::begin(const event::Frame& frame, std::int32_t file) {
  const bool has_truth = frame.hits.has_truth() && !frame.hits.primary.empty();
  if (any && truth != has_truth)
    throw core::InputError({meta.sources[static_cast<std::size_t>(file)], "", ""},
                           "truth columns are in some input files only; reconstruct those apart");
  if (any) return;
  any = true;
  truth = has_truth;
  csv.write_header(truth);
}

void TracksWriter::Files::add_rows(const event::Frame& frame, std::int32_t file, const FrameResult& result) {
  add_hits(frame, result.tracks);
  add_tracks(frame, result.tracks);
  if (graph) add_segments(frame, result);
  track::FrameCounts counts;
  if (truth && frame.hits.size() > 0)
    counts = track::evaluate_tracks(frame, result.tracks, meta.thresholds, &result.graph, result.assigned);
  frames.push({frame.index, file, frame.run, frame.n_events, static_cast<std::int32_t>(frame.hits.size()),
               static_cast<std::int32_t>(result.graph.size()), static_cast<std::int32_t>(result.tracks.size()),
               counts.true_segments, counts.true_kept, counts.true_assigned, counts.false_kept, counts.false_assigned});
  if (hits.frame.size() >= kPiece) write_hits();
  if (graph && segments.frame.size() >= kPiece) write_segments();
}

void TracksWriter::add(const event::Frame& frame, std::int32_t file, const FrameResult& result) {
  Files& f = *files_;
  const bool empty = frame.hits.size() == 0;
  if (!empty) f.begin(frame, file);
  f.csv.write_lines(frame, result.tracks, f.n_tracks);
  if (f.npz) f.add_rows(frame, file, result);
  if (result.tracks.size() == 0) ++f.meta.no_tracks[empty ? frame.why_empty : result.tracks.why_none];
  *f.meta.cuts += result.tracks.cuts;
  f.n_hits += static_cast<std::int64_t>(frame.hits.size());
  f.n_tracks += static_cast<std::int64_t>(result.tracks.size());
}

void TracksWriter::commit() {
  Files& f = *files_;
  if (!f.any) f.csv.write_header(false);
  if (!f.npz) return f.csv.commit();
  auto csv = std::async(std::launch::async, [&] { f.csv.finish(); });  // the disk works while the rest is compressed
  f.write_hits();
  f.write_tracks();
  f.write_frames();
  f.npz->add_text("meta", json_text(f.meta));
  if (f.graph) {
    f.write_segments();
    f.graph->finish();
  }
  f.npz->finish();
  csv.get();
  f.csv.commit();
  if (f.graph) f.graph->commit();
  f.npz->commit();
}

std::string TracksWriter::name() const { return files_->npz ? files_->names[0] : "standard output"; }
const std::map<std::string, std::int64_t>& TracksWriter::no_tracks() const { return files_->meta.no_tracks; }

}  // namespace difftrack::reconstruct
