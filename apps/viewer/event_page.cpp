// SPDX-License-Identifier: Apache-2.0
#include "apps/viewer/event_page.hpp"

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/viewer/assets.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/plot/escape.hpp"
#include "difftrack/track/expected_layers.hpp"

namespace difftrack::viewer {

namespace {

using Json = nlohmann::ordered_json;
static_assert(std::endian::native == std::endian::little, "typed arrays of browsers are little-endian");

template <class T>
constexpr const char* array_type() {
  if constexpr (std::is_same_v<T, float>) return "Float32Array";
  if constexpr (std::is_same_v<T, double>) return "Float64Array";
  if constexpr (std::is_same_v<T, std::uint32_t>) return "Uint32Array";
  if constexpr (std::is_same_v<T, std::uint16_t>) return "Uint16Array";
  if constexpr (std::is_same_v<T, std::uint8_t>) return "Uint8Array";
}

template <class T>
Json column(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return {{"type", array_type<T>()}, {"data", plot::base64(bytes)}};
}

Json columns_of(const EventData& d) {
  return {{"x", column(d.x)},
          {"y", column(d.y)},
          {"z", column(d.z)},
          {"edep", column(d.edep)},
          {"layer", column(d.layer)},
          {"size", column(d.size)},
          {"hit_id", column(d.hit_id)},
          {"hit_event", column(d.hit_event)},
          {"hit_primary", column(d.hit_primary)},
          {"hit_second", column(d.hit_second)},
          {"track_begin", column(d.track_begin)},
          {"track_hits", column(d.track_hits)},
          {"track_number", column(d.track_number)},
          {"track_event", column(d.track_event)},
          {"score", column(d.score)},
          {"purity", column(d.purity)},
          {"verdict", column(d.verdict)},
          {"missed_begin", column(d.missed_begin)},
          {"missed_hits", column(d.missed_hits)},
          {"missed_event", column(d.missed_event)},
          {"deep", column(d.deep)},
          {"shallow", column(d.shallow)},
          {"cost", column(d.cost)},
          {"assigned", column(d.assigned)},
          {"label", column(d.label)}};
}

Json frames_of(const EventData& d) {
  const auto pair = [](const Rows& rows) { return Json::array({rows.begin, rows.end}); };
  Json out = Json::array();
  for (const ShownFrame& f : d.frames)
    out.push_back({{"frame", f.frame},
                   {"source", f.source},
                   {"run", f.run},
                   {"events", f.n_events},
                   {"hits", pair(f.hits)},
                   {"tracks", pair(f.tracks)},
                   {"missed", pair(f.missed)},
                   {"segments", pair(f.segments)}});
  return out;
}

/// Planes, and for a proton that stops behind plane n what physics expects in planes 0 … n: rows of a triangle.
Json detector_json(const detector::Detector& detector) {
  const detector::LayerMatter matter = detector::layer_matter(detector);
  std::vector<float> kink, deposit, energy;
  for (std::size_t last = 0; last < detector.layers.size() && !matter.gap_wet.empty(); ++last)
    for (const auto& layer : track::expected_layers(detector, matter, static_cast<std::int32_t>(last))) {
      kink.push_back(static_cast<float>(layer.kink_68));
      deposit.push_back(static_cast<float>(layer.deposit));
      energy.push_back(static_cast<float>(layer.energy));
    }
  Json planes = Json::array();
  for (const double z : matter.plane_z) planes.push_back(z);
  return {{"title", detector.title},
          {"planes", planes},
          {"trackers", detector.n_tracker_layers},
          {"half_width", detector.pixels.half_width},
          {"half_height", detector.pixels.half_height},
          {"source_z", detector.source_z},
          {"kink", column(kink)},
          {"deposit", column(deposit)},
          {"energy", column(energy)}};
}

Json header(const EventData& d, const std::string& version) {
  return {{"file", d.file},
          {"version", version},
          {"method", d.meta.method},
          {"model", d.meta.model},
          {"assignment", d.meta.assignment},
          {"detector", d.meta.detector},
          {"sources", d.meta.sources},
          {"no_tracks", d.meta.no_tracks},
          {"frames_in_file", d.n_frames},
          {"truth", d.has_truth},
          {"graph", d.has_graph}};
}

/// JSON that may stand inside a script element: no "</script" can end it.
std::string in_script(const Json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace))
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  return out;
}

}  // namespace

std::string event_page(const EventData& data, const std::optional<detector::Detector>& detector,
                       const std::optional<PhantomOutline>& phantom, const std::string& version) {
  Json json = {{"header", header(data, version)}, {"frames", frames_of(data)}, {"columns", columns_of(data)}};
  json["detector"] = detector ? detector_json(*detector) : Json(nullptr);
  json["phantom"] = phantom ? Json{{"name", phantom->name},
                                   {"cylinder", phantom->cylinder},
                                   {"half", Json::array({phantom->half_x, phantom->half_y, phantom->half_z})},
                                   {"z", phantom->z},
                                   {"rotation", phantom->rotation}}
                            : Json(nullptr);
  std::string out =
      "<!doctype html><html lang='en'><meta charset='utf-8'>"
      "<meta name='viewport' content='width=device-width,initial-scale=1'><title>";
  out += plot::escape(data.file) + ": difftrack event display</title><link rel='icon' href='data:,'><style>";
  out += std::string(asset("style.css")) + "</style>" + std::string(asset("body.html"));
  out += "<script type='application/json' id='event-data'>" + in_script(json) + "</script>\n";
  for (const std::string_view script : scripts()) out += "<script>\n" + std::string(script) + "\n</script>\n";
  return out + "</html>\n";
}

}  // namespace difftrack::viewer
