// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/protons_from_tracks.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "difftrack/core/error.hpp"
#include "difftrack/image/hull.hpp"
#include "difftrack/image/robust_cuts.hpp"

namespace difftrack::image {

namespace {

// Layers and deposits of one track.
struct TrackHits {
  std::vector<std::int32_t> layers;
  std::vector<double> deposits;

  void take(const event::Hits& hits, std::span<const std::int32_t> track) {
    layers.clear();
    deposits.clear();
    for (const std::int32_t h : track) {
      layers.push_back(hits.layer[static_cast<std::size_t>(h)]);
      deposits.push_back(static_cast<double>(hits.edep[static_cast<std::size_t>(h)]));
    }
  }
};

// Position and slope from the hits on the first two planes; none where one is missing.
std::optional<Line> measured_ray(const event::Hits& hits, std::span<const std::int32_t> track) {
  if (track.size() < 2) return std::nullopt;
  const auto a = static_cast<std::size_t>(track[0]), b = static_cast<std::size_t>(track[1]);
  if (hits.layer[a] != 0 || hits.layer[b] != 1) return std::nullopt;
  const float gap = hits.z[b] - hits.z[a];
  const auto d = [](float value) { return static_cast<double>(value); };
  return Line{d(hits.x[a]), d(hits.y[a]), d((hits.x[b] - hits.x[a]) / gap), d((hits.y[b] - hits.y[a]) / gap)};
}

bool of_one_primary(const event::Hits& hits, std::span<const std::int32_t> track) {
  const auto first = static_cast<std::size_t>(track.front());
  return std::all_of(track.begin(), track.end(), [&](std::int32_t h) {
    const auto i = static_cast<std::size_t>(h);
    return hits.same_event(first, i) && hits.event[i] >= 0 && (hits.primary.empty() || hits.primary[i] != 0);
  });
}

}  // namespace

std::vector<Range> ranges_of(const event::Frame& frame, const event::Tracks& tracks, const RangeFinder& finder) {
  std::vector<Range> ranges;
  TrackHits hits;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    hits.take(frame.hits, tracks.hits[t]);
    ranges.push_back(finder(hits.layers, hits.deposits));
  }
  return ranges;
}

std::vector<double> ranges_behind_water(const event::Frame& frame, const event::Tracks& tracks,
                                        const RangeFinder& finder, const PathFinder& paths, double water) {
  constexpr RobustCuts::Config cuts;
  const double most = cuts.angle_sigmas * cuts.angle_sigmas;
  std::vector<double> kept;
  const std::vector<Range> ranges = ranges_of(frame, tracks, finder);
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    const auto ray = measured_ray(frame.hits, tracks.hits[t]);
    if (!ray || ranges[t].tail) continue;
    const PathInput proton{ray->x, ray->y, ray->slope_x, ray->slope_y, 0.0, 0.0, water, ranges[t].mean};
    const Path path = paths(proton, Hull(), Rotation(0.0));
    if (static_cast<double>(std::max(path.misfit_x, path.misfit_y)) <= most) kept.push_back(ranges[t].mean);
  }
  return kept;
}

void DepositRatio::add(const event::Frame& frame, const event::Tracks& tracks, const RangeFinder& finder) {
  constexpr std::size_t kFirst = 1, kLast = 8;  // places before the last hit, whose deposit depends on where it stopped
  TrackHits hits;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    hits.take(frame.hits, tracks.hits[t]);
    const Range range = finder(hits.layers, hits.deposits);
    if (range.tail) continue;
    const std::size_t n = hits.layers.size();
    for (std::size_t back = kFirst; back <= kLast && back < n; ++back) {
      const std::size_t i = n - 1 - back;
      if (!(hits.deposits[i] > 0.0)) continue;
      const double log_ratio =
          std::log(hits.deposits[i]) - finder.log_deposit(range.mean - finder.depth(hits.layers[i]));
      if (std::abs(log_ratio) > 1.0) continue;
      sum_ += log_ratio;
      ++count_;
    }
  }
}

double DepositRatio::ratio() const { return count_ == 0 ? 1.0 : std::exp(sum_ / static_cast<double>(count_)); }

std::int64_t append_protons(const event::Frame& frame, const event::Tracks& tracks, const RangeFinder& finder,
                            const RangeCalibration& calibration, Protons& protons) {
  if (!frame.has_spot)
    throw core::InputError({"", "spot_x", ""},
                           "is not known: an image needs the beam spot of every frame (columns spotX, spotY)");
  const event::Hits& hits = frame.hits;
  const bool truth = hits.has_truth();
  std::int64_t left_out = 0;
  TrackHits of_track;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    const auto track = tracks.hits[t];
    const auto ray = measured_ray(hits, track);
    if (!ray) {
      ++left_out;
      continue;
    }
    of_track.take(hits, track);
    const Range range = finder(of_track.layers, of_track.deposits);
    protons.x.push_back(static_cast<float>(ray->x));
    protons.y.push_back(static_cast<float>(ray->y));
    protons.slope_x.push_back(static_cast<float>(ray->slope_x));
    protons.slope_y.push_back(static_cast<float>(ray->slope_y));
    protons.spot_x.push_back(frame.spot_x);
    protons.spot_y.push_back(frame.spot_y);
    protons.range.push_back(static_cast<float>(range.mean));
    protons.range_sd.push_back(static_cast<float>(range.sd));
    protons.wepl.push_back(static_cast<float>(calibration.wepl(range.mean)));
    protons.wepl_sd.push_back(static_cast<float>(calibration.wepl_sd(range.mean)));
    protons.tail.push_back(range.tail ? 1 : 0);
    if (truth) protons.right.push_back(of_one_primary(hits, track) ? 1 : 0);
  }
  return left_out;
}

}  // namespace difftrack::image
