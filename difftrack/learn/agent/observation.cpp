// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/observation.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/pixels/pixel_geometry.hpp"

namespace difftrack::learn {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Vector {
  double x, y, z;
  double length() const { return std::sqrt(x * x + y * y + z * z); }
};

/// From a shallow to a deep hit.
Vector between(const event::Hits& hits, std::int32_t deep, std::int32_t shallow) {
  const std::size_t d = at(deep), s = at(shallow);
  return {double{hits.x[d]} - hits.x[s], double{hits.y[d]} - hits.y[s], double{hits.z[d]} - hits.z[s]};
}

/// The published law of cluster sizes at 60 keV, not rounded.
double reference_size() { return 4.2267 * std::pow(60.0 / 25.0, 0.65) + 0.5; }

/// Pixels from the spot, in thousands; a hit outside the matrix keeps its place between pixels.
double pixels_from_spot(const detector::PixelAxis& axis, double position, double spot) {
  const std::int32_t pixel = axis.index(position);
  return ((pixel < 0 ? position : axis.centre(pixel)) - spot) / axis.pitch() * 1e-3;
}

}  // namespace

std::vector<float> agent_nodes(const event::Frame& frame, const detector::Detector& detector) {
  if (frame.n_layers() > kAgentLayers)
    throw core::InputError({"", "layers", std::to_string(frame.n_layers())},
                           "the single agent tells at most " + std::to_string(kAgentLayers) + " layers apart");
  const auto& hits = frame.hits;
  const detector::PixelGeometry pixels(detector.pixels);
  const double size = reference_size();
  std::vector<float> nodes(hits.size() * at(kAgentNodeFeatures), 0.0F);
  for (std::size_t h = 0; h < hits.size(); ++h) {
    float* row = nodes.data() + h * at(kAgentNodeFeatures);
    row[0] = static_cast<float>(hits.cluster_size[h] / size);
    row[1] = static_cast<float>(pixels_from_spot(pixels.x, double{hits.x[h]}, double{frame.spot_x}));
    row[2] = static_cast<float>(pixels_from_spot(pixels.y, double{hits.y[h]}, double{frame.spot_y}));
    row[3 + hits.layer[h]] = 1.0F;
  }
  return nodes;
}

std::array<float, 3> agent_edge(const event::Hits& hits, std::int32_t deep, std::int32_t shallow) {
  const Vector v = between(hits, deep, shallow);
  const double length = v.length();
  return {static_cast<float>(length), static_cast<float>(std::atan2(v.y, v.x)),
          static_cast<float>(length > 0.0 ? std::acos(std::clamp(v.z / length, -1.0, 1.0)) : 0.0)};
}

AgentObservations observe(const event::Frame& frame, std::span<const AgentMove> moves) {
  AgentObservations seen;
  seen.size = static_cast<std::int64_t>(moves.size());
  for (const AgentMove& move : moves) {
    const std::int32_t next = frame.hits.layer[at(move.at)] - 1;
    seen.candidates = std::max<std::int64_t>(seen.candidates, frame.end(next) - frame.begin(next));
  }
  const std::size_t k = at(seen.candidates), all = moves.size() * k;
  seen.candidate.assign(all, 0);
  seen.outgoing.assign(3 * all, 0.0F);
  seen.cosine.assign(all, 1.0F);
  seen.real.assign(all, 0.0F);
  for (std::size_t n = 0; n < moves.size(); ++n) {
    const auto [from, hit] = moves[n];
    seen.at.push_back(hit);
    const std::array<float, 3> incoming = agent_edge(frame.hits, from, hit);
    seen.incoming.insert(seen.incoming.end(), incoming.begin(), incoming.end());
    const Vector along = between(frame.hits, from, hit);
    const std::int32_t next = frame.hits.layer[at(hit)] - 1, first = frame.begin(next);
    for (std::int32_t c = first; c < frame.end(next); ++c) {
      const std::size_t place = n * k + at(c - first);
      const std::array<float, 3> outgoing = agent_edge(frame.hits, hit, c);
      const Vector on = between(frame.hits, hit, c);
      seen.candidate[place] = c;
      std::copy(outgoing.begin(), outgoing.end(), seen.outgoing.begin() + static_cast<std::ptrdiff_t>(3 * place));
      seen.cosine[place] =
          static_cast<float>((along.x * on.x + along.y * on.y + along.z * on.z) / (along.length() * on.length()));
      seen.real[place] = 1.0F;
    }
  }
  return seen;
}

}  // namespace difftrack::learn
