// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/frame_loss.hpp"

#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/ops/assignment.hpp"
#include "difftrack/learn/ops/group_losses.hpp"

namespace difftrack::learn {

namespace {

torch::Tensor through_assignment(const Experiment& experiment, const event::Frame& frame, const graph::HitGraph& graph,
                                 const SegmentTruth& truth, std::uint64_t stream, const torch::Tensor& logits) {
  const std::vector<std::uint8_t> labels = graph::segment_labels(frame, graph);
  AssignmentOptions options{experiment.assign, experiment.estimator, experiment.loss.margin, labels, stream};
  options.assign.threads = options.estimator.threads = 1;  // frames run side by side already
  const assign::Segments segments{graph.deep, graph.shallow, graph.pair_begin,
                                  static_cast<std::int32_t>(frame.hits.size())};
  const torch::Tensor scores = logits.sigmoid();
  if (experiment.loss.loss == "own") return assignment_own_loss(scores, segments, options);
  return hamming_group_means(assign_segments(scores, segments, options), truth.labels, truth.tracker).sum();
}

}  // namespace

LogitLoss frame_loss(const Experiment& experiment, const event::Frame& frame, const graph::HitGraph& graph,
                     std::int32_t n_tracker_layers, std::uint64_t stream) {
  return [&experiment, &frame, &graph, n_tracker_layers, stream](const torch::Tensor& logits) {
    const SegmentTruth truth = segment_truth(frame, graph, n_tracker_layers);
    const torch::Tensor loss = experiment.loss.loss == "bce"
                                   ? bce_group_means(logits, truth.labels, truth.tracker).sum()
                                   : through_assignment(experiment, frame, graph, truth, stream, logits);
    return loss / experiment.schedule.frames_per_step;
  };
}

}  // namespace difftrack::learn
