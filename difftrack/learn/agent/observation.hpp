// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"

namespace difftrack::learn {

inline constexpr std::int64_t kAgentLayers = 50;          ///< that the one-hot code of a layer tells apart
inline constexpr std::int64_t kAgentNodeFeatures = 53;    ///< of a hit
inline constexpr std::int64_t kAgentEdgeFeatures = 3;     ///< of a segment
inline constexpr std::int64_t kAgentEmbeddingWidth = 64;  ///< of a hit, by the graph network

/// Where a walker stands and by which segment it came; both are hits of the frame, `from` one layer deeper.
struct AgentMove {
  std::int32_t from = 0;
  std::int32_t at = 0;
};

/// What n walkers see: of each its own segment, and all hits of the next shallower layer as candidates, filled up to k,
/// the largest number of candidates among them.
struct AgentObservations {
  std::int64_t size = 0;                ///< n
  std::int64_t candidates = 0;          ///< k
  std::vector<std::int64_t> at;         ///< [n] hit that a walker stands at
  std::vector<float> incoming;          ///< [n, 3] features of its segment
  std::vector<std::int64_t> candidate;  ///< [n, k] hit; 0 where it is padding
  std::vector<float> outgoing;          ///< [n, k, 3] features of the segment to it; 0 where it is padding
  std::vector<float> cosine;            ///< [n, k] of the kink that it would make; 1 where it is padding
  std::vector<float> real;              ///< [n, k] 1, or 0 where it is padding
};

/// Features of every hit, [hits, 53]: size of its cluster over that of 0.06 MeV; pixels from the beam spot along x and
/// y in thousands; its layer as a one-hot code of 50. Throws core::InputError for a frame of more layers.
std::vector<float> agent_nodes(const event::Frame& frame, const detector::Detector& detector);

/// Features of the vector from a shallow to a deep hit: length [mm], azimuth and polar angle [rad].
std::array<float, 3> agent_edge(const event::Hits& hits, std::int32_t deep, std::int32_t shallow);

/// What walkers see. None of them stands in layer 0. There is no angular filter: every hit of the next layer is a
/// candidate, in the order of the frame.
AgentObservations observe(const event::Frame& frame, std::span<const AgentMove> moves);

}  // namespace difftrack::learn
