// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/track_distributions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/event/io/tracks_file.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "difftrack/track/expected_layers.hpp"
#include "difftrack/track/kink.hpp"
#include "difftrack/track/match_truth.hpp"

namespace difftrack::reconstruct {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kFoundCompleteness = 0.9;  // as track::FrameCounts::found
constexpr int kCuts = 50;

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return kNone;
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

/// 68 % quantile of a mixture of Rayleigh distributions, given by the 68 % quantile of each and how often it occurs.
double mixed_68(const std::map<double, std::int64_t>& parts) {
  if (parts.empty()) return kNone;
  double low = 0.0, high = parts.rbegin()->first, total = 0.0;
  for (const auto& part : parts) total += static_cast<double>(part.second);
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    double below = 0.0;
    for (const auto& [width, count] : parts)
      below += static_cast<double>(count) * (1.0 - std::pow(0.32, middle * middle / (width * width)));
    (below < 0.68 * total ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

struct LayerSums {
  std::vector<double> deposits, kinks;
  std::map<double, std::int64_t> expected_kinks;
  double expected_deposits = 0.0;
  std::int64_t ends = 0;
};

class Collector {
 public:
  Collector(const std::string& path, const detector::Detector& detector)
      : path_(path),
        detector_(detector),
        matter_(detector::layer_matter(detector)),
        expected_(detector.layers.size()) {}

  void add(const event::RecordedFrame& recorded, const detector::Thresholds& thresholds) {
    ++out_.frames;
    const event::Hits& hits = recorded.frame.hits;
    for (std::size_t t = 0; t < recorded.tracks.size(); ++t) {
      out_.hits_per_track.push_back(static_cast<double>(recorded.tracks.hits[t].size()));
      out_.score.push_back(static_cast<double>(recorded.tracks.score[t]));
      add_track(hits, recorded.tracks.hits[t]);
    }
    if (hits.has_truth()) add_truth(recorded, thresholds);
  }

  TrackDistributions finish() {
    for (std::size_t k = 0; k < sums_.size(); ++k) out_.layers.push_back(layer_of(k));
    if (has_truth_) add_cuts();
    return std::move(out_);
  }

 private:
  void add_track(const event::Hits& hits, std::span<const std::int32_t> track) {
    const auto layer_at = [&](std::size_t i) { return hits.layer[static_cast<std::size_t>(track[i])]; };
    const std::int32_t last = layer_at(track.size() - 1);
    const auto end = static_cast<std::size_t>(last);
    if (end >= expected_.size())
      throw core::InputError({path_, "layer", std::to_string(last)}, "is none of detector '" + detector_.name + "'");
    if (expected_[end].empty()) expected_[end] = track::expected_layers(detector_, matter_, last);
    if (sums_.size() <= end) sums_.resize(end + 1);
    ++sums_[end].ends;
    for (std::size_t i = 0; i < track.size(); ++i) {
      const auto layer = static_cast<std::size_t>(layer_at(i));
      LayerSums& sums = sums_[layer];
      sums.deposits.push_back(static_cast<double>(hits.edep[static_cast<std::size_t>(track[i])]));
      sums.expected_deposits += expected_[end][layer].deposit;
      if (i == 0 || i + 1 == track.size()) continue;
      if (layer_at(i - 1) + 1 != layer_at(i) || layer_at(i) + 1 != layer_at(i + 1)) continue;  // a layer was skipped
      sums.kinks.push_back(track::kink(hits, track[i - 1], track[i], track[i + 1]));
      ++sums.expected_kinks[expected_[end][layer].kink_68];
    }
  }

  void add_truth(const event::RecordedFrame& recorded, const detector::Thresholds& thresholds) {
    has_truth_ = true;
    std::set<std::int64_t> wanted;
    for (const auto& primary : track::primaries(recorded.frame, thresholds))
      if (primary.reconstructable) wanted.insert(primary.label);
    reconstructable_ += static_cast<std::int64_t>(wanted.size());
    for (const auto& truth : track::match_truth(recorded.frame, recorded.tracks)) {
      right_.push_back(truth.one_particle());
      found_.push_back(truth.one_particle() && truth.completeness >= kFoundCompleteness &&
                       wanted.contains(truth.primary));
    }
  }

  LayerDistribution layer_of(std::size_t k) {
    LayerSums& sums = sums_[k];
    LayerDistribution layer;
    layer.wet = matter_.plane_wet(static_cast<std::int32_t>(k));
    layer.hits = static_cast<std::int64_t>(sums.deposits.size());
    layer.ends = sums.ends;
    layer.stopping_wet = k < matter_.gap_wet.size() ? layer.wet + 0.5 * matter_.gap_wet[k] : kNone;
    double deposits = 0.0;
    for (const double deposit : sums.deposits) deposits += deposit;
    const double n = layer.hits > 0 ? static_cast<double>(layer.hits) : kNone;
    layer.deposit_mean = deposits / n;
    layer.deposit_median = quantile(sums.deposits, 0.5);
    layer.deposit_expected = sums.expected_deposits / n;
    layer.kinks = static_cast<std::int64_t>(sums.kinks.size());
    layer.kink_68 = quantile(sums.kinks, 0.68);
    layer.kink_expected_68 = mixed_68(sums.expected_kinks);
    return layer;
  }

  void add_cuts() {
    for (int i = 0; i <= kCuts; ++i) {
      const double cut = quantile(out_.score, static_cast<double>(i) / kCuts);
      double tracks = 0, right = 0, found = 0;
      for (std::size_t t = 0; t < out_.score.size(); ++t) {
        if (out_.score[t] < cut) continue;
        ++tracks;
        right += right_[t];
        found += found_[t];
      }
      out_.cuts.push_back({cut, tracks > 0 ? right / tracks : kNone,
                           reconstructable_ > 0 ? found / static_cast<double>(reconstructable_) : kNone});
    }
  }

  std::string path_;
  const detector::Detector& detector_;
  detector::LayerMatter matter_;
  std::vector<std::vector<track::ExpectedLayer>> expected_;  // by the layer of a track's last hit
  std::vector<LayerSums> sums_;
  TrackDistributions out_;
  bool has_truth_ = false;
  std::int64_t reconstructable_ = 0;
  std::vector<bool> right_, found_;  // one per track
};

}  // namespace

TrackDistributions distributions_of(const std::string& path, const detector::Detector& detector) {
  event::TracksReader reader(path);
  const detector::Thresholds thresholds = thresholds_of(reader.meta());
  Collector collector(path, detector);
  for (event::RecordedFrame recorded; reader.next(recorded);) collector.add(recorded, thresholds);
  return collector.finish();
}

}  // namespace difftrack::reconstruct
