// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/network_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/reconstruct/methods.hpp"
#include "difftrack/track/joint/kink_gate.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::reconstruct {

struct NetworkGraph::Gate {
  double nats;
  track::Likelihood likelihood;
  track::TransportExpectation expectation;
};

NetworkGraph::NetworkGraph(const detector::Detector& detector, const network::Description& description,
                           const std::string& source)
    : filter_(graph::hit_graph_config(detector)) {
  if (!description.kink_gate) return;
  const std::vector<std::string> names = core::shipped_names("likelihoods", ".safetensors");
  if (std::find(names.begin(), names.end(), detector.name) == names.end())
    throw core::InputError({source, "kink_gate", fmt::format("{}", *description.kink_gate)},
                           "needs the likelihood of detector '" + detector.name + "', and none ships for it");
  gate_ = std::make_shared<const Gate>(Gate{*description.kink_gate,
                                            likelihood_for("", detector, matter::BeamParticle::Proton).likelihood,
                                            track::TransportExpectation(detector, {})});
}

graph::HitGraph NetworkGraph::operator()(const event::Frame& frame) const {
  graph::HitGraph graph = graph::build_hit_graph(frame, filter_);
  if (gate_ == nullptr) return graph;
  return track::gate_kinks(frame, std::move(graph), gate_->likelihood, gate_->expectation, gate_->nats);
}

}  // namespace difftrack::reconstruct
