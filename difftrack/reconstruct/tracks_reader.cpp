// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/reconstruct/tracks_file.hpp"

namespace difftrack::reconstruct {

namespace {

constexpr std::size_t kPiece = 1 << 16;

// The rows of one table of an .npz, front to back, asked for a few at a time.
class TableCursor {
 public:
  TableCursor(const event::NpzFile& file, const std::string& key) : source_(event::npy_rows(file.open(key), key)) {
    table_.file = file.name() + " (table " + key + ")";
    table_.columns = source_->empty_columns();
  }

  /// The next `n` rows as a table of their own. Throws InputError when there are fewer.
  event::Table take(std::size_t n) {
    fill(n);
    if (table_.rows() - at_ < n)
      throw core::InputError({table_.file, "", ""}, "ends before its last frame; the file is damaged");
    event::Table rows;
    rows.file = table_.file;
    for (const event::Column& from : table_.columns)
      rows.columns.push_back({from.name, std::visit(
                                             [&](const auto& v) -> decltype(from.values) {
                                               const auto begin = v.begin() + static_cast<std::ptrdiff_t>(at_);
                                               return std::remove_cvref_t<decltype(v)>(
                                                   begin, begin + static_cast<std::ptrdiff_t>(n));
                                             },
                                             from.values)});
    at_ += n;
    return rows;
  }

  bool at_end() {
    fill(1);
    return table_.rows() == at_;
  }

 private:
  void fill(std::size_t n) {
    if (table_.rows() - at_ >= n) return;
    for (event::Column& column : table_.columns)
      std::visit([&](auto& v) { v.erase(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(at_)); }, column.values);
    at_ = 0;
    while (table_.rows() < n && source_->read(table_.columns, kPiece) > 0) {
    }
  }

  std::unique_ptr<event::RowSource> source_;
  event::Table table_;
  std::size_t at_ = 0;
};

TracksMeta parse_meta(const event::NpzFile& file) {
  if (!file.has("meta") || !file.has("hits") || !file.has("tracks") || !file.has("frames"))
    throw core::InputError({file.name(), "", ""}, "is no tracks file; make one with 'difftrack reconstruct'");
  try {
    const auto json = nlohmann::json::parse(file.read("meta").text);
    TracksMeta meta;
    meta.method = json.at("method");
    meta.model = json.at("model");
    meta.assignment = json.at("assignment");
    meta.detector = json.at("detector");
    meta.thresholds.min_track_hits = json.at("min_track_hits");
    meta.thresholds.last_hit_edep = json.at("last_hit_edep_MeV");
    meta.per_frame = json.at("per_frame");
    meta.frame_time = json.value("frame_time_ns", 0.0);
    meta.sources = json.at("sources").get<std::vector<std::string>>();
    meta.no_tracks = json.at("no_tracks").get<std::map<std::string, std::int64_t>>();
    if (json.contains("cuts")) {
      const auto& cuts = json.at("cuts");
      meta.cuts = event::TrackCuts{cuts.at("chains"), cuts.at("hits"), cuts.at("too_short"), cuts.at("too_short_hits"),
                                   cuts.at("faint_end")};
    }
    return meta;
  } catch (const nlohmann::json::exception& error) {
    throw core::InputError({file.name(), "meta", ""}, std::string("is damaged: ") + error.what());
  }
}

event::Hits hits_of(const event::Table& rows) {
  event::Hits hits;
  hits.x = rows.finite_floats("x");
  hits.y = rows.finite_floats("y");
  hits.z = rows.finite_floats("z");
  hits.edep = rows.finite_floats("edep");
  hits.layer = rows.int32s("layer");
  hits.cluster_size = rows.int32s("cluster_size");
  for (std::size_t i = 0; i < rows.rows(); ++i) hits.id.push_back(static_cast<std::int64_t>(rows.at("hit").number(i)));
  if (rows.has("event")) {
    hits.event = rows.int64s("event");
    hits.particle = rows.int32s("particle");
    for (const std::int32_t flag : rows.int32s("primary")) hits.primary.push_back(flag != 0 ? 1 : 0);
  }
  return hits;
}

// Hits are recorded layer after layer, deepest first, without a gap.
std::vector<std::int32_t> groups_of(const event::Hits& hits, const event::Table& rows) {
  std::vector<std::int32_t> begin{0};
  for (std::size_t i = 1; i < hits.size(); ++i) {
    if (hits.layer[i] == hits.layer[i - 1]) continue;
    if (hits.layer[i] != hits.layer[i - 1] - 1) rows.fail(rows.at("layer"), i, "layers must descend one by one");
    begin.push_back(static_cast<std::int32_t>(i));
  }
  if (hits.size() == 0) return begin;
  if (hits.layer.back() != 0) rows.fail(rows.at("layer"), hits.size() - 1, "a frame must end in layer 0");
  begin.push_back(static_cast<std::int32_t>(hits.size()));
  return begin;
}

event::Tracks tracks_of(const event::Table& hit_rows, const event::Table& track_rows) {
  const auto first = track_rows.rows() == 0 ? 0 : static_cast<std::int64_t>(track_rows.at("track").number(0));
  const std::vector<std::int32_t> length = track_rows.int32s("n_hits");
  event::Tracks tracks;
  for (const std::int32_t n : length) {
    if (n < 1) throw core::InputError({track_rows.file, "n_hits", std::to_string(n)}, "must be at least 1");
    tracks.hits.offsets.push_back(tracks.hits.offsets.back() + n);
  }
  const auto total = static_cast<std::size_t>(tracks.hits.offsets.back());
  tracks.hits.values.assign(total <= hit_rows.rows() ? total : 0, -1);
  const event::Column& track = hit_rows.at("track");
  const std::vector<std::int32_t> order = hit_rows.int32s("order");
  for (std::size_t i = 0; i < hit_rows.rows(); ++i) {
    const auto number = static_cast<std::int64_t>(track.number(i));
    if (number < 0) continue;
    const std::int64_t t = number - first;
    if (t < 0 || t >= static_cast<std::int64_t>(length.size()) || order[i] < 0 ||
        order[i] >= length[static_cast<std::size_t>(t)] || tracks.hits.values.empty())
      hit_rows.fail(track, i, "does not fit the table of tracks; the file is damaged");
    tracks.hits.values[static_cast<std::size_t>(tracks.hits.offsets[static_cast<std::size_t>(t)] + order[i])] =
        static_cast<std::int32_t>(i);
  }
  if (tracks.hits.values.size() != total || std::count(tracks.hits.values.begin(), tracks.hits.values.end(), -1) > 0)
    throw core::InputError({track_rows.file, "n_hits", ""}, "does not fit the table of hits; the file is damaged");
  tracks.score = track_rows.finite_floats("score");
  return tracks;
}

}  // namespace

struct TracksReader::Tables {
  explicit Tables(const std::string& path)
      : file(path), meta(parse_meta(file)), hits(file, "hits"), tracks(file, "tracks"), frames(file, "frames") {}
  event::NpzFile file;
  TracksMeta meta;
  TableCursor hits, tracks, frames;
};

TracksReader::TracksReader(const std::string& path) : tables_(std::make_unique<Tables>(path)) {}
TracksReader::~TracksReader() = default;

const TracksMeta& TracksReader::meta() const { return tables_->meta; }

bool TracksReader::next(RecordedFrame& out) {
  if (tables_->frames.at_end()) return false;
  const event::Table row = tables_->frames.take(1);
  const auto number = [&](const char* name) { return static_cast<std::int64_t>(row.at(name).number(0)); };
  if (number("n_hits") < 0 || number("n_tracks") < 0) row.fail(row.at("n_hits"), 0, "must not be negative");
  const event::Table hits = tables_->hits.take(static_cast<std::size_t>(number("n_hits")));
  const event::Table tracks = tables_->tracks.take(static_cast<std::size_t>(number("n_tracks")));
  out = {};
  out.file = static_cast<std::int32_t>(number("file"));
  if (out.file < 0 || out.file >= static_cast<std::int32_t>(tables_->meta.sources.size()))
    row.fail(row.at("file"), 0, "is not the number of a source in meta");
  out.frame.index = number("frame");
  if (row.has("run")) out.frame.run = static_cast<std::int32_t>(number("run"));
  out.frame.n_events = static_cast<std::int32_t>(number("n_events"));
  out.frame.hits = hits_of(hits);
  out.frame.group_begin = groups_of(out.frame.hits, hits);
  out.tracks = tracks_of(hits, tracks);
  if (row.has("true_segments")) {
    out.segments.true_segments = number("true_segments");
    out.segments.true_kept = number("true_kept");
    out.segments.true_assigned = number("true_assigned");
    out.segments.false_kept = number("false_kept");
    out.segments.false_assigned = number("false_assigned");
  }
  return true;
}

}  // namespace difftrack::reconstruct
