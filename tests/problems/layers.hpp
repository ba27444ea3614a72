// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/random.hpp"

/// Made-up layered segments with truth, for assignment without a detector.
namespace difftrack::problems {

struct LayeredScores {
  std::int32_t n_hits = 0;
  std::vector<std::int32_t> deep, shallow, pair_begin{0};
  std::vector<float> scores;
  std::vector<std::uint8_t> labels;

  assign::Segments segments() const { return {deep, shallow, pair_begin, n_hits}; }
};

/// How the scores are drawn.
enum class Scores {
  Trained,  ///< most near 0 or 1: logit normal around ±6 with a tail of confusions
  Random,   ///< uniform in (0, 1)
};

/// `n_layers` layers of straight tracks in a square with `per_layer` hits (deepest first); each track ends in a layer
/// with probability `loss`, and false segments join hits within a radius that gives `candidates` per hit on average.
inline LayeredScores layered_scores(std::uint64_t seed, std::int32_t n_layers, std::int32_t per_layer,
                                    double candidates, Scores kind, double loss = 0.02) {
  core::RandomStream random(seed, 0);
  struct Hit {
    double x, y;
    std::int32_t track;
  };
  std::vector<std::vector<Hit>> layers(static_cast<std::size_t>(n_layers));  // shallow first
  std::vector<Hit> live;
  for (std::int32_t t = 0; t < per_layer; ++t) live.push_back({random.uniform(), random.uniform(), t});
  std::int32_t next_track = per_layer;
  for (auto& layer : layers) {
    std::vector<Hit> left;
    for (Hit hit : live)
      if (random.uniform() >= loss) {
        hit.x += 0.01 * random.normal();
        hit.y += 0.01 * random.normal();
        left.push_back(hit);
      }
    live = left;
    layer = live;
    const double noise = 0.08 * per_layer;
    for (double k = 0; k < noise; ++k) layer.push_back({random.uniform(), random.uniform(), next_track++});
    for (std::size_t i = layer.size(); i > 1; --i)
      std::swap(layer[i - 1], layer[random.below(static_cast<std::uint32_t>(i))]);
  }
  LayeredScores result;
  const double radius2 = candidates / (3.14159 * per_layer);
  std::int32_t first_deep = 0;
  for (std::size_t l = layers.size() - 1; l > 0; --l) {
    const auto& deep = layers[l];
    const auto& shallow = layers[l - 1];
    const auto first_shallow = first_deep + static_cast<std::int32_t>(deep.size());
    for (std::size_t i = 0; i < deep.size(); ++i)
      for (std::size_t j = 0; j < shallow.size(); ++j) {
        const double d2 = std::pow(deep[i].x - shallow[j].x, 2) + std::pow(deep[i].y - shallow[j].y, 2);
        const bool same = deep[i].track == shallow[j].track;
        if (d2 > radius2 && !same) continue;
        result.deep.push_back(first_deep + static_cast<std::int32_t>(i));
        result.shallow.push_back(first_shallow + static_cast<std::int32_t>(j));
        result.labels.push_back(same);
        const double logit = (same ? 6.0 : -6.0 + 8.0 * std::exp(-d2 / 0.0004)) + 2.0 * random.normal();
        const double p = kind == Scores::Random ? random.uniform() : 1.0 / (1.0 + std::exp(-logit));
        result.scores.push_back(static_cast<float>(p));
      }
    result.pair_begin.push_back(static_cast<std::int32_t>(result.deep.size()));
    first_deep = first_shallow;
  }
  result.n_hits = first_deep + static_cast<std::int32_t>(layers.front().size());
  return result;
}

/// dL/dY of the published Hamming loss over one group, divided by `frames`.
inline std::vector<float> hamming_gradient(const LayeredScores& frame, double frames) {
  std::vector<float> g;
  for (const auto t : frame.labels)
    g.push_back(static_cast<float>((1.0 - 2.0 * t) / (frames * static_cast<double>(frame.labels.size()))));
  return g;
}

}  // namespace difftrack::problems
