// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/segment_scorer.hpp"

#include "difftrack/graph/features.hpp"
#include "difftrack/network/parameter_layout.hpp"
#include "difftrack/network/reference/hit_graph.hpp"
#include "difftrack/network/reference/line_graph.hpp"

namespace difftrack::network {

struct SegmentScorer::Model {
  ParameterLayout layout;
  reference::Parameters parameters;
};

struct SegmentScorer::Workspace::Buffers {};

SegmentScorer::Workspace::Workspace() : buffers_(std::make_unique<Buffers>()) {}
SegmentScorer::Workspace::~Workspace() = default;
SegmentScorer::Workspace::Workspace(Workspace&&) noexcept = default;
SegmentScorer::Workspace& SegmentScorer::Workspace::operator=(Workspace&&) noexcept = default;

SegmentScorer::SegmentScorer(const Weights& weights, const std::string& source, Path) {
  auto layout = layout_of(weights, source);
  auto flat = flatten(weights, layout, source);
  model_ = std::make_unique<const Model>(Model{std::move(layout), reference::Parameters::from(flat)});
}
SegmentScorer::~SegmentScorer() = default;
SegmentScorer::SegmentScorer(SegmentScorer&&) noexcept = default;
SegmentScorer& SegmentScorer::operator=(SegmentScorer&&) noexcept = default;

int SegmentScorer::hidden() const { return model_->layout.hidden; }

std::vector<float> SegmentScorer::operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                             Workspace&) const {
  if (graph.size() == 0) return {};
  const auto mode = reference::BatchNormMode::Running;
  const auto logits =
      model_->layout.kind == NetworkKind::LineGraph
          ? reference::line_graph_logits(model_->layout, model_->parameters, mode, graph::segment_features(frame, graph),
                                         graph::build_line_graph(graph))
          : reference::hit_graph_logits(model_->layout, model_->parameters, mode, graph::hit_features(frame),
                                        graph::direction_features(frame, graph), graph);
  return {logits.begin(), logits.end()};
}

}  // namespace difftrack::network
