// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"

/// Small frames with exact geometry and truth.
namespace difftrack::problems {

struct MadeHit {
  std::int32_t layer;
  float x, y;
  std::int32_t event;
  bool primary = true;
  float edep = 0.1F;
  std::int32_t second_event = -1;  ///< of a shared cluster; where no hit has one, the frame has no such column
};

/// A frame of the given hits (any order), layer L at z = 10 L mm; layers must not have gaps.
inline event::Frame made_frame(const std::vector<MadeHit>& made) {
  event::Frame frame;
  std::int32_t n_layers = 0;
  for (const auto& hit : made) n_layers = hit.layer + 1 > n_layers ? hit.layer + 1 : n_layers;
  frame.group_begin.assign(n_layers > 0 ? 1 : 0, 0);
  const bool shared = std::any_of(made.begin(), made.end(), [](const MadeHit& hit) { return hit.second_event >= 0; });
  for (std::int32_t layer = n_layers - 1; layer >= 0; --layer) {
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i].layer != layer) continue;
      auto& hits = frame.hits;
      hits.x.push_back(made[i].x);
      hits.y.push_back(made[i].y);
      hits.z.push_back(10.0F * static_cast<float>(layer));
      hits.edep.push_back(made[i].edep);
      hits.layer.push_back(layer);
      hits.cluster_size.push_back(4);
      hits.id.push_back(static_cast<std::int64_t>(i));
      hits.event.push_back(made[i].event);
      hits.particle.push_back(made[i].primary ? 1 : 2);
      hits.pdg.push_back(2212);
      hits.primary.push_back(made[i].primary);
      if (shared) hits.second_event.push_back(made[i].second_event);
    }
    frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
  }
  return frame;
}

/// Straight tracks along z at (x, 0), one per entry, from layer 0 to layer n_layers - 1; event = position in the list.
inline std::vector<MadeHit> straight_tracks(const std::vector<float>& x, std::int32_t n_layers) {
  std::vector<MadeHit> hits;
  for (std::size_t t = 0; t < x.size(); ++t)
    for (std::int32_t layer = 0; layer < n_layers; ++layer)
      hits.push_back({layer, x[t], 0.0F, static_cast<std::int32_t>(t)});
  return hits;
}

/// 1 for segments whose ends carry the same event.
inline std::vector<std::uint8_t> truth_assignment(const event::Frame& frame, const graph::HitGraph& graph) {
  return graph::segment_labels(frame, graph);
}

}  // namespace difftrack::problems
