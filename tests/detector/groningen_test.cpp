// SPDX-License-Identifier: Apache-2.0
// The truth-free chain on the real pixels of the Groningen test beam: hot pixels, clusters, frames, and how deep
// protons of each energy get in the described stack.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

#include "difftrack/detector/frames/frames_from_pixels.hpp"
#include "difftrack/detector/pixels/chip_alignment.hpp"
#include "difftrack/detector/pixels/pixels_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/matter/stopping_power.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {
namespace {

const std::string kData = paths::shared() + "/data/";

bool have_data() { return std::filesystem::exists(kData + "groningen_180MeV_pixels.npz"); }

event::Pixels read_pixels(int energy, const Detector& d) {
  return pixels_from_table(event::read_table(kData + "groningen_" + std::to_string(energy) + "MeV_pixels.npz"), d);
}

/// Hits per readout and layer, and mean cluster size, of one file.
struct Rates {
  HotPixels hot;
  std::array<double, 24> hits{}, size{};
};

Rates rates_of(int energy, const Detector& d) {
  const event::Pixels p = read_pixels(energy, d);
  Rates r;
  r.hot = FindHotPixels()(p, d);
  const FramedHits f = ClusterPixels({.chip_layout = true})(mask_pixels(p, r.hot), d);
  std::array<double, 24> count{};
  for (std::size_t i = 0; i < f.hits.size(); ++i) {
    const auto layer = static_cast<std::size_t>(f.hits.layer[i]);
    count[layer] += 1.0;
    r.size[layer] += f.hits.cluster_size[i];
  }
  for (std::size_t l = 0; l < 24; ++l) {
    r.hits[l] = count[l] / static_cast<double>(r.hot.readouts);
    r.size[l] /= std::max(count[l], 1.0);
  }
  return r;
}

TEST(Groningen, HotPixelsAreFewFireOftenAndAreFoundInEveryLayer) {
  if (!have_data()) GTEST_SKIP() << "no " << kData << "groningen_*MeV_pixels.npz on this machine";
  const Detector d = read_detector("groningen-w");
  for (const int energy : {150, 160, 180}) {
    const event::Pixels p = read_pixels(energy, d);
    const HotPixels hot = FindHotPixels()(p, d);
    std::printf("%d MeV: %s", energy, describe(hot).c_str());
    const double share = static_cast<double>(hot.places.size()) / (24.0 * 1280 * 1280);
    EXPECT_LT(share, 1e-3) << "hot pixels are under one in a thousand";
    std::int64_t rows = 0, hot_rows = 0;
    for (const HotPixelCount& layer : hot.layers) {
      EXPECT_GT(layer.hot_pixels, 100);
      EXPECT_LT(layer.rate_after, 0.65 * layer.rate_before + 2.5);
      rows += layer.rows;
      hot_rows += layer.hot_rows;
    }
    EXPECT_EQ(rows, static_cast<std::int64_t>(p.size()));
    EXPECT_NEAR(static_cast<double>(hot_rows) / static_cast<double>(rows), 0.655, 0.03);
  }
}

TEST(Groningen, HotPixelsOfOneRunAreHotInTheNext) {
  if (!have_data()) GTEST_SKIP() << "no " << kData << "groningen_*MeV_pixels.npz on this machine";
  // an independent check of the criterion: a property of the sensor must show again in other data
  const Detector d = read_detector("groningen-w");
  const HotPixels a = FindHotPixels()(read_pixels(160, d), d), b = FindHotPixels()(read_pixels(180, d), d);
  std::size_t again = 0;
  for (const std::uint64_t place : a.places) again += b.contains(layer_of(place), row_of(place), column_of(place));
  std::printf("hot in both runs: %zu of %zu\n", again, a.places.size());
  EXPECT_GT(static_cast<double>(again), 0.5 * static_cast<double>(a.places.size()));
}

TEST(Groningen, BehindTheProtonRangeNothingIsLeft) {
  if (!have_data()) GTEST_SKIP() << "no " << kData << "groningen_*MeV_pixels.npz on this machine";
  const Detector d = read_detector("groningen-w");
  for (const int energy : {150, 160, 180}) {
    const Rates r = rates_of(energy, d);
    std::printf("%d MeV, hits per readout (mean size):", energy);
    for (std::size_t l = 0; l < 12; ++l) std::printf(" %.3f (%.1f)", r.hits[l], r.size[l]);
    std::printf("\n");
    for (std::size_t l = 7; l < 24; ++l) EXPECT_LT(r.hits[l], 0.06) << energy << " MeV, layer " << l;
    for (const std::size_t l : {0, 3}) {
      EXPECT_GT(r.hits[l], 0.35);
      EXPECT_LT(r.hits[l], 0.75);
    }
  }
}

/// Clusters of all three files, readouts numbered through.
FramedHits all_hits(const Detector& d) {
  FramedHits all;
  std::int32_t offset = 0;
  for (const int energy : {150, 160, 180}) {
    const event::Pixels p = read_pixels(energy, d);
    const FramedHits f = ClusterPixels()(mask_pixels(p, FindHotPixels()(p, d)), d);
    for (std::size_t i = 0; i < f.hits.size(); ++i) {
      event::append_row(all.hits, f.hits, i);
      all.frame.push_back(f.frame[i] + offset);
    }
    offset += 100000;
  }
  return all;
}

/// Distances of single hits in a layer from single hits in the layer before, same readout: how many pairs there are,
/// how many lie within 2 mm, and 68 % half width of those in x and y.
struct Displacements {
  std::size_t pairs = 0, near = 0;
  double half_x = 0.0, half_y = 0.0;
};

Displacements steps_to(const FramedHits& f, std::int32_t layer) {
  std::map<std::int32_t, std::array<std::vector<std::size_t>, 2>> by_readout;
  for (std::size_t i = 0; i < f.hits.size(); ++i)
    if (const std::int32_t before = layer - f.hits.layer[i]; before == 0 || before == 1)
      by_readout[f.frame[i]][static_cast<std::size_t>(before)].push_back(i);
  Displacements s;
  std::vector<double> dx, dy;
  for (const auto& [readout, hits] : by_readout) {
    if (hits[0].size() != 1 || hits[1].size() != 1) continue;
    ++s.pairs;
    const double x = static_cast<double>(f.hits.x[hits[0][0]] - f.hits.x[hits[1][0]]);
    const double y = static_cast<double>(f.hits.y[hits[0][0]] - f.hits.y[hits[1][0]]);
    if (std::hypot(x, y) > 2.0) continue;
    ++s.near;
    dx.push_back(std::fabs(x));
    dy.push_back(std::fabs(y));
  }
  for (auto* d : {&dx, &dy}) std::sort(d->begin(), d->end());
  s.half_x = dx[dx.size() * 68 / 100];
  s.half_y = dy[dy.size() * 68 / 100];
  return s;
}

TEST(Groningen, ChipsSitWhereTheDescriptionSays) {
  if (!have_data()) GTEST_SKIP() << "no " << kData << "groningen_*MeV_pixels.npz on this machine";
  const Detector aligned = read_detector("groningen-w");
  Detector nominal = aligned;
  nominal.chips.clear();
  const FramedHits raw = all_hits(nominal);
  const PixelGeometry geometry(nominal.pixels);
  const auto found = AlignChips()(raw, nominal, geometry);
  ASSERT_EQ(found.size(), aligned.chips.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].chip.layer, aligned.chips[i].layer);
    EXPECT_EQ(found[i].chip.mirror_x, aligned.chips[i].mirror_x);
    EXPECT_NEAR(found[i].chip.shift_x, aligned.chips[i].shift_x, 0.002);
    EXPECT_NEAR(found[i].chip.shift_y, aligned.chips[i].shift_y, 0.002);
  }
  const FramedHits placed = all_hits(aligned);
  for (std::int32_t layer = 1; layer <= 5; ++layer) {
    const Displacements before = steps_to(raw, layer), after = steps_to(placed, layer);
    std::printf(
        "plane %d to %d: %zu pairs; within 2 mm %zu -> %zu; 68 %% half width x %.3f -> %.3f, y %.3f -> %.3f mm\n",
        layer - 1, layer, after.pairs, before.near, after.near, before.half_x, after.half_x, before.half_y,
        after.half_y);
    EXPECT_GT(static_cast<double>(after.near), 0.93 * static_cast<double>(after.pairs)) << layer;
    EXPECT_LT(after.half_x + after.half_y, before.half_x + before.half_y) << layer;
  }
  EXPECT_LT(steps_to(raw, 3).near, steps_to(raw, 3).pairs / 2) << "half of layer 3 is mirrored";
}

/// z at which a proton that enters the described stack stops, without straggling [mm].
double stopping_z(const Detector& d, double energy, double front) {
  double z = front;
  for (const Layer& layer : d.layers)
    for (const Slab& slab : layer.slabs)
      for (int step = 0; step < 100; ++step) {
        const matter::Material& material = d.materials[static_cast<std::size_t>(slab.material)];
        energy -= 0.1 * material.density * matter::mass_stopping_power(material, energy) * slab.thickness / 100;
        z += slab.thickness / 100;
        if (energy < 0.5) return z;
      }
  return z;
}

/// The deepest plane that half of the protons reach. Planes differ in efficiency (dead chips), so hits are compared
/// with those of the 180 MeV run, whose protons all reach plane 5.
int deepest_plane(const Rates& r, const Rates& at_180) {
  int deepest = 0;
  for (std::size_t k = 0; k < 6; ++k)
    if (r.hits[k] / r.hits[0] > 0.5 * at_180.hits[k] / at_180.hits[0]) deepest = static_cast<int>(k);
  return deepest;
}

TEST(Groningen, ProtonsGetAsDeepAsTheirRangeInTheDescribedStack) {
  if (!have_data()) GTEST_SKIP() << "no " << kData << "groningen_*MeV_pixels.npz on this machine";
  const Detector d = read_detector("groningen-w");
  double front = d.layers[0].sensitive_z;
  for (const Slab& slab : d.layers[0].slabs) {
    if (slab.sensitive) break;
    front -= slab.thickness;
  }
  const Rates at_180 = rates_of(180, d);
  const std::map<int, double> tolerance = {{150, 0.12}, {160, 0.05}, {180, 0.05}};  // 150: docs/groningen.md
  int before = 0;
  for (const auto& [energy, allowed] : tolerance) {
    const int deepest = deepest_plane(energy == 180 ? at_180 : rates_of(energy, d), at_180);
    const double range = stopping_z(d, energy, front) - d.layers[0].sensitive_z;
    const double from = d.layers[static_cast<std::size_t>(deepest)].sensitive_z - d.layers[0].sensitive_z;
    const double to = d.layers[static_cast<std::size_t>(deepest) + 1].sensitive_z - d.layers[0].sensitive_z;
    std::printf(
        "%d MeV: half the protons stop between planes %d and %d, %.1f to %.1f mm behind plane 0; expected %.1f mm\n",
        energy, deepest, deepest + 1, from, to, range);
    EXPECT_GT(deepest, before) << "ranges rise with energy";
    EXPECT_LT(std::max({0.0, from - range, range - to}) / range, allowed) << energy;
    before = deepest;
  }
}

}  // namespace
}  // namespace difftrack::detector
