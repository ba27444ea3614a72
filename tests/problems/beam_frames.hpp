// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/event/frame.hpp"

/// Frames of scattered, nearly straight tracks whose numbers of hits, segments and kinks are like those behind 100 mm
/// of water (docs/method.md section 2): for property tests and for timings at any density.
namespace difftrack::problems {

/// `n_tracks` protons through the 43 planes of the Bergen DTC (z = 225.23, 277.63, 333.38 + 5.5 k mm). A track is lost
/// with 1.2 % per layer and stops near layer 36; kinks have 11 mrad (one projection); the beam has sd 6.1 mm and 12
/// mrad.
inline event::Frame beam_frame(std::uint64_t seed, std::int32_t n_tracks, std::int32_t n_layers = 43) {
  struct Point {
    float x, y, z, edep;
    std::int32_t event;
  };
  std::vector<std::vector<Point>> layers(static_cast<std::size_t>(n_layers));
  for (std::int32_t t = 0; t < n_tracks; ++t) {
    core::RandomStream random(seed, static_cast<std::uint64_t>(t));
    auto [x, y] = random.normal_pair();
    auto [sx, sy] = random.normal_pair();
    x *= 6.1, y *= 6.1, sx *= 0.012, sy *= 0.012;
    const double last = std::min(0.85 * n_layers + 1.3 * random.normal(), n_layers - 1.0);
    double z = 225.23;
    for (std::int32_t k = 0; k <= last; ++k) {
      const double plane = k == 0 ? 225.23 : k == 1 ? 277.63 : 333.38 + 5.5 * (k - 2);
      x += sx * (plane - z), y += sy * (plane - z), z = plane;
      const double rising = 0.004 + 0.008 / std::sqrt(last + 0.3 - k + 0.2);
      layers[static_cast<std::size_t>(k)].push_back({static_cast<float>(x), static_cast<float>(y),
                                                     static_cast<float>(z),
                                                     static_cast<float>(rising * (1.0 + random.exponential())), t});
      if (random.uniform() < 0.012) break;
      const auto [kx, ky] = random.normal_pair();
      const double width = k < 1 ? 0.001 : 0.011;
      sx += kx * width, sy += ky * width;
    }
  }
  event::Frame frame;
  frame.n_events = n_tracks;
  while (!layers.empty() && layers.back().empty()) layers.pop_back();
  if (!layers.empty()) frame.group_begin.push_back(0);
  for (auto layer = static_cast<std::int32_t>(layers.size()) - 1; layer >= 0; --layer) {
    for (const auto& point : layers[static_cast<std::size_t>(layer)]) {
      auto& hits = frame.hits;
      hits.x.push_back(point.x), hits.y.push_back(point.y), hits.z.push_back(point.z);
      hits.edep.push_back(point.edep);
      hits.layer.push_back(layer);
      hits.cluster_size.push_back(10);
      hits.id.push_back(static_cast<std::int64_t>(hits.id.size()));
      hits.event.push_back(point.event);
      hits.particle.push_back(1), hits.pdg.push_back(2212), hits.primary.push_back(1);
    }
    frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
  }
  return frame;
}

}  // namespace difftrack::problems
