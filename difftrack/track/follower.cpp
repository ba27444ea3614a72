// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/follower.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "difftrack/track/pair_sweep.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Unit vector from a deep to a shallow hit, turned towards the beam's end.
Direction direction(const event::Frame& frame, std::int32_t shallow, std::int32_t deep) {
  const auto& hits = frame.hits;
  const double x = static_cast<double>(hits.x[at(deep)]) - static_cast<double>(hits.x[at(shallow)]);
  const double y = static_cast<double>(hits.y[at(deep)]) - static_cast<double>(hits.y[at(shallow)]);
  const double z = std::abs(static_cast<double>(hits.z[at(deep)]) - static_cast<double>(hits.z[at(shallow)]));
  const double length = std::sqrt(x * x + y * y + z * z);
  return length > 0.0 ? Direction{x / length, y / length, z / length} : Direction{0.0, 0.0, 1.0};
}

struct Node {
  std::int32_t hit, parent;  // parent: index of a node, deeper; -1 for the root
  double score;
  Direction came;  // of the segment to the parent
};

struct Follow {
  const event::Frame& frame;
  const FollowerConfig& config;
  std::vector<std::uint8_t> used;
  std::vector<Node> nodes;

  struct Child {
    std::int32_t hit = -1;
    double score = 0.0, kink = 0.0;
    Direction came;
  };

  /// The two best hits of a layer to follow from `node`, in order; hit -1 where there is none.
  std::pair<Child, Child> best_two(const Node& node, std::int32_t layer) const {
    Child best, second;
    const double least_cosine =
        std::cos(std::max(config.max_score, config.always_below)) - 1e-9;  // none below is followed
    for (auto h = frame.begin(layer); h < frame.end(layer); ++h) {
      if (used[at(h)]) continue;
      const Direction came = direction(frame, h, node.hit);
      if (came.x * node.came.x + came.y * node.came.y + came.z * node.came.z < least_cosine) continue;
      const double kink = angle_between(came, node.came);
      const double score = std::hypot(node.score, kink);
      if (!(score < config.max_score || kink < config.always_below)) continue;
      const Child child{h, score, kink, came};
      if (best.hit < 0 || score < best.score) {
        second = best;
        best = child;
      } else if (second.hit < 0 || score < second.score) {
        second = child;
      }
    }
    return {best, second};
  }

  /// Grows the tree of a seed and returns its best leaf (a node index).
  std::int32_t grow(std::int32_t seed) {
    nodes.assign(1, {seed, -1, 0.0, {0.0, 0.0, 1.0}});
    std::vector<std::int32_t> open{0}, next, leaves{0};
    std::int32_t layer = frame.hits.layer[at(seed)] - 1;
    bool at_seed = true;
    while (layer >= 0 && !open.empty()) {
      next.clear();
      for (const auto i : open) {
        const Node node = nodes[at(i)];
        const auto [best, second] = best_two(node, layer);
        if (best.hit < 0) continue;
        next.push_back(add(best, i));
        if (second.hit >= 0 && best.score >= config.second_child_factor * second.score) next.push_back(add(second, i));
      }
      if (next.empty() && at_seed && layer + 2 == frame.hits.layer[at(seed)] + 1 && layer > 0) {
        --layer;  // one layer may be skipped at the seed
        at_seed = false;
        continue;
      }
      at_seed = false;
      if (next.empty()) break;
      if (next.size() > static_cast<std::size_t>(config.max_leaves)) {
        std::stable_sort(next.begin(), next.end(),
                         [&](auto a, auto b) { return nodes[at(a)].score < nodes[at(b)].score; });
        next.resize(static_cast<std::size_t>(config.max_leaves));
      }
      leaves = next;
      open = next;
      --layer;
    }
    return *std::min_element(leaves.begin(), leaves.end(),
                             [&](auto a, auto b) { return nodes[at(a)].score < nodes[at(b)].score; });
  }

  std::int32_t add(const Child& child, std::int32_t parent) {
    nodes.push_back({child.hit, parent, child.score, child.came});
    return static_cast<std::int32_t>(nodes.size() - 1);
  }

  /// Extends a track (shallow to deep) towards layer 0 by unused hits.
  void complete(std::vector<std::int32_t>& track) {
    for (auto layer = frame.hits.layer[at(track.front())] - 1; layer >= 0; --layer) {
      const Direction along = direction(frame, track[0], track[1]);
      std::int32_t best = -1;
      double smallest = config.completion_angle;
      for (auto h = frame.begin(layer); h < frame.end(layer); ++h) {
        if (used[at(h)]) continue;
        const double kink = angle_between(direction(frame, h, track[0]), along);
        if (kink >= smallest) continue;
        smallest = kink;
        best = h;
      }
      if (best < 0) return;
      used[at(best)] = 1;
      track.insert(track.begin(), best);
    }
  }
};

}  // namespace

TrackFollower::TrackFollower(const FollowerConfig& config) : config_(config) { core::check_fields(config, ""); }

event::Tracks TrackFollower::operator()(const event::Frame& frame) const {
  Follow follow{frame, config_, std::vector<std::uint8_t>(frame.hits.size(), 0), {}};
  std::vector<std::vector<std::int32_t>> found;
  std::vector<double> scores;
  for (std::int32_t layer = frame.n_layers() - 1; layer > 0; --layer)
    for (auto seed = frame.begin(layer); seed < frame.end(layer); ++seed) {
      if (follow.used[at(seed)]) continue;
      std::vector<std::int32_t> track;
      const std::int32_t leaf = follow.grow(seed);
      for (auto i = leaf; i >= 0; i = follow.nodes[at(i)].parent) track.push_back(follow.nodes[at(i)].hit);
      if (track.size() < 2) continue;
      for (const auto h : track) follow.used[at(h)] = 1;
      scores.push_back(std::exp(-follow.nodes[at(leaf)].score));
      found.push_back(std::move(track));
    }
  event::Tracks tracks;
  for (std::size_t t = 0; t < found.size(); ++t) {
    follow.complete(found[t]);
    if (frame.hits.layer[at(found[t].front())] > config_.max_last_layer) continue;
    tracks.hits.push_back(found[t]);
    tracks.score.push_back(static_cast<float>(scores[t]));
  }
  if (tracks.size() == 0) {
    if (frame.hits.size() == 0)
      tracks.why_none = frame.why_empty.empty() ? "the frame has no hits" : frame.why_empty;
    else
      tracks.why_none =
          found.empty() ? "no hit can be followed upstream" : "no track reaches the front of the detector";
  }
  return tracks;
}

}  // namespace difftrack::track
