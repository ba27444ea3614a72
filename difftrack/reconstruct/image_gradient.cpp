// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/image_gradient.hpp"

#include <algorithm>
#include <utility>

#include "difftrack/image/protons_from_tracks.hpp"
#include "difftrack/track/build_tracks.hpp"

namespace difftrack::reconstruct {

namespace {

constexpr std::int32_t kNone = -1;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// The assigned neighbours of every hit; kNone where there is none.
struct Chains {
  std::vector<std::int32_t> deeper, shallower;

  Chains(const ScanFrame& frame, std::span<const std::uint8_t> assigned)
      : deeper(frame.frame.hits.size(), kNone), shallower(frame.frame.hits.size(), kNone) {
    for (std::size_t s = 0; s < assigned.size(); ++s) {
      if (assigned[s] == 0) continue;
      deeper[at(frame.graph.shallow[s])] = frame.graph.deep[s];
      shallower[at(frame.graph.deep[s])] = frame.graph.shallow[s];
    }
  }

  // Hits from the shallow end of the chain to `hit`.
  void front(std::int32_t hit, std::vector<std::int32_t>& track) const {
    track.clear();
    for (; hit != kNone; hit = shallower[at(hit)]) track.push_back(hit);
    std::reverse(track.begin(), track.end());
  }
  // Hits from `hit` to the deep end, appended.
  void tail(std::int32_t hit, std::vector<std::int32_t>& track) const {
    for (; hit != kNone; hit = deeper[at(hit)]) track.push_back(hit);
  }
};

}  // namespace

ImageGradient::ImageGradient(const detector::Detector& detector, image::RangeFinder finder,
                             image::RangeCalibration calibration, Through through)
    : thresholds_(detector.thresholds),
      finder_(std::move(finder)),
      calibration_(std::move(calibration)),
      through_(through) {}

bool ImageGradient::counts(const event::Frame& frame, std::span<const std::int32_t> track) const {
  return track.size() >= 2 && static_cast<std::int64_t>(track.size()) >= thresholds_.min_track_hits &&
         frame.hits.layer[at(track[0])] == 0 && frame.hits.layer[at(track[1])] == 1 &&
         track::passes_last_hit(frame.hits.edep[at(track.back())], thresholds_);
}

std::vector<float> ImageGradient::operator()(const image::ImageLoss& loss, const ScanFrame& frame) const {
  const graph::HitGraph& graph = frame.graph;
  const Chains chains(frame, frame.forward.assigned);
  event::Tracks tried;
  std::vector<std::int32_t> joined(graph.size(), kNone), ended(frame.frame.hits.size(), kNone), front, track;
  const auto add = [&](const std::vector<std::int32_t>& hits) {
    if (!counts(frame.frame, hits)) return kNone;
    tried.hits.push_back(hits);
    return static_cast<std::int32_t>(tried.size()) - 1;
  };
  for (std::int32_t b = 0; b < static_cast<std::int32_t>(frame.frame.hits.size()); ++b) {
    chains.front(b, front);
    if (frame.frame.hits.layer[at(front[0])] != 0) continue;
    ended[at(b)] = add(front);
    for (std::int32_t e = graph.end_begin[at(b)]; e < graph.end_begin[at(b) + 1]; ++e) {
      const std::int32_t s = graph.end_segment[at(e)];
      track = front;
      chains.tail(graph.deep[at(s)], track);
      joined[at(s)] = add(track);
    }
  }
  image::Protons protons;
  image::append_protons(frame.frame, tried, finder_, calibration_, protons);
  const std::vector<double> worth = loss.worth(frame.view, protons, through_ == Through::Cuts);
  const auto of = [&](std::int32_t proton) { return proton == kNone ? 0.0 : worth[at(proton)]; };
  std::vector<float> gradient(graph.size());
  for (std::size_t s = 0; s < graph.size(); ++s)
    gradient[s] = static_cast<float>(of(joined[s]) - of(ended[at(graph.shallow[s])]));
  return gradient;
}

image::Protons ImageGradient::protons(const event::Frame& frame, const graph::HitGraph& graph,
                                      std::span<const std::uint8_t> assigned) const {
  image::Protons protons;
  image::append_protons(frame, track::filter_tracks(frame, track::build_tracks(frame, graph, assigned), thresholds_),
                        finder_, calibration_, protons);
  return protons;
}

double ImageGradient::change(const image::ImageLoss& loss, const ScanFrame& frame,
                             std::span<const std::uint8_t> assigned) const {
  return loss.change(frame.view, frame.first_proton, frame.last_proton, protons(frame.frame, frame.graph, assigned));
}

std::vector<SegmentSwap> single_swaps(const graph::HitGraph& graph, std::span<const std::uint8_t> assigned) {
  // The segment from a deep to a shallow hit; kNone where the graph has none.
  const auto segment = [&](std::int32_t deep, std::int32_t shallow) {
    const auto begin = graph.shallow.begin() + graph.start_begin[at(deep)],
               end = graph.shallow.begin() + graph.start_begin[at(deep) + 1];
    const auto found = std::lower_bound(begin, end, shallow);
    return found == end || *found != shallow ? kNone : static_cast<std::int32_t>(found - graph.shallow.begin());
  };
  std::vector<SegmentSwap> swaps;
  std::vector<std::int32_t> taken;
  for (std::size_t pair = 0; pair + 1 < graph.pair_begin.size(); ++pair) {
    taken.clear();
    for (std::int32_t s = graph.pair_begin[pair]; s < graph.pair_begin[pair + 1]; ++s)
      if (assigned[at(s)] != 0) taken.push_back(s);
    for (std::size_t i = 0; i < taken.size(); ++i)
      for (std::size_t k = i + 1; k < taken.size(); ++k) {
        const std::int32_t one = segment(graph.deep[at(taken[i])], graph.shallow[at(taken[k])]),
                           two = segment(graph.deep[at(taken[k])], graph.shallow[at(taken[i])]);
        if (one != kNone && two != kNone) swaps.push_back({{taken[i], taken[k]}, {one, two}});
      }
  }
  return swaps;
}

std::vector<std::uint8_t> swapped(std::span<const std::uint8_t> assigned, const SegmentSwap& swap) {
  std::vector<std::uint8_t> result(assigned.begin(), assigned.end());
  for (const std::int32_t s : swap.off) result[at(s)] = 0;
  for (const std::int32_t s : swap.on) result[at(s)] = 1;
  return result;
}

double along(const SegmentSwap& swap, std::span<const float> gradient) {
  double sum = 0.0;
  for (const std::int32_t s : swap.on) sum += static_cast<double>(gradient[at(s)]);
  for (const std::int32_t s : swap.off) sum -= static_cast<double>(gradient[at(s)]);
  return sum;
}

}  // namespace difftrack::reconstruct
