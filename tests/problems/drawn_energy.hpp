// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "tests/problems/frames.hpp"

namespace difftrack::problems {

/// A frame of a few hits with an energy that is drawn, so that no physics helps.
struct DrawnEnergy {
  event::Frame frame;
  graph::HitGraph graph;
  track::FrameEnergy energy;

  /// `per_layer` hits in each of `n_layers`; `filter` [rad] takes some of the segments away.
  DrawnEnergy(std::uint64_t seed, std::int32_t n_layers, std::int32_t per_layer, double filter,
              double node_spread = 1.0) {
    core::RandomStream random(seed, 0);
    std::vector<MadeHit> made;  // tracks so near to each other that their kinks do not tell them apart
    for (std::int32_t k = 0; k < per_layer; ++k) {
      double x = random.normal(), y = random.normal();
      for (std::int32_t layer = 0; layer < n_layers; ++layer) {
        x += 0.5 * random.normal(), y += 0.5 * random.normal();
        made.push_back({layer, static_cast<float>(x), static_cast<float>(y), k});
      }
    }
    frame = made_frame(made);
    graph = graph::build_hit_graph(frame, {.angles = {.max_angle_calorimeter = filter, .max_angle_tracker = filter}});
    const auto draw = [&](std::vector<float>& values, std::size_t n, double mean, double spread) {
      for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<float>(mean + spread * random.normal()));
    };
    draw(energy.link, graph.size(), -4.0, 1.0);
    draw(energy.start, graph.size(), 0.0, 1.0);
    draw(energy.birth, frame.hits.size(), 6.0, node_spread);
    draw(energy.death, frame.hits.size(), 4.0, node_spread);
    draw(energy.lone, frame.hits.size(), 8.0, node_spread);
    for (std::size_t h = 0; h < frame.hits.size(); ++h) energy.kink_row.push_back(frame.hits.layer[h]);
    for (std::int32_t row = 0; row < n_layers; ++row)  // the more the further, with a bend
      for (std::size_t p = 0; p < track::ChordGrid::kPoints; ++p)
        energy.kinks.push_back(
            static_cast<float>(3.0 * std::log1p(400.0 * track::ChordGrid::squared(p)) - 3.0 + random.uniform()));
  }

  double of(const track::Links& links) const { return track::total_energy(energy, graph, links); }

  /// Segments chosen at random.
  track::Links any(std::uint64_t seed) const {
    core::RandomStream random(seed, 1);
    track::Links links = track::Links::none(frame.hits.size());
    for (std::size_t s = 0; s < graph.size(); ++s) {
      auto& down = links.down[static_cast<std::size_t>(graph.shallow[s])];
      auto& up = links.up[static_cast<std::size_t>(graph.deep[s])];
      if (down == track::kNoSegment && up == track::kNoSegment && random.uniform() < 0.6)
        down = up = static_cast<std::int32_t>(s);
    }
    return links;
  }
};

}  // namespace difftrack::problems
