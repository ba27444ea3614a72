// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz_table.hpp"
#include "difftrack/event/io/tracks_file.hpp"

namespace difftrack::event {

namespace {

TracksMeta parse_meta(const NpzFile& file) {
  if (!is_tracks_file(file))
    throw core::InputError({file.name(), "", ""}, "is no tracks file; make one with 'difftrack reconstruct'");
  try {
    const auto json = nlohmann::json::parse(file.read("meta").text);
    TracksMeta meta;
    meta.schema = json.value("schema", 1);
    if (meta.schema > kTracksSchema)
      throw core::InputError(
          {file.name(), "schema", std::to_string(meta.schema)},
          "is that of a newer difftrack; this one reads tracks files up to schema " + std::to_string(kTracksSchema));
    meta.method = json.at("method");
    meta.model = json.at("model");
    meta.assignment = json.at("assignment");
    meta.detector = json.at("detector");
    meta.min_track_hits = json.at("min_track_hits");
    meta.last_hit_edep = json.at("last_hit_edep_MeV");
    meta.per_frame = json.at("per_frame");
    meta.frame_time = json.value("frame_time_ns", 0.0);
    meta.sources = json.at("sources").get<std::vector<std::string>>();
    meta.no_tracks = json.at("no_tracks").get<std::map<std::string, std::int64_t>>();
    if (json.contains("cuts")) {
      const auto& cuts = json.at("cuts");
      meta.cuts = TrackCuts{cuts.at("chains"),         cuts.at("hits"),      cuts.at("too_short"),
                            cuts.at("too_short_hits"), cuts.at("faint_end"), cuts.value("doubtful", std::int64_t{0})};
    }
    return meta;
  } catch (const nlohmann::json::exception& error) {
    throw core::InputError({file.name(), "meta", ""}, std::string("is damaged: ") + error.what());
  }
}

// The next `n` rows, which must be there.
template <class Rows>
Rows take_all(NpzTable<Rows>& table, std::int32_t n) {
  Rows rows = table.take(static_cast<std::size_t>(n));
  if (rows.size() < static_cast<std::size_t>(n))
    throw core::InputError({table.file(), "", ""}, "ends before its last frame; the file is damaged");
  return rows;
}

Hits hits_of(HitTable&& rows) {
  Hits hits;
  hits.x = std::move(rows.x);
  hits.y = std::move(rows.y);
  hits.z = std::move(rows.z);
  hits.edep = std::move(rows.edep);
  hits.layer = std::move(rows.layer);
  hits.cluster_size = std::move(rows.cluster_size);
  hits.id = std::move(rows.hit);
  hits.event = std::move(rows.event);
  hits.particle = std::move(rows.particle);
  hits.primary = std::move(rows.primary);
  hits.second_event = std::move(rows.second_event);
  return hits;
}

}  // namespace

struct TracksReader::Tables {
  explicit Tables(const std::string& path)
      : file(path), meta(parse_meta(file)), hits(file), tracks(file), frames(file) {}

  std::vector<std::int32_t> groups_of(const HitTable& rows) const;
  Tracks tracks_of(const HitTable& hit_rows, const TrackTable& track_rows) const;
  void check_frame(const FrameTable& row) const;

  NpzFile file;
  TracksMeta meta;
  NpzTable<HitTable> hits;
  NpzTable<TrackTable> tracks;
  NpzTable<FrameTable> frames;
};

// Hits are recorded layer after layer, deepest first, without a gap.
std::vector<std::int32_t> TracksReader::Tables::groups_of(const HitTable& rows) const {
  const auto fail = [&](std::size_t i, const char* problem) {
    hits.fail("layer", rows, i, std::to_string(rows.layer[i]), problem);
  };
  std::vector<std::int32_t> begin{0};
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows.layer[i] == rows.layer[i - 1]) continue;
    if (rows.layer[i] != rows.layer[i - 1] - 1) fail(i, "layers must descend one by one");
    begin.push_back(static_cast<std::int32_t>(i));
  }
  if (rows.size() == 0) return begin;
  if (rows.layer.back() != 0) fail(rows.size() - 1, "a frame must end in layer 0");
  begin.push_back(static_cast<std::int32_t>(rows.size()));
  return begin;
}

Tracks TracksReader::Tables::tracks_of(const HitTable& hit_rows, const TrackTable& track_rows) const {
  const std::int64_t first = track_rows.size() == 0 ? 0 : track_rows.track.front();
  Tracks found;
  for (const std::int32_t n : track_rows.n_hits) {
    if (n < 1) throw core::InputError({tracks.file(), "n_hits", std::to_string(n)}, "must be at least 1");
    found.hits.offsets.push_back(found.hits.offsets.back() + n);
  }
  const auto total = static_cast<std::size_t>(found.hits.offsets.back());
  found.hits.values.assign(total <= hit_rows.size() ? total : 0, -1);
  for (std::size_t i = 0; i < hit_rows.size(); ++i) {
    if (hit_rows.track[i] < 0) continue;
    const std::int64_t t = hit_rows.track[i] - first;
    const std::int32_t order = hit_rows.order[i];
    if (t < 0 || t >= static_cast<std::int64_t>(track_rows.size()) || order < 0 ||
        order >= track_rows.n_hits[static_cast<std::size_t>(t)] || found.hits.values.empty())
      hits.fail("track", hit_rows, i, std::to_string(hit_rows.track[i]),
                "does not fit the table of tracks; the file is damaged");
    found.hits.values[static_cast<std::size_t>(found.hits.offsets[static_cast<std::size_t>(t)] + order)] =
        static_cast<std::int32_t>(i);
  }
  if (found.hits.values.size() != total || std::count(found.hits.values.begin(), found.hits.values.end(), -1) > 0)
    throw core::InputError({tracks.file(), "n_hits", ""}, "does not fit the table of hits; the file is damaged");
  found.score = track_rows.score;
  if (std::none_of(track_rows.confidence.begin(), track_rows.confidence.end(), [](float p) { return std::isnan(p); }))
    found.confidence = track_rows.confidence;
  return found;
}

void TracksReader::Tables::check_frame(const FrameTable& row) const {
  const auto check = [&](const char* column, std::int32_t value, bool right, const char* problem) {
    if (!right) frames.fail(column, row, 0, std::to_string(value), problem);
  };
  check("n_hits", row.n_hits[0], row.n_hits[0] >= 0, "must not be negative");
  check("n_tracks", row.n_tracks[0], row.n_tracks[0] >= 0, "must not be negative");
  check("file", row.file[0], row.file[0] >= 0 && row.file[0] < static_cast<std::int32_t>(meta.sources.size()),
        "is not the number of a source in meta");
}

TracksReader::TracksReader(const std::string& path) : tables_(std::make_unique<Tables>(path)) {}
TracksReader::~TracksReader() = default;

const TracksMeta& TracksReader::meta() const { return tables_->meta; }

bool TracksReader::next(RecordedFrame& out) {
  const FrameTable row = tables_->frames.take(1);
  if (row.size() == 0) return false;
  tables_->check_frame(row);
  HitTable hits = take_all(tables_->hits, row.n_hits[0]);
  const TrackTable tracks = take_all(tables_->tracks, row.n_tracks[0]);
  out = {};
  out.file = row.file[0];
  out.frame.index = row.frame[0];
  if (!row.run.empty()) out.frame.run = row.run[0];
  out.frame.has_spot =
      !row.spot_x.empty() && !row.spot_y.empty() && std::isfinite(row.spot_x[0]) && std::isfinite(row.spot_y[0]);
  if (out.frame.has_spot) out.frame.spot_x = row.spot_x[0], out.frame.spot_y = row.spot_y[0];
  out.frame.has_rotation = !row.rotation.empty() && std::isfinite(row.rotation[0]);
  if (out.frame.has_rotation) out.frame.rotation = row.rotation[0];
  out.frame.n_events = row.n_events[0];
  out.frame.group_begin = tables_->groups_of(hits);
  out.tracks = tables_->tracks_of(hits, tracks);
  out.frame.hits = hits_of(std::move(hits));
  if (!row.true_segments.empty())
    out.segments = {row.true_segments[0], row.true_kept[0], row.true_assigned[0], row.false_kept[0],
                    row.false_assigned[0]};
  return true;
}

}  // namespace difftrack::event
