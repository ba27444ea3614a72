// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "difftrack/learn/agent/embedding_pass.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::learn {
namespace {

const detector::Detector& bergen() {
  static const detector::Detector detector = detector::read_detector("bergen-dtc");
  return detector;
}

/// Every walker of one layer of a frame: its first two hits by place in their layers.
std::vector<AgentMove> walkers_of(const event::Frame& frame, std::int32_t layer) {
  std::vector<AgentMove> moves;
  const std::int32_t n = frame.end(layer) - frame.begin(layer), deeper = frame.end(layer + 1) - frame.begin(layer + 1);
  for (std::int32_t i = 0; i < n; ++i) moves.push_back({frame.begin(layer + 1) + i % deeper, frame.begin(layer) + i});
  return moves;
}

/// The graph network on a frame of some tracks through 43 layers: with its gradients, as in every step of a training.
void BM_EmbedFrame(benchmark::State& state) {
  const event::Frame frame = problems::beam_frame(1, static_cast<std::int32_t>(state.range(0)), 43);
  AgentNetwork network(true, 1);
  const AgentFrame inputs(frame, bergen());
  const torch::Tensor embedding = network.embed(inputs);
  if (embedding.size(0) != static_cast<std::int64_t>(frame.hits.size()) || !embedding.isfinite().all().item<bool>())
    return state.SkipWithError("the embedding is not finite");
  for (auto _ : state) network.embed(inputs).sum().backward();
}
BENCHMARK(BM_EmbedFrame)->Arg(50)->Arg(150)->Unit(benchmark::kMillisecond);

/// All walkers of one layer, each before all hits of the next one.
void BM_DecideLayer(benchmark::State& state) {
  const event::Frame frame = problems::beam_frame(1, static_cast<std::int32_t>(state.range(0)), 43);
  const torch::NoGradGuard guard;
  AgentNetwork network(true, 1);
  EmbeddingPass pass(network, AgentFrame(frame, bergen()));
  const std::vector<AgentMove> moves = walkers_of(frame, 10);
  const torch::Tensor sums = pass.decide(frame, moves).log_policy.exp().sum(1);
  if ((sums - 1.0).abs().max().item<double>() > 1e-4) return state.SkipWithError("probabilities do not sum to 1");
  for (auto _ : state) benchmark::DoNotOptimize(pass.decide(frame, moves).log_policy.data_ptr<float>());
}
BENCHMARK(BM_DecideLayer)->Arg(50)->Arg(150)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::learn
