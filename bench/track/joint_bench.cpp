// SPDX-License-Identifier: Apache-2.0
// All hits of a frame decided together: the energy, the search and the probabilities. The answer is proved first: its
// energy is not above that of the truth, and it is the same twice.
#include <benchmark/benchmark.h>

#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::track {
namespace {

struct Case {
  detector::Detector detector = detector::read_detector("bergen-dtc");
  Likelihood likelihood = read_likelihood(core::find_shipped("likelihoods", "bergen-dtc", ".safetensors"));
  event::Frame frame;
  graph::HitGraph graph;

  explicit Case(std::int64_t tracks) : frame(problems::beam_frame(1, static_cast<std::int32_t>(tracks))) {
    graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
  }
};

void decide(benchmark::State& state) {
  const Case c(state.range(0));
  const JointAssignment joint(c.detector, c.likelihood, {.min_confidence = 0.0}, {});
  const JointDecision decision = joint(c.frame, c.graph);
  const auto& graph = decision.graph;
  const FrameEnergy energy = build_frame_energy(c.frame, graph, c.likelihood, TransportExpectation(c.detector, {}));
  const Links found = links_of(graph, decision.assigned, c.frame.hits.size());
  if (total_energy(energy, graph, found) > total_energy(energy, graph, true_links(c.frame.hits, graph)))
    return state.SkipWithError("the truth has less energy");
  if (joint(c.frame, c.graph).assigned != decision.assigned) return state.SkipWithError("differs from run to run");
  for (auto _ : state) benchmark::DoNotOptimize(joint(c.frame, c.graph).assigned.data());
  state.counters["segments"] = static_cast<double>(c.graph.size());
  state.counters["pairs"] = static_cast<double>(decision.counts.pairs);
}

void build_energy(benchmark::State& state) {
  const Case c(state.range(0));
  const TransportExpectation expectation(c.detector, {});
  if (build_frame_energy(c.frame, c.graph, c.likelihood, expectation).link.size() != c.graph.size())
    return state.SkipWithError("not one cost per segment");
  for (auto _ : state)
    benchmark::DoNotOptimize(build_frame_energy(c.frame, c.graph, c.likelihood, expectation).link.data());
}

BENCHMARK(decide)->ArgName("tracks")->Arg(50)->Arg(150)->Arg(300)->Unit(benchmark::kMillisecond);
BENCHMARK(build_energy)->ArgName("tracks")->Arg(150)->Arg(300)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::track
