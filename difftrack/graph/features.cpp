// SPDX-License-Identifier: Apache-2.0
#include "difftrack/graph/features.hpp"

#include <cmath>

namespace difftrack::graph {

std::vector<float> segment_features(const event::Frame& frame, const HitGraph& graph) {
  const auto& hits = frame.hits;
  std::vector<float> features(graph.size() * kSegmentFeatures);
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const auto d = static_cast<std::size_t>(graph.deep[s]), u = static_cast<std::size_t>(graph.shallow[s]);
    float* f = features.data() + s * kSegmentFeatures;
    f[0] = hits.edep[d], f[1] = hits.edep[u];
    f[2] = hits.x[d] - frame.spot_x, f[3] = hits.y[d] - frame.spot_y, f[4] = hits.z[d];
    f[5] = hits.x[u] - frame.spot_x, f[6] = hits.y[u] - frame.spot_y, f[7] = hits.z[u];
  }
  return features;
}

std::vector<float> hit_features(const event::Frame& frame) {
  // The published cluster-size law at 60 keV: int(4.2267 (60/25)^0.65 + 0.5).
  static const double reference_size = std::floor(4.2267 * std::pow(60.0 / 25.0, 0.65) + 0.5);
  const auto& hits = frame.hits;
  std::vector<float> features(hits.size() * kHitFeatures);
  for (std::size_t h = 0; h < hits.size(); ++h) {
    float* f = features.data() + h * kHitFeatures;
    f[0] = static_cast<float>(hits.cluster_size[h] / reference_size);
    f[1] = static_cast<float>((double{hits.x[h]} - frame.spot_x) * 1e-3);
    f[2] = static_cast<float>((double{hits.y[h]} - frame.spot_y) * 1e-3);
    f[3] = static_cast<float>(hits.layer[h]);
  }
  return features;
}

std::vector<float> direction_features(const event::Frame& frame, const HitGraph& graph) {
  const auto& hits = frame.hits;
  std::vector<float> features(graph.size() * kDirectionFeatures);
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const auto d = static_cast<std::size_t>(graph.deep[s]), u = static_cast<std::size_t>(graph.shallow[s]);
    const double dx = double{hits.x[u]} - hits.x[d], dy = double{hits.y[u]} - hits.y[d];
    const double dz = double{hits.z[u]} - hits.z[d], transverse = std::hypot(dx, dy);
    float* f = features.data() + s * kDirectionFeatures;
    f[0] = static_cast<float>(std::hypot(transverse, dz));
    f[1] = static_cast<float>(std::atan2(dy, dx));
    f[2] = static_cast<float>(std::atan2(transverse, dz));
  }
  return features;
}

}  // namespace difftrack::graph
