// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/scorer/registry.hpp"

#include <array>

#include "difftrack/core/field_text.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/network/kernels/line_graph_training.hpp"
#include "difftrack/network/reference/network.hpp"

namespace difftrack::network {
namespace {

/// What fused kernels need is the published line graph with one of their widths; some do any number of steps.
std::optional<Obstacle> difference_from_published(const Description& description, bool (*has_width)(int),
                                                  bool any_steps) {
  const Description ours = resolved(description);
  Description theirs = published_line_graph(ours.hidden);
  if (any_steps) theirs.message_steps = ours.message_steps;
  theirs.pair_width = ours.pair_width;  // beside the network, with a kernel of its own
  theirs.kink_gate = ours.kink_gate;    // of the graph
  std::optional<Obstacle> first;
  core::for_each_field<Description>([&](const auto& each) {
    const auto& value = each.of(ours);
    const auto& needed = each.of(theirs);
    const bool fits = each.name == "hidden" ? has_width(ours.hidden) : value == needed;
    if (fits || first) return;
    first = {std::string(each.name), core::field_text(each, value),
             each.name == "hidden" ? "16, 32 or 64" : core::field_text(each, needed)};
  });
  return first;
}

class FusedLineGraph : public Forward {
 public:
  FusedLineGraph(const ParameterLayout& layout, const FlatParameters& flat)
      : model_(kernels::fold_line_graph(layout, flat)) {}
  std::vector<float> operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                ForwardWorkspace& workspace) const override {
    const auto features = graph::segment_features(frame, graph);
    std::vector<float> logits(graph.size());
    kernels::fused_logits(model_, kernels::line_graph_view(graph, features), workspace.kernels, logits);
    return logits;
  }

 private:
  kernels::LineGraphModel model_;
};

class General : public Forward {
 public:
  General(const ParameterLayout& layout, const FlatParameters& flat)
      : layout_(layout), parameters_(reference::Parameters::from(flat)) {}
  std::vector<float> operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                ForwardWorkspace&) const override {
    const auto logits = reference::network_logits(layout_, parameters_, BatchNormMode::Running,
                                                  graph_inputs(layout_.description, frame, graph));
    return {logits.begin(), logits.end()};
  }

 private:
  ParameterLayout layout_;
  reference::Parameters parameters_;
};

template <class Made>
std::unique_ptr<const Forward> make(const ParameterLayout& layout, const FlatParameters& flat) {
  return std::make_unique<Made>(layout, flat);
}

}  // namespace

std::span<const Implementation> implementations() {
  static constexpr std::array kAll{
      Implementation{"kernels", [](const Description& d) { return !no_inference_kernels(d); }, &make<FusedLineGraph>},
      Implementation{"general", [](const Description&) { return true; }, &make<General>},
  };
  return kAll;
}

std::optional<Obstacle> no_inference_kernels(const Description& description) {
  return difference_from_published(description, &kernels::has_inference_kernels, true);
}
std::optional<Obstacle> no_training_kernels(const Description& description) {
  return difference_from_published(description, &kernels::has_training_kernels, false);
}

}  // namespace difftrack::network
