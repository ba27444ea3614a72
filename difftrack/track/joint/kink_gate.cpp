// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/kink_gate.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace difftrack::track {
namespace {

constexpr std::size_t kPoints = ChordGrid::kPoints;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// The squared chords of ChordGrid's points.
const std::array<float, kPoints>& chords() {
  static const auto values = [] {
    std::array<float, kPoints> result;
    for (std::size_t p = 0; p < kPoints; ++p) result[p] = static_cast<float>(ChordGrid::squared(p));
    return result;
  }();
  return values;
}

constexpr std::size_t kRow = std::bit_ceil(kPoints + 1);

/// Per row of kinks the least cost from each point of ChordGrid outwards, which never falls; then infinities, so that
/// a search needs no bounds: (rows, kRow).
std::vector<float> least_from_here(const std::vector<float>& kinks) {
  std::vector<float> least(kinks.size() / kPoints * kRow, std::numeric_limits<float>::infinity());
  for (std::size_t row = 0; row * kRow < least.size(); ++row)
    for (std::size_t p = kPoints; p-- > 0;)
      least[row * kRow + p] = std::min(kinks[row * kPoints + p], least[row * kRow + p + 1]);
  return least;
}

/// How many costs of such a row are at most `most`: std::upper_bound without branches to guess.
std::size_t points_that_pass(const float* least, float most) {
  std::size_t passed = 0;
  for (std::size_t step = kRow / 2; step > 0; step /= 2) passed += least[passed + step - 1] <= most ? step : 0;
  return passed;
}

/// The largest squared chord whose cost is at most `most`; `least` is that row of least_from_here.
float widest(const float* costs, const float* least, float most) {
  const std::size_t passed = points_that_pass(least, most);
  if (passed == 0) return -1.0F;
  if (passed == kPoints) return std::numeric_limits<float>::infinity();
  // From the last point that passes the costs rise to one that does not, straight in t².
  const std::size_t p = passed - 1;
  const float low = chords()[p], high = chords()[passed];
  return low + (high - low) * (most - costs[p]) / (costs[passed] - costs[p]);
}

}  // namespace

std::vector<float> widest_kinks(const FrameEnergy& energy, const graph::HitGraph& graph, double nats) {
  const std::vector<float> least = least_from_here(energy.kinks);
  std::vector<float> limits(graph.size());
  for (std::size_t down = 0; down < graph.size(); ++down) {
    const auto h = at(graph.shallow[down]);
    const float apart = energy.birth[h] + energy.start[down] + energy.death[h];
    const std::size_t row = at(energy.kink_row[h]);
    limits[down] = widest(energy.kinks.data() + row * kPoints, least.data() + row * kRow,
                          static_cast<float>(nats) + apart - energy.link[down]);
  }
  return limits;
}

graph::HitGraph gate_kinks(const event::Frame& frame, graph::HitGraph graph, const Likelihood& likelihood,
                           const TransportExpectation& expectation, double nats) {
  graph.widest_chord2 = widest_kinks(build_frame_energy(frame, graph, likelihood, expectation), graph, nats);
  return graph;
}

}  // namespace difftrack::track
