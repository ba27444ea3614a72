// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/random.hpp"
#include "difftrack/event/frame.hpp"

namespace difftrack::learn {

/// Straight tracks with a little scatter through `layers` planes, one hit per track and plane; hits carry truth.
inline event::Frame random_frame(std::int32_t tracks, std::int32_t layers, std::uint64_t seed) {
  core::RandomStream random(seed, 0);
  std::vector<double> x, y, tx, ty;
  for (std::int32_t t = 0; t < tracks; ++t) {
    x.push_back(6.0 * random.normal()), y.push_back(6.0 * random.normal());
    tx.push_back(0.03 * random.normal()), ty.push_back(0.03 * random.normal());
  }
  event::Frame frame;
  frame.n_events = tracks;
  frame.group_begin = {0};
  for (std::int32_t layer = layers - 1; layer >= 0; --layer) {
    const double z = layer < 2 ? 225.0 + 52.0 * layer : 333.0 + 5.5 * (layer - 2);
    for (std::int32_t t = 0; t < tracks; ++t) {
      const auto i = static_cast<std::size_t>(t);
      auto& hits = frame.hits;
      hits.x.push_back(static_cast<float>(x[i] + tx[i] * (z - 225.0) + 0.05 * random.normal()));
      hits.y.push_back(static_cast<float>(y[i] + ty[i] * (z - 225.0) + 0.05 * random.normal()));
      hits.z.push_back(static_cast<float>(z));
      hits.edep.push_back(static_cast<float>(0.03 + 0.01 * random.exponential()));
      hits.layer.push_back(layer);
      hits.cluster_size.push_back(4 + static_cast<std::int32_t>(random.below(8)));
      hits.id.push_back(static_cast<std::int64_t>(hits.id.size()));
      hits.event.push_back(t);
      hits.particle.push_back(1);
      hits.pdg.push_back(2212);
      hits.primary.push_back(1);
    }
    frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
  }
  return frame;
}

}  // namespace difftrack::learn
