// SPDX-License-Identifier: Apache-2.0
#include "apps/viewer/event_data.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/npz_table.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "difftrack/track/match_truth.hpp"

namespace difftrack::viewer {

namespace {

constexpr std::size_t kRivals = 4;          // cheapest segments of a hit that were not chosen, per side
constexpr double kFoundCompleteness = 0.9;  // as track::FrameCounts::found

template <class T>
std::uint32_t rows(const std::vector<T>& column) {
  return static_cast<std::uint32_t>(column.size());
}

void add_hits(EventData& data, const event::Hits& hits) {
  const auto append = [](auto& to, const auto& from) {
    for (const auto value : from) to.push_back(static_cast<typename std::decay_t<decltype(to)>::value_type>(value));
  };
  append(data.x, hits.x);
  append(data.y, hits.y);
  append(data.z, hits.z);
  append(data.edep, hits.edep);
  append(data.layer, hits.layer);
  append(data.size, hits.cluster_size);
  append(data.hit_id, hits.id);
  append(data.hit_event, hits.event);
  append(data.hit_primary, hits.primary);
  append(data.hit_second, hits.second_event);
}

/// `number`: of the frame's first track in the file.
void add_tracks(EventData& data, const event::RecordedFrame& recorded, std::uint32_t first_hit, std::int64_t number,
                std::span<const track::TrackTruth> truth) {
  for (std::size_t t = 0; t < recorded.tracks.size(); ++t) {
    data.track_number.push_back(static_cast<double>(number) + static_cast<double>(t));
    for (const std::int32_t h : recorded.tracks.hits[t])
      data.track_hits.push_back(first_hit + static_cast<std::uint32_t>(h));
    data.track_begin.push_back(rows(data.track_hits));
    data.score.push_back(recorded.tracks.score[t]);
    if (truth.empty()) {
      data.verdict.push_back(static_cast<std::uint8_t>(Verdict::Unknown));
      continue;
    }
    data.track_event.push_back(static_cast<double>(truth[t].primary));
    data.purity.push_back(static_cast<float>(truth[t].n_label) / static_cast<float>(truth[t].n_hits));
    data.verdict.push_back(static_cast<std::uint8_t>(truth[t].one_particle() ? Verdict::Right : Verdict::Wrong));
  }
}

/// The primaries that the track filter would have passed and no track found.
void add_missed(EventData& data, const event::RecordedFrame& recorded, std::uint32_t first_hit,
                std::span<const track::TrackTruth> truth) {
  std::set<std::int64_t> found;
  for (const track::TrackTruth& each : truth)
    if (each.one_particle() && each.completeness >= kFoundCompleteness) found.insert(each.primary);
  const event::Hits& hits = recorded.frame.hits;
  std::map<std::int64_t, std::vector<std::uint32_t>> own;  // hits of the primary, deepest first as in the frame
  for (std::size_t h = 0; h < hits.size(); ++h)
    if (hits.primary[h] != 0) own[hits.event[h]].push_back(first_hit + static_cast<std::uint32_t>(h));
  for (const auto& primary : track::primaries(recorded.frame, reconstruct::thresholds_of(data.meta))) {
    if (!primary.reconstructable || found.contains(primary.label)) continue;
    const auto& deepest_first = own[primary.label];
    data.missed_hits.insert(data.missed_hits.end(), deepest_first.rbegin(), deepest_first.rend());
    data.missed_begin.push_back(rows(data.missed_hits));
    data.missed_event.push_back(static_cast<double>(primary.label));
  }
}

void add_frame(EventData& data, const event::RecordedFrame& recorded, std::int64_t first_track) {
  ShownFrame shown{recorded.frame.index, recorded.file, recorded.frame.run, recorded.frame.n_events, {}, {}, {}, {}};
  shown.hits.begin = rows(data.x);
  shown.tracks.begin = rows(data.score);
  shown.missed.begin = static_cast<std::uint32_t>(data.missed_event.size());
  add_hits(data, recorded.frame.hits);
  std::vector<track::TrackTruth> truth;
  if (recorded.frame.hits.has_truth()) {
    data.has_truth = true;
    truth = track::match_truth(recorded.frame, recorded.tracks);
    add_missed(data, recorded, shown.hits.begin, truth);
  }
  add_tracks(data, recorded, shown.hits.begin, first_track, truth);
  shown.hits.end = rows(data.x);
  shown.tracks.end = rows(data.score);
  shown.missed.end = static_cast<std::uint32_t>(data.missed_event.size());
  data.frames.push_back(shown);
}

/// Which segments of a frame are worth showing: those that share a hit with a track.
std::vector<std::size_t> rivals(const event::SegmentTable& s, std::size_t begin, std::size_t end,
                                const std::set<std::int64_t>& on_track) {
  std::map<std::pair<std::int64_t, bool>, std::vector<std::size_t>> of_hit;  // hit, whether it is the deeper end
  std::set<std::size_t> kept;
  for (std::size_t i = begin; i < end; ++i)
    for (const bool deeper : {true, false}) {
      const std::int64_t hit = deeper ? s.deep[i] : s.shallow[i];
      if (!on_track.contains(hit)) continue;
      if (s.assigned[i] != 0)
        kept.insert(i);
      else
        of_hit[{hit, deeper}].push_back(i);
    }
  for (auto& [hit, all] : of_hit) {
    const std::size_t n = std::min(kRivals, all.size());
    const auto cheaper = [&](std::size_t a, std::size_t b) { return s.logit[a] > s.logit[b]; };
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n), all.end(), cheaper);
    kept.insert(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
  }
  return {kept.begin(), kept.end()};
}

/// Adds the segments of the shown frames. `first_row` is the file's row of a shown frame's first hit.
void add_segments(EventData& data, const std::string& path, const std::map<std::int64_t, std::int64_t>& first_row) {
  const event::NpzFile file(path);
  if (!file.has(event::SegmentTable::kTable)) throw core::InputError({path, "", ""}, "has no table of segments");
  event::NpzTable<event::SegmentTable> table(file);
  std::map<std::int64_t, event::SegmentTable> of_frame;
  for (event::SegmentTable piece; table.next(piece);)
    for (std::size_t i = 0; i < piece.size(); ++i)
      if (first_row.contains(piece.frame[i])) event::append_rows(of_frame[piece.frame[i]], piece, i, i + 1);
  for (ShownFrame& frame : data.frames) {
    const event::SegmentTable& s = of_frame[frame.frame];
    const std::int64_t first = first_row.at(frame.frame), n = frame.hits.end - frame.hits.begin;
    std::set<std::int64_t> on_track;
    for (std::uint32_t i = data.track_begin[frame.tracks.begin]; i < data.track_begin[frame.tracks.end]; ++i)
      on_track.insert(first + data.track_hits[i] - frame.hits.begin);
    frame.segments.begin = rows(data.deep);
    for (const std::size_t i : rivals(s, 0, s.size(), on_track)) {
      for (const std::int64_t hit : {s.deep[i], s.shallow[i]})
        if (hit < first || hit >= first + n)
          throw core::InputError({path, "deep", std::to_string(hit)}, "is no hit of its frame in " + data.file);
      data.deep.push_back(frame.hits.begin + static_cast<std::uint32_t>(s.deep[i] - first));
      data.shallow.push_back(frame.hits.begin + static_cast<std::uint32_t>(s.shallow[i] - first));
      data.cost.push_back(static_cast<float>(1.0 / (1.0 + std::exp(static_cast<double>(s.logit[i])))));
      data.assigned.push_back(s.assigned[i]);
      if (!s.label.empty()) data.label.push_back(s.label[i]);
    }
    frame.segments.end = rows(data.deep);
  }
}

}  // namespace

EventData read_event_data(const std::string& path, const Choice& choice) {
  event::TracksReader reader(path);
  EventData data;
  data.file = path;
  data.meta = reader.meta();
  data.track_begin.push_back(0);
  data.missed_begin.push_back(0);
  std::map<std::int64_t, std::int64_t> first_row;
  std::int64_t row = 0, tracks = 0, last = -1;
  for (event::RecordedFrame recorded; reader.next(recorded); ++data.n_frames) {
    const bool wanted = choice.frame ? recorded.frame.index == *choice.frame
                                     : static_cast<std::int64_t>(data.frames.size()) < choice.most;
    if (wanted) {
      first_row[recorded.frame.index] = row;
      add_frame(data, recorded, tracks);
    }
    row += static_cast<std::int64_t>(recorded.frame.hits.size());
    tracks += static_cast<std::int64_t>(recorded.tracks.size());
    last = recorded.frame.index;
  }
  if (choice.frame && data.frames.empty())
    throw core::InputError({path, "--frame", std::to_string(*choice.frame)},
                           "is no frame of the file; its last one is " + std::to_string(last));
  const std::string graph = std::filesystem::path(path).replace_extension(".graph.npz").string();
  data.has_graph = std::filesystem::exists(graph);
  if (data.has_graph) add_segments(data, graph, first_row);
  return data;
}

}  // namespace difftrack::viewer
