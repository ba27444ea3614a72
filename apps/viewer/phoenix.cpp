// SPDX-License-Identifier: Apache-2.0
#include "apps/viewer/phoenix.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace difftrack::viewer {

namespace {

using Json = nlohmann::ordered_json;

Json position(const EventData& d, std::size_t hit) { return Json::array({d.x[hit], d.y[hit], d.z[hit]}); }

Json polyline(const EventData& d, const std::vector<std::uint32_t>& begin, const std::vector<std::uint32_t>& hits,
              std::size_t track) {
  Json out = Json::array();
  for (std::uint32_t i = begin[track]; i < begin[track + 1]; ++i) out.push_back(position(d, hits[i]));
  return out;
}

Json tracks_of(const EventData& d, const ShownFrame& f) {
  Json out = Json::object();
  const char* names[] = {"Reconstructed", "Right", "Wrong"};
  const char* colours[] = {"0x2f6fb5", "0x1a7f37", "0xc4320a"};
  for (std::uint32_t t = f.tracks.begin; t < f.tracks.end; ++t) {
    Json track{
        {"pos", polyline(d, d.track_begin, d.track_hits, t)}, {"color", colours[d.verdict[t]]}, {"score", d.score[t]}};
    if (d.has_truth) track["event"] = d.track_event[t];
    out[names[d.verdict[t]]].push_back(track);
  }
  for (std::uint32_t m = f.missed.begin; m < f.missed.end; ++m)
    out["Missed"].push_back(
        {{"pos", polyline(d, d.missed_begin, d.missed_hits, m)}, {"color", "0xa16207"}, {"event", d.missed_event[m]}});
  return out;
}

Json hits_of(const EventData& d, const ShownFrame& f) {
  std::vector<bool> on_track(f.hits.end - f.hits.begin, false);
  for (std::uint32_t i = d.track_begin[f.tracks.begin]; i < d.track_begin[f.tracks.end]; ++i)
    on_track[d.track_hits[i] - f.hits.begin] = true;
  Json out = Json::object();
  for (std::uint32_t h = f.hits.begin; h < f.hits.end; ++h) {
    const bool on = on_track[h - f.hits.begin];
    out[on ? "On tracks" : "Left over"].push_back({{"type", "CircularPoint"},
                                                   {"pos", position(d, h)},
                                                   {"color", on ? "0x334155" : "0x94a3b8"},
                                                   {"size", 3},
                                                   {"edep_MeV", d.edep[h]}});
  }
  return out;
}

}  // namespace

std::string phoenix_json(const EventData& data) {
  Json out = Json::object();
  for (const ShownFrame& f : data.frames)
    out[fmt::format("frame {}", f.frame)] = {{"event number", f.frame},
                                             {"run number", f.run < 0 ? 0 : f.run},
                                             {"Tracks", tracks_of(data, f)},
                                             {"Hits", hits_of(data, f)}};
  return out.dump() + "\n";
}

}  // namespace difftrack::viewer
