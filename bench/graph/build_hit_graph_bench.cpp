// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "difftrack/graph/build_hit_graph.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::graph {
namespace {

void run(benchmark::State& state, HitGraph (*build)(const event::Frame&, const HitGraphConfig&)) {
  const auto frame = problems::beam_frame(1, static_cast<std::int32_t>(state.range(0)));
  const auto graph = build(frame, {}), plain = build_hit_graph_all_pairs(frame);
  if (graph.deep != plain.deep || graph.shallow != plain.shallow || graph.end_segment != plain.end_segment)
    return state.SkipWithError("differs from all pairs");
  for (auto _ : state) benchmark::DoNotOptimize(build(frame, {}).deep.data());
  state.counters["hits"] = static_cast<double>(frame.hits.size());
  state.counters["segments"] = static_cast<double>(graph.size());
  state.counters["edges"] = static_cast<double>(2 * graph.n_kinks());
}
void cells(benchmark::State& state) { run(state, build_hit_graph); }
void all_pairs(benchmark::State& state) { run(state, build_hit_graph_all_pairs); }

BENCHMARK(cells)->ArgName("tracks")->Arg(50)->Arg(100)->Arg(150)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(all_pairs)->ArgName("tracks")->Arg(50)->Arg(100)->Arg(150)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::graph
