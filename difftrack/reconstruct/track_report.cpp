// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/track_report.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/track/kink.hpp"

namespace difftrack::reconstruct {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return kNone;
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::optional<detector::LayerMatter> matter_of(const std::string& detector) {
  try {
    return detector::layer_matter(detector::read_detector(detector));
  } catch (const core::InputError&) {
    return std::nullopt;  // described in a file that is not at hand
  }
}

/// Takes the frames of one input file.
class Reporter {
 public:
  void add(const event::RecordedFrame& recorded) {
    ++report_.frames;
    hits_ += static_cast<double>(recorded.frame.hits.size());
    per_frame_.push_back(static_cast<double>(recorded.tracks.size()));
    if (recorded.tracks.size() > 0) ++report_.frames_with_tracks;
    report_.tracks += static_cast<std::int64_t>(recorded.tracks.size());
    for (std::size_t t = 0; t < recorded.tracks.size(); ++t) add_track(recorded.frame.hits, recorded.tracks.hits[t]);
  }

  TrackReport finish(const std::optional<detector::LayerMatter>& matter) {
    report_.tracks_per_frame = track::mean(per_frame_);
    report_.hits_per_track = track::mean(per_track_);
    report_.hits_per_frame = report_.frames > 0 ? hits_ / static_cast<double>(report_.frames) : kNone;
    for (std::size_t k = 0; k < report_.layers.size(); ++k) {
      LayerReport& layer = report_.layers[k];
      std::sort(kinks_[k].begin(), kinks_[k].end());
      layer.mean_size = layer.hits > 0 ? sizes_[k] / static_cast<double>(layer.hits) : kNone;
      layer.kinks = static_cast<std::int64_t>(kinks_[k].size());
      layer.kink_median = quantile(kinks_[k], 0.5);
      layer.kink_68 = quantile(kinks_[k], 0.68);
      layer.kink_95 = quantile(kinks_[k], 0.95);
    }
    add_range(matter);
    return std::move(report_);
  }

 private:
  void add_track(const event::Hits& hits, std::span<const std::int32_t> track) {
    per_track_.push_back(static_cast<double>(track.size()));
    for (std::size_t i = 0; i < track.size(); ++i) {
      const auto h = static_cast<std::size_t>(track[i]);
      const auto layer = static_cast<std::size_t>(hits.layer[h]);
      if (layer >= report_.layers.size()) {
        report_.layers.resize(layer + 1);
        sizes_.resize(layer + 1, 0.0);
        kinks_.resize(layer + 1);
      }
      ++report_.layers[layer].hits;
      sizes_[layer] += hits.cluster_size[h];
      if (i + 1 == track.size()) ++report_.layers[layer].ends;
      if (i == 0 || i + 1 == track.size()) continue;
      const auto before = static_cast<std::size_t>(track[i - 1]), behind = static_cast<std::size_t>(track[i + 1]);
      if (hits.layer[before] + 1 == hits.layer[h] && hits.layer[h] + 1 == hits.layer[behind])  // no layer was skipped
        kinks_[layer].push_back(track::kink(hits, track[i - 1], track[i], track[i + 1]));
    }
  }

  void add_range(const std::optional<detector::LayerMatter>& matter) {
    std::vector<double> ranges;
    if (matter)
      for (std::size_t k = 0; k < std::min(report_.layers.size(), matter->gap_wet.size()); ++k)
        ranges.insert(ranges.end(), static_cast<std::size_t>(report_.layers[k].ends),
                      matter->plane_wet(static_cast<std::int32_t>(k)) + 0.5 * matter->gap_wet[k]);
    report_.range = track::mean(ranges);
    report_.range_sd = kNone;
    if (ranges.size() < 2) return;
    double sum = 0.0;
    for (const double range : ranges) sum += (range - report_.range.value) * (range - report_.range.value);
    report_.range_sd = std::sqrt(sum / static_cast<double>(ranges.size() - 1));
  }

  TrackReport report_;
  double hits_ = 0.0;
  std::vector<double> per_frame_, per_track_;
  std::vector<double> sizes_;               // sum per layer
  std::vector<std::vector<double>> kinks_;  // per layer
};

}  // namespace

std::vector<TrackReport> report_tracks(const std::string& path) {
  event::TracksReader reader(path);
  const event::TracksMeta& meta = reader.meta();
  std::vector<Reporter> reporters(meta.sources.size());
  for (event::RecordedFrame recorded; reader.next(recorded);)
    reporters[static_cast<std::size_t>(recorded.file)].add(recorded);
  const auto matter = matter_of(meta.detector);
  std::vector<TrackReport> reports;
  for (std::size_t i = 0; i < reporters.size(); ++i) {
    TrackReport report = reporters[i].finish(matter);
    report.file = path;
    report.source = std::filesystem::path(meta.sources[i]).stem().string();
    report.meta = meta;
    reports.push_back(std::move(report));
  }
  return reports;
}

bool has_truth(const std::string& path) {
  event::TracksReader reader(path);
  for (event::RecordedFrame recorded; reader.next(recorded);)
    if (recorded.frame.hits.size() > 0) return recorded.frame.hits.has_truth();
  return true;
}

}  // namespace difftrack::reconstruct
