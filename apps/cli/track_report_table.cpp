// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/track_report_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

namespace difftrack::cli {

namespace {

using reconstruct::TrackReport;

std::string number(double value, int digits) { return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, digits); }

std::string with_interval(const track::Estimate& e, int digits) {
  if (std::isnan(e.value) || std::isnan(e.low)) return number(e.value, digits);
  return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", e.value, digits, e.low, digits, e.high, digits);
}

nlohmann::ordered_json value_of(double value) {
  return std::isnan(value) ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value);
}

nlohmann::ordered_json estimate_of(const track::Estimate& e) {
  return {{"value", value_of(e.value)}, {"low", value_of(e.low)}, {"high", value_of(e.high)}};
}

}  // namespace

std::string method_label(const event::TracksMeta& meta) {
  const std::string name = meta.model.empty() ? meta.method : std::filesystem::path(meta.model).stem().string();
  if (meta.method == "joint" ||
      meta.method == "policy")  // whose model is a likelihood: another than the detector's own is told
    return name == meta.detector ? meta.method : fmt::format("{} by {}", meta.method, name);
  if (meta.method == "combined") return name + " + physics";
  return meta.assignment == "free" ? name + " (free)" : name;
}

nlohmann::ordered_json cuts_json(const event::TracksMeta& meta) {
  if (!meta.cuts) return nullptr;
  return {{"chains", meta.cuts->chains},       {"hits", meta.cuts->hits},
          {"too_short", meta.cuts->too_short}, {"too_short_hits", meta.cuts->too_short_hits},
          {"faint_end", meta.cuts->faint_end}, {"doubtful", meta.cuts->doubtful}};
}

void print_track_reports(const std::vector<TrackReport>& reports) {
  std::size_t source = 6, method = 6;
  for (const TrackReport& r : reports) {
    source = std::max(source, r.source.size());
    method = std::max(method, method_label(r.meta).size());
  }
  fmt::print("no truth: counts, kinks and ranges of the tracks (95 % intervals)\n\n");
  fmt::print("{:<{}}  {:<{}}  {:>4}  {:>6}  {:>10}  {:>7}  {:<18}  {:<18}  {:<22}  {:>6}\n", "source", source, "method",
             method, "/F", "frames", "hits/frame", "tracks", "tracks/frame", "hits/track", "range [mm of water]", "sd");
  for (const TrackReport& r : reports)
    fmt::print("{:<{}}  {:<{}}  {:>4}  {:>6}  {:>10.2f}  {:>7}  {:<18}  {:<18}  {:<22}  {:>6}\n", r.source, source,
               method_label(r.meta), method, r.meta.per_frame, r.frames, r.hits_per_frame, r.tracks,
               with_interval(r.tracks_per_frame, 3), with_interval(r.hits_per_track, 2), with_interval(r.range, 1),
               number(r.range_sd, 1));
  fmt::print("\n{:<{}}  {:<{}}  {:>5}  {:>7}  {:>7}  {:>9}  {:>7}  {:>8}  {:>8}  {:>8}\n", "source", source, "method",
             method, "layer", "hits", "ends", "mean size", "kinks", "median", "68 %", "95 %");
  for (const TrackReport& r : reports)
    for (std::size_t k = 0; k < r.layers.size(); ++k) {
      const auto& layer = r.layers[k];
      const auto mrad = [](double angle) { return number(1e3 * angle, 0); };
      fmt::print("{:<{}}  {:<{}}  {:>5}  {:>7}  {:>7}  {:>9}  {:>7}  {:>8}  {:>8}  {:>8}\n", r.source, source,
                 method_label(r.meta), method, k, layer.hits, layer.ends, number(layer.mean_size, 2), layer.kinks,
                 mrad(layer.kink_median), mrad(layer.kink_68), mrad(layer.kink_95));
    }
  fmt::print(
      "\nkinks in mrad; range: half-way between the deepest hit's plane and the next, from the detector's front\n");
}

nlohmann::ordered_json track_report_json(const TrackReport& r) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (std::size_t k = 0; k < r.layers.size(); ++k) {
    const auto& layer = r.layers[k];
    layers.push_back({{"layer", k},
                      {"hits", layer.hits},
                      {"ends", layer.ends},
                      {"mean_size", value_of(layer.mean_size)},
                      {"kinks", layer.kinks},
                      {"kink_median_rad", value_of(layer.kink_median)},
                      {"kink_68_rad", value_of(layer.kink_68)},
                      {"kink_95_rad", value_of(layer.kink_95)}});
  }
  return {{"file", r.file},
          {"source", r.source},
          {"method", r.meta.method},
          {"model", r.meta.model},
          {"assignment", r.meta.assignment},
          {"detector", r.meta.detector},
          {"per_frame", r.meta.per_frame},
          {"frames", r.frames},
          {"frames_with_tracks", r.frames_with_tracks},
          {"hits_per_frame", value_of(r.hits_per_frame)},
          {"tracks", r.tracks},
          {"tracks_per_frame", estimate_of(r.tracks_per_frame)},
          {"hits_per_track", estimate_of(r.hits_per_track)},
          {"range_mm_water", estimate_of(r.range)},
          {"range_sd_mm_water", value_of(r.range_sd)},
          {"cuts", cuts_json(r.meta)},
          {"layers", layers}};
}

}  // namespace difftrack::cli
