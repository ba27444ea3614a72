// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/build_tracks.hpp"

namespace difftrack::reconstruct {

/// A way without a network for tests: the smaller a segment's angle to z, the better its score.
class StraightReconstruction final : public ReconstructFrame {
 public:
  explicit StraightReconstruction(const detector::Thresholds& thresholds) : thresholds_(thresholds) {}

  FrameResult operator()(const event::Frame& frame, Workspace&) const override {
    FrameResult result;
    result.graph = graph::build_hit_graph(frame);
    for (const float uz : result.graph.uz) {
      const float p = std::abs(uz) * 0.98F;
      result.logits.push_back(std::log(p / (1.0F - p)));
    }
    const assign::Segments segments{result.graph.deep, result.graph.shallow, result.graph.pair_begin,
                                    static_cast<std::int32_t>(frame.hits.size())};
    const auto scores = probabilities(result.logits);
    result.assigned = assign::assign_layers(segments, scores).assigned;
    result.tracks =
        track::filter_tracks(frame, track::build_tracks(frame, result.graph, result.assigned, scores), thresholds_);
    return result;
  }

 private:
  detector::Thresholds thresholds_;
};

}  // namespace difftrack::reconstruct
