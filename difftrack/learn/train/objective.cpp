// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/objective.hpp"

namespace difftrack::learn {

SegmentTruth ObjectiveFrame::truth() const { return segment_truth(frame, graph, detector.n_tracker_layers); }

std::vector<std::uint8_t> ObjectiveFrame::labels() const { return graph::segment_labels(frame, graph); }

assign::Segments ObjectiveFrame::segments() const {
  return {graph.deep, graph.shallow, graph.pair_begin, static_cast<std::int32_t>(frame.hits.size())};
}

std::unique_ptr<reconstruct::ReconstructFrame> Objective::method(const detector::Detector& detector,
                                                                 const network::Weights& weights,
                                                                 const assign::AssignConfig& assign) const {
  return std::make_unique<reconstruct::NetworkReconstruction>(detector, network::SegmentScorer(weights), assign);
}

}  // namespace difftrack::learn
