// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/segment_scorer.hpp"

#include <optional>

#include "difftrack/graph/features.hpp"
#include "difftrack/network/kernels/line_graph_inference.hpp"
#include "difftrack/network/line_graph_view.hpp"
#include "difftrack/network/parameter_layout.hpp"
#include "difftrack/network/reference/hit_graph.hpp"
#include "difftrack/network/reference/line_graph.hpp"

namespace difftrack::network {

struct SegmentScorer::Model {
  ParameterLayout layout;
  reference::Parameters parameters;
  std::optional<kernels::LineGraphModel> fast;
};

struct SegmentScorer::Workspace::Buffers {
  kernels::InferenceWorkspace inference;
};

SegmentScorer::Workspace::Workspace() : buffers_(std::make_unique<Buffers>()) {}
SegmentScorer::Workspace::~Workspace() = default;
SegmentScorer::Workspace::Workspace(Workspace&&) noexcept = default;
SegmentScorer::Workspace& SegmentScorer::Workspace::operator=(Workspace&&) noexcept = default;

SegmentScorer::SegmentScorer(const Weights& weights, const std::string& source, Path path) {
  auto layout = layout_of(weights, source);
  const auto flat = flatten(weights, layout, source);
  auto model = std::make_unique<Model>();
  if (path == Path::Fast && layout.kind == NetworkKind::LineGraph && kernels::has_inference_kernels(layout.hidden))
    model->fast = kernels::fold_line_graph(layout, flat);
  model->parameters = reference::Parameters::from(flat);
  model->layout = std::move(layout);
  model_ = std::move(model);
}
SegmentScorer::~SegmentScorer() = default;
SegmentScorer::SegmentScorer(SegmentScorer&&) noexcept = default;
SegmentScorer& SegmentScorer::operator=(SegmentScorer&&) noexcept = default;

int SegmentScorer::hidden() const { return model_->layout.hidden; }

std::vector<float> SegmentScorer::operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                             Workspace& workspace) const {
  if (graph.size() == 0) return {};
  if (model_->fast) {
    const auto features = graph::segment_features(frame, graph);
    std::vector<float> logits(graph.size());
    kernels::line_graph_logits(*model_->fast, line_graph_view(graph, features), workspace.buffers_->inference, logits);
    return logits;
  }
  const auto mode = reference::BatchNormMode::Running;
  const auto logits =
      model_->layout.kind == NetworkKind::LineGraph
          ? reference::line_graph_logits(model_->layout, model_->parameters, mode,
                                         graph::segment_features(frame, graph), graph::build_line_graph(graph))
          : reference::hit_graph_logits(model_->layout, model_->parameters, mode, graph::hit_features(frame),
                                        graph::direction_features(frame, graph), graph);
  return {logits.begin(), logits.end()};
}

}  // namespace difftrack::network
