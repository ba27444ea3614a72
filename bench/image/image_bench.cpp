// SPDX-License-Identifier: Apache-2.0
// Tracks to an image: ranges and paths, binning, back projection, sweeps. Protons go straight through a water cylinder.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/image/drop.hpp"
#include "difftrack/image/filtered_back_projection.hpp"
#include "difftrack/image/make_image.hpp"
#include "difftrack/image/range_calibration.hpp"
#include "difftrack/image/range_finder.hpp"
#include "difftrack/matter/medium.hpp"

namespace {

using namespace difftrack::image;
using difftrack::detector::read_detector;

constexpr double kRadius = 75.0;  // [mm]

/// Protons of one view, spread evenly over the cylinder.
View made_view(std::int64_t n, double rotation, double plane_z) {
  View view;
  view.rotation = rotation;
  Protons& p = view.protons;
  difftrack::core::RandomStream random(1, static_cast<std::uint64_t>(rotation * 1e6));
  const auto push = [](std::vector<float>& to, double value) { to.push_back(static_cast<float>(value)); };
  for (std::int64_t i = 0; i < n; ++i) {
    const double spot = 7.0 * std::round((static_cast<double>(i) / static_cast<double>(n) - 0.5) * 22.0);
    const double slope = spot / 6600.0, x = spot + 3.0 * random.normal();
    const double chord = x * x < kRadius * kRadius ? 2.0 * std::sqrt(kRadius * kRadius - x * x) : 0.0;
    push(p.x, x + slope * plane_z), push(p.y, 3.0 * random.normal());
    push(p.slope_x, slope), push(p.slope_y, 0.0);
    push(p.spot_x, spot), push(p.spot_y, 0.0);
    push(p.wepl, chord + 3.9 * random.normal());
    push(p.range, difftrack::matter::water().range(230.0) - chord);
    push(p.range_sd, 2.0), push(p.wepl_sd, 3.9);
    p.tail.push_back(0);
  }
  return view;
}

void count(benchmark::State& state, const char* what, std::int64_t per_iteration) {
  state.counters[what] =
      benchmark::Counter(static_cast<double>(state.iterations() * per_iteration), benchmark::Counter::kIsRate);
}

/// Range of a track of 36 hits; first against the plain reference.
void ranges(benchmark::State& state) {
  const auto detector = read_detector("bergen-dtc");
  const double scale = read_range_calibration("bergen-dtc").deposit_scale();
  const RangeFinder finder(detector, {}, scale);
  std::vector<std::vector<double>> deposits;
  std::vector<std::int32_t> layers;
  for (std::int32_t i = 0; i < 30; ++i) layers.push_back(i);
  difftrack::core::RandomStream random(3, 0);
  const double range = finder.depth(29) + 3.0;
  for (int t = 0; t < 200; ++t) {
    deposits.emplace_back();
    for (const std::int32_t layer : layers)
      deposits.back().push_back(std::exp(finder.log_deposit(range - finder.depth(layer)) + 0.25 * random.normal()));
  }
  for (const auto& each : deposits) {
    const Range fast = finder(layers, each), plain = find_range_reference(detector, {}, scale, layers, each);
    if (std::abs(fast.mean - plain.mean) > 0.05 || fast.tail != plain.tail)
      return state.SkipWithError("ranges are not those of the reference");
  }
  for (auto _ : state)
    for (const auto& each : deposits) benchmark::DoNotOptimize(finder(layers, each));
  count(state, "tracks/s", static_cast<std::int64_t>(deposits.size()));
}
BENCHMARK(ranges)->Unit(benchmark::kMicrosecond);

/// Most likely paths and cuts; first a path against plain matrix algebra, and two threads against one.
void paths(benchmark::State& state) {
  const auto detector = read_detector("bergen-dtc");
  const PathFinder finder(detector, {});
  const RobustCuts cuts({});
  const Hull hull(upright_cylinder(kRadius));
  const View view = made_view(20000, 0.3, finder.plane_z());
  CutCounts one_counts, two_counts;
  const PreparedView one = prepare(view, finder, cuts, hull, 1, one_counts),
                     two = prepare(view, finder, cuts, hull, 2, two_counts);
  const PathInput input{10.0, 1.0, 0.001, 0.0005, 7.0, 0.0, 148.0, 185.0};
  const Hull::Chord chord{-74.0, 74.0};
  const PathState fast = finder.state_at(input, chord, 0.0),
                  plain = path_state_reference(detector, {}, input, chord, 0.0);
  if (std::abs(fast.x - plain.x) > 0.01 || one.keep != two.keep || one.paths[77].x != two.paths[77].x)
    return state.SkipWithError("paths are not those of the reference");
  for (auto _ : state) {
    CutCounts counts;
    benchmark::DoNotOptimize(prepare(view, finder, cuts, hull, 1, counts));
  }
  count(state, "tracks/s", static_cast<std::int64_t>(view.protons.size()));
}
BENCHMARK(paths)->Unit(benchmark::kMillisecond);

struct Made {
  View view;
  PreparedView prepared;
};

Made made(std::int64_t protons, double rotation) {
  const PathFinder finder(read_detector("bergen-dtc"), {});
  Made result{made_view(protons, rotation, finder.plane_z()), {}};
  CutCounts counts;
  result.prepared = prepare(result.view, finder, RobustCuts({}), Hull(upright_cylinder(kRadius)), 2, counts);
  return result;
}

/// Binning on 180 depth planes of 180 pixels; first against the plain loops.
void binning(benchmark::State& state) {
  const Made few = made(300, 0.2), many = made(20000, 0.2);
  const BinProtons::Config coarse{.grid = {.pixels = 36, .pixel = 5.0}}, fine{};
  if (BinProtons(coarse)(few.prepared.paths, few.view.protons.wepl, {}, 0.2, 1).protons !=
      bin_protons_reference(coarse, few.prepared.paths, few.view.protons.wepl, 0.2).protons)
    return state.SkipWithError("counts are not those of the plain loops");
  for (auto _ : state)
    benchmark::DoNotOptimize(
        BinProtons(fine)(many.prepared.paths, many.view.protons.wepl, many.prepared.keep, 0.2, 1).wepl.data());
  count(state, "protons/s", static_cast<std::int64_t>(many.view.protons.size()));
}
BENCHMARK(binning)->Unit(benchmark::kMillisecond);

/// A view of 180 pixels into a slice of 180 x 180; first a whole turn of a water cylinder. A slice of 180 views takes
/// 180 times as long.
void back_projection(benchmark::State& state) {
  const FilteredBackProjection::Config config{};
  Projection p{0.0, {180, 1, 180}, {1.0, 60.0, 1.0}, {}, {}};
  for (std::int64_t w = 0; w < 180; ++w)
    for (std::int64_t u = 0; u < 180; ++u) {
      const double x = static_cast<double>(u) - 89.5;
      p.wepl.push_back(
          static_cast<float>(x * x < kRadius * kRadius ? 2.0 * std::sqrt(kRadius * kRadius - x * x) : 0.0));
    }
  constexpr int kViews = 90;
  FilteredBackProjection turn(config);
  for (int view = 0; view < kViews; ++view) {
    p.rotation = 2.0 * std::numbers::pi * view / kViews;
    turn.add(p, std::numbers::pi / kViews, 2);
  }
  const Volume& image = turn.image();
  if (std::abs(image.values[image.index(90, 0, 90)] - 1.0F) > 0.01F ||
      std::abs(image.values[image.index(120, 0, 80)] - 1.0F) > 0.01F)
    return state.SkipWithError("a water cylinder is not of RSP 1");
  FilteredBackProjection fbp(config);
  for (auto _ : state) fbp.add(p, 0.01, 1);
  count(state, "views/s", 1);
}
BENCHMARK(back_projection)->Unit(benchmark::kMillisecond);

/// A sweep of DROP over one view; first that two threads give what one gives and that sweeps bring image and protons
/// together. Ten sweeps over 2 million protons are 1000 times a view of 20,000.
void drop(benchmark::State& state) {
  const Made m = made(20000, 0.2);
  const GridConfig grid{};
  Drop one({.relaxation = 0.5}, make_volume(grid)), two({.relaxation = 0.5}, make_volume(grid));
  const auto sweep = [&](Drop& d, int threads) {
    return d.add(m.prepared.paths, m.view.protons.wepl, m.prepared.keep, 0.2, threads);
  };
  const double first = sweep(one, 1);
  sweep(two, 2);
  if (one.image().values != two.image().values || sweep(one, 1) > first)
    return state.SkipWithError("sweeps depend on threads, or lead away");
  for (auto _ : state) benchmark::DoNotOptimize(sweep(one, 1));
  count(state, "protons/s", static_cast<std::int64_t>(m.view.protons.size()));
}
BENCHMARK(drop)->Unit(benchmark::kMillisecond);

}  // namespace
