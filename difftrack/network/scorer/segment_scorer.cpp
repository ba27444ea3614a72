// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/scorer/segment_scorer.hpp"

#include <algorithm>

#include "difftrack/network/parameter_layout.hpp"
#include "difftrack/network/scorer/registry.hpp"

namespace difftrack::network {

struct SegmentScorer::Model {
  Description description;
  std::string_view implementation;
  std::unique_ptr<const Forward> forward;
};

struct SegmentScorer::Workspace::Buffers : ForwardWorkspace {};

SegmentScorer::Workspace::Workspace() : buffers_(std::make_unique<Buffers>()) {}
SegmentScorer::Workspace::~Workspace() = default;
SegmentScorer::Workspace::Workspace(Workspace&&) noexcept = default;
SegmentScorer::Workspace& SegmentScorer::Workspace::operator=(Workspace&&) noexcept = default;

SegmentScorer::SegmentScorer(const Weights& weights, const std::string& source, Path path) {
  const auto layout = layout_of(weights, source);
  const auto flat = flatten(weights, layout, source);
  const auto all = implementations();
  const auto chosen = path == Path::Reference
                          ? all.end() - 1
                          : std::find_if(all.begin(), all.end(), [&](const Implementation& implementation) {
                              return implementation.computes(layout.description);
                            });
  model_ = std::make_unique<Model>(Model{layout.description, chosen->name, chosen->make(layout, flat)});
}
SegmentScorer::~SegmentScorer() = default;
SegmentScorer::SegmentScorer(SegmentScorer&&) noexcept = default;
SegmentScorer& SegmentScorer::operator=(SegmentScorer&&) noexcept = default;

const Description& SegmentScorer::description() const { return model_->description; }
std::string_view SegmentScorer::implementation() const { return model_->implementation; }

std::vector<float> SegmentScorer::operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                             Workspace& workspace) const {
  if (graph.size() == 0) return {};
  check_kinks(model_->description, graph);
  return (*model_->forward)(frame, graph, *workspace.buffers_);
}

}  // namespace difftrack::network
