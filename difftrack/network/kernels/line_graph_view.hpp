// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace difftrack::network::kernels {

/// A frame as the line-graph kernels see it: pointers into a graph::HitGraph and its features, nothing owned.
///
/// Kinks are implicit: at hit h every segment that ends there (end_segment[end_begin[h] …]) meets every segment that
/// starts there (start_begin[h] …). Their order is by hit, then by ending segment, then by starting segment.
struct LineGraphView {
  std::int32_t n_hits = 0;
  std::int32_t n_segments = 0;
  const std::int32_t* start_begin = nullptr;                ///< n_hits + 1
  const std::int32_t* end_begin = nullptr;                  ///< n_hits + 1
  const std::int32_t* end_segment = nullptr;                ///< n_segments
  const float *ux = nullptr, *uy = nullptr, *uz = nullptr;  ///< unit vectors, n_segments each
  const float* features = nullptr;                          ///< (n_segments, 8) row-major, raw (graph/features.hpp)
  const float* theta = nullptr;  ///< optional [rad], one per kink: used instead of the unit vectors
};

}  // namespace difftrack::network::kernels
