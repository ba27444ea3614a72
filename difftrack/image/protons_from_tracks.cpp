// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/protons_from_tracks.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/error.hpp"

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
    of_track.take(hits, track);
    if (track.size() < 2 || of_track.layers[0] != 0 || of_track.layers[1] != 1) {
      ++left_out;
      continue;
    }
    const auto a = static_cast<std::size_t>(track[0]), b = static_cast<std::size_t>(track[1]);
    const Range range = finder(of_track.layers, of_track.deposits);
    const float gap = hits.z[b] - hits.z[a];
    protons.x.push_back(hits.x[a]);
    protons.y.push_back(hits.y[a]);
    protons.slope_x.push_back((hits.x[b] - hits.x[a]) / gap);
    protons.slope_y.push_back((hits.y[b] - hits.y[a]) / gap);
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
