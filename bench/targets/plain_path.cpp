// SPDX-License-Identifier: Apache-2.0
#include "bench/targets/plain_path.hpp"

#include <torch/torch.h>

#include <cmath>

#include "bench/targets/figure.hpp"
#include "bench/targets/frames.hpp"
#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/models/graph_network.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/torch_shim.hpp"
#include "difftrack/network/parameter_layout.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/build_tracks.hpp"

namespace difftrack::bench {

struct PlainPath::Model {
  learn::GraphNetwork network;
  network::SegmentScorer scorer;
};

PlainPath::PlainPath(const network::Weights& weights)
    : model_(new Model{learn::GraphNetwork(network::published_line_graph(16)), network::SegmentScorer(weights)}) {
  learn::shim::use_one_thread_per_operation();
  learn::load_parameters(*model_->network, network::flatten(weights, network::line_graph_layout(16), "golden"));
  model_->network->eval();
}

PlainPath::~PlainPath() = default;

std::vector<float> PlainPath::logits(const event::Frame& frame, const graph::HitGraph& graph) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor result =
      model_->network->forward(learn::graph_tensors(model_->network->description, frame, graph)).contiguous();
  return {result.data_ptr<float>(), result.data_ptr<float>() + result.numel()};
}

void PlainPath::reconstruct(const event::Frame& frame) {
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  const auto scores = reconstruct::probabilities(logits(frame, graph));
  const auto assignment =
      assign::assign_layers({graph.deep, graph.shallow, graph.pair_begin, static_cast<std::int32_t>(frame.hits.size())},
                            scores, {.threads = 1});
  track::filter_tracks(frame, track::build_tracks(frame, graph, assignment.assigned, scores), bergen().thresholds);
}

bool PlainPath::agrees(const event::Frame& frame) {
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  network::SegmentScorer::Workspace workspace;
  const auto ours = model_->scorer(frame, graph, workspace);
  const auto theirs = logits(frame, graph);
  std::size_t far = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) far += std::abs(ours[i] - theirs[i]) > 0.1F ? 1 : 0;
  return far * 100 <= ours.size();
}

void reconstruct_plainly(const std::string& model, const std::string& file, int per_frame) {
  PlainPath plain(network::read_weights(model));
  detector::FrameReader reader(file, bergen(), {.per_frame = per_frame});
  for (event::Frame frame; reader.next(frame);) plain.reconstruct(frame);
}

}  // namespace difftrack::bench
