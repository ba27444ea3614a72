// SPDX-License-Identifier: Apache-2.0
// From a deflated .npz of steps, as `difftrack simulate` and GATE write them, to hits and frames: 10,000 primaries
// behind 100 mm of water, 0.3 million rows. Target (issue 4): file to hits in 0.15 s on one core.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/detector/steps/fold_electrons.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/io/read_table.hpp"

namespace difftrack::detector {
namespace {

constexpr int kPrimaries = 10'000;
constexpr int kLayers = 30;

const Detector& bergen() {
  static const Detector detector = read_detector("bergen-dtc");
  return detector;
}

/// Straight tracks with energies of the right size: what is timed depends on the number of rows and on how well they
/// compress, not on physics. After every 300th row comes an electron, as in simulations with coarse production cuts.
event::Steps made_steps() {
  event::Steps steps;
  const auto add = [&](std::int32_t event, std::int32_t track, std::int32_t pdg, std::int32_t layer, double x, double y,
                       double edep) {
    steps.event.push_back(event);
    steps.track.push_back(track);
    steps.parent.push_back(track - 1);
    steps.pdg.push_back(pdg);
    steps.layer.push_back(layer);
    steps.x.push_back(static_cast<float>(x));
    steps.y.push_back(static_cast<float>(y));
    steps.z.push_back(static_cast<float>(bergen().layers[static_cast<std::size_t>(layer)].sensitive_z));
    steps.edep.push_back(static_cast<float>(edep));
  };
  for (std::int32_t e = 0; e < kPrimaries; ++e) {
    core::RandomStream random(1, static_cast<std::uint64_t>(e));
    double x = 10.0 * random.normal(), y = 10.0 * random.normal();
    for (std::int32_t layer = 0; layer < kLayers; ++layer) {
      x += 0.2 * random.normal();
      y += 0.2 * random.normal();
      add(e, 1, 2212, layer, x, y, 0.02 * random.exponential() + 0.008);
      if ((kLayers * e + layer) % 300 == 0) add(e, 2, 11, layer, x + 0.02, y, 0.01);
    }
  }
  return steps;
}

/// Written once per run.
const std::string& steps_file() {
  static const std::string path = [] {
    const std::string name = std::filesystem::temp_directory_path() / "difftrack_steps_to_hits_bench.npz";
    const event::Steps steps = made_steps();
    std::vector<std::int32_t> level1, level2;
    for (const auto layer : steps.layer) {
      level1.push_back(layer < 2 ? layer : 1);
      level2.push_back(layer - 2 < 0 ? -1 : layer - 2);
    }
    event::NpzWriter out(name);
    out.append("arr_0", std::vector<event::ColumnView>{{"eventID", std::span(steps.event)},
                                                       {"trackID", std::span(steps.track)},
                                                       {"parentID", std::span(steps.parent)},
                                                       {"PDGEncoding", std::span(steps.pdg)},
                                                       {"posX", std::span(steps.x)},
                                                       {"posY", std::span(steps.y)},
                                                       {"posZ", std::span(steps.z)},
                                                       {"edep", std::span(steps.edep)},
                                                       {"level1ID", std::span(level1)},
                                                       {"level2ID", std::span(level2)}});
    out.commit();
    return name;
  }();
  return path;
}

event::Hits hits_of_file() {
  return merge_steps(steps_from_table(event::read_table(steps_file()), bergen()), bergen().thresholds).hits;
}

void file_to_hits(benchmark::State& state) {
  if (hits_of_file().size() < std::size_t{kPrimaries} * 25)
    throw std::logic_error("steps_to_hits_bench: hits are missing");
  for (auto _ : state) benchmark::DoNotOptimize(hits_of_file());
  state.counters["target_ms"] = 150;
}
BENCHMARK(file_to_hits)->Unit(benchmark::kMillisecond);

void file_to_table(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(event::read_table(steps_file()));
}
BENCHMARK(file_to_table)->Unit(benchmark::kMillisecond);

void table_to_steps(benchmark::State& state) {
  const event::Table table = event::read_table(steps_file());
  for (auto _ : state) benchmark::DoNotOptimize(steps_from_table(table, bergen()));
}
BENCHMARK(table_to_steps)->Unit(benchmark::kMillisecond);

void folding_electrons(benchmark::State& state) {
  const event::Steps steps = steps_from_table(event::read_table(steps_file()), bergen());
  event::Steps fast = steps, plain = steps;
  if (fold_electrons(fast, 0.1) != kPrimaries * kLayers / 300 || fold_electrons_reference(plain, 0.1) == 0 ||
      fast.track != plain.track || fast.x != plain.x)
    throw std::logic_error("fold_electrons differs from its reference");
  for (auto _ : state) {
    state.PauseTiming();
    event::Steps folded = steps;
    state.ResumeTiming();
    benchmark::DoNotOptimize(fold_electrons(folded, 0.1));
  }
}
BENCHMARK(folding_electrons)->Unit(benchmark::kMillisecond);

void steps_to_hits(benchmark::State& state) {
  const event::Steps steps = steps_from_table(event::read_table(steps_file()), bergen());
  const auto fast = merge_steps(steps, bergen().thresholds).hits,
             plain = merge_steps_reference(steps, bergen().thresholds).hits;
  if (fast.id != plain.id || fast.x != plain.x || fast.edep != plain.edep)
    throw std::logic_error("merge_steps differs from its reference");
  for (auto _ : state) benchmark::DoNotOptimize(merge_steps(steps, bergen().thresholds));
}
BENCHMARK(steps_to_hits)->Unit(benchmark::kMillisecond);

void steps_to_hits_reference(benchmark::State& state) {
  const event::Steps steps = steps_from_table(event::read_table(steps_file()), bergen());
  for (auto _ : state) benchmark::DoNotOptimize(merge_steps_reference(steps, bergen().thresholds));
}
BENCHMARK(steps_to_hits_reference)->Unit(benchmark::kMillisecond);

void hits_to_frames(benchmark::State& state) {
  const event::Hits hits = hits_of_file();
  for (auto _ : state) benchmark::DoNotOptimize(build_frames(hits, {.per_frame = 100}));
}
BENCHMARK(hits_to_frames)->Unit(benchmark::kMillisecond);

void file_to_frames_streamed(benchmark::State& state) {
  for (auto _ : state) {
    FrameReader reader(steps_file(), bergen(), {.per_frame = 100});
    for (event::Frame frame; reader.next(frame);) benchmark::DoNotOptimize(frame);
  }
}
BENCHMARK(file_to_frames_streamed)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::detector
