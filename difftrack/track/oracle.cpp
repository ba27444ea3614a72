// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/oracle.hpp"

#include "difftrack/core/error.hpp"

namespace difftrack::track {

SegmentAssignment assign_by_truth(const event::Frame& frame, const graph::HitGraph& graph,
                                  const assign::AssignConfig& config) {
  if (frame.hits.size() > 0 && !frame.hits.has_truth())
    throw core::InputError({"", "--method", "oracle"}, "needs input with truth (eventID): it scores segments by it");
  const auto labels = graph::segment_labels(frame, graph);
  SegmentAssignment result;
  result.scores.assign(labels.begin(), labels.end());
  const assign::Segments segments{graph.deep, graph.shallow, graph.pair_begin,
                                  static_cast<std::int32_t>(frame.hits.size())};
  result.assigned = assign::assign_layers(segments, result.scores, config).assigned;
  return result;
}

}  // namespace difftrack::track
