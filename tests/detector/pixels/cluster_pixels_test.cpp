// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/cluster_pixels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "tests/detector/test_detectors.hpp"

namespace difftrack::detector {
namespace {

void add(event::Pixels& p, std::int32_t frame, std::int32_t layer, std::int32_t column, std::int32_t row) {
  p.frame.push_back(frame);
  p.layer.push_back(layer);
  p.column.push_back(column);
  p.row.push_back(row);
}

/// Rows of text, '#' fires; row 0 first.
event::Pixels drawing(const std::vector<std::string>& rows) {
  event::Pixels p;
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < rows[r].size(); ++c)
      if (rows[r][c] == '#') add(p, 0, 0, static_cast<std::int32_t>(c), static_cast<std::int32_t>(r));
  return p;
}

struct Case {
  const char* name;
  std::vector<std::string> rows;
  std::int32_t clusters_8, clusters_4;
};

const Case kCases[] = {
    {"nothing", {"........"}, 0, 0},
    {"one pixel", {"#......."}, 1, 1},
    {"diagonal", {"#.......", ".#......", "..#....."}, 1, 3},
    {"other diagonal", {"..#.....", ".#......", "#......."}, 1, 3},
    {"two apart", {"#.#....."}, 2, 2},
    {"U joins below", {"#.#.....", "#.#.....", "###....."}, 1, 1},
    {"W joins late", {"#.#.#...", "#.#.#...", ".#.#...."}, 1, 5},
    {"spiral", {"#####...", "#...#...", "#.#.#...", "#.###..."}, 1, 1},
    {"rows do not wrap", {".......#", "#......."}, 2, 2},
    {"checkerboard", {"#.#.#.#.", ".#.#.#.#", "#.#.#.#."}, 1, 12},
    {"ring with core", {"#####...", "#...#...", "#.#.#...", "#...#...", "#####..."}, 2, 2},
    {"last row and column",
     {"........", "........", "........", "........", "........", "........", ".......#", "......#."},
     1,
     2},
};

std::vector<std::int32_t> labels_of(const event::Pixels& p, const Detector& d, const Neighbourhood& n,
                                    int threads = 1) {
  return label_clusters(order_pixels(p, d, threads), d, n, threads);
}

event::Pixels random_pixels(core::RandomStream& stream, const Detector& d, std::int32_t frames, int n) {
  event::Pixels p;
  const auto below = [&](std::size_t m) {
    return static_cast<std::int32_t>(stream.below(static_cast<std::uint32_t>(m)));
  };
  for (int i = 0; i < n; ++i)
    add(p, below(static_cast<std::size_t>(frames)), below(d.layers.size()),
        below(static_cast<std::size_t>(d.pixels.columns)), below(static_cast<std::size_t>(d.pixels.rows)));
  return p;
}

TEST(LabelClusters, CaseTableInBothNeighbourhoodsAndAgainstFloodFill) {
  const Detector d = pixel_test_detector(1, 8, 8);
  for (const Case& c : kCases)
    for (const std::int32_t connectivity : {8, 4}) {
      const event::Pixels p = drawing(c.rows);
      const auto labels = labels_of(p, d, {connectivity});
      const auto expected = connectivity == 8 ? c.clusters_8 : c.clusters_4;
      EXPECT_EQ(std::set<std::int32_t>(labels.begin(), labels.end()).size(), static_cast<std::size_t>(expected))
          << c.name << ", " << connectivity;
      EXPECT_EQ(labels, label_clusters_by_flood_fill(p, d, {connectivity})) << c.name << ", " << connectivity;
    }
}

TEST(LabelClusters, EqualsFloodFillOnRandomPixelsAtEveryDensityAndThreadCount) {
  core::RandomStream stream(11, 0);
  Detector d = pixel_test_detector(3, 24, 16);
  d.pixels.chip_columns = 12, d.pixels.chip_rows = 8;
  for (int trial = 0; trial < 300; ++trial) {
    const event::Pixels p = random_pixels(stream, d, 3, 1 + trial * 8);
    const Neighbourhood n{trial % 2 ? 8 : 4, trial % 3 == 0};
    const auto reference = label_clusters_by_flood_fill(p, d, n);
    ASSERT_EQ(labels_of(p, d, n, 1), reference) << trial;
    ASSERT_EQ(labels_of(p, d, n, 3), reference) << trial;
  }
}

TEST(LabelClusters, ChipsSeparateUnlessAsked) {
  Detector d = pixel_test_detector(1, 8, 8);
  d.pixels.chip_columns = 4, d.pixels.chip_rows = 4;
  const event::Pixels p = drawing({"...##...", "........", "........", ".#......", "..#....."});
  EXPECT_EQ(labels_of(p, d, {8, false}), (std::vector<std::int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(labels_of(p, d, {8, true}), (std::vector<std::int32_t>{0, 0, 1, 1}));
}

/// A hit as a value that does not depend on its place in the list.
using HitValue = std::tuple<std::int32_t, std::int32_t, float, float, std::int32_t, float>;
std::vector<HitValue> values_of(const FramedHits& f) {
  std::vector<HitValue> v;
  for (std::size_t i = 0; i < f.hits.size(); ++i)
    v.emplace_back(f.frame[i], f.hits.layer[i], f.hits.x[i], f.hits.y[i], f.hits.cluster_size[i], f.hits.edep[i]);
  return v;
}

TEST(ClusterPixels, PermutedPixelsGiveTheSameHits) {
  core::RandomStream stream(5, 0);
  const Detector d = pixel_test_detector(2, 40, 40);
  for (int trial = 0; trial < 50; ++trial) {
    const event::Pixels p = random_pixels(stream, d, 4, 700);
    event::Pixels q = p;
    for (std::size_t i = q.size(); i > 1; --i) {
      const std::size_t j = stream.below(static_cast<std::uint32_t>(i));
      std::swap(q.frame[i - 1], q.frame[j]);
      std::swap(q.layer[i - 1], q.layer[j]);
      std::swap(q.column[i - 1], q.column[j]);
      std::swap(q.row[i - 1], q.row[j]);
    }
    const auto expected = values_of(ClusterPixels()(p, d));
    ASSERT_FALSE(expected.empty());
    ASSERT_EQ(values_of(ClusterPixels()(q, d)), expected);
  }
}

TEST(ClusterPixels, TranslatedPixelsGiveTranslatedHits) {
  core::RandomStream stream(6, 0);
  const Detector big = pixel_test_detector(1, 128, 128);
  const Detector small = pixel_test_detector(1, 64, 64);
  event::Pixels p = random_pixels(stream, small, 1, 400);
  const FramedHits before = ClusterPixels()(p, big);
  for (auto& c : p.column) c += 50;
  for (auto& r : p.row) r += 17;
  const FramedHits after = ClusterPixels()(p, big);
  ASSERT_EQ(after.hits.size(), before.hits.size());
  for (std::size_t i = 0; i < before.hits.size(); ++i) {
    EXPECT_EQ(after.hits.cluster_size[i], before.hits.cluster_size[i]);
    EXPECT_NEAR(after.hits.x[i] - before.hits.x[i], 50 * 0.03, 1e-5);
    EXPECT_NEAR(after.hits.y[i] - before.hits.y[i], 17 * 0.03, 1e-5);
  }
}

TEST(ClusterPixels, PositionSizeEnergyAndThresholdOfAKnownCluster) {
  const Detector d = pixel_test_detector(1, 8, 8);
  const event::Pixels p = drawing({"##......", "#.......", ".......#"});
  const FramedHits f = ClusterPixels()(p, d);
  ASSERT_EQ(f.hits.size(), 1u) << "the single pixel is below the threshold of 2";
  EXPECT_EQ(f.hits.cluster_size[0], 3);
  EXPECT_NEAR(f.hits.x[0], -0.12 + 0.03 * (0.5 + 1.0 / 3.0), 1e-6);
  EXPECT_NEAR(f.hits.y[0], -0.12 + 0.03 * (0.5 + 1.0 / 3.0), 1e-6);
  EXPECT_NEAR(f.hits.edep[0], 0.025 * std::pow(3 / 4.2267, 1 / 0.65), 1e-7);
  EXPECT_FALSE(f.hits.has_truth());
  EXPECT_EQ(ClusterPixels({.min_cluster_size = 0})(p, d).hits.size(), 2u);
  EXPECT_EQ(ClusterPixels({.min_cluster_size = 4})(p, d).hits.size(), 0u);
  EXPECT_EQ(ClusterPixels({.min_cluster_size = 4})(p, d).readouts, (std::vector<std::int32_t>{0}));
}

TEST(ClusterPixels, SizeLawAndItsInverse) {
  EXPECT_NEAR(mean_cluster_size(0.025), 4.2267, 1e-12);
  for (const double e : {0.002, 0.005, 0.1, 1.0}) EXPECT_NEAR(edep_of_cluster_size(mean_cluster_size(e)), e, 1e-12);
}

TEST(ClusterPixels, TruthIsTheParticleWithMostCharge) {
  const Detector d = pixel_test_detector(1, 8, 8);
  event::Pixels p = drawing({"###.....", "........", "##......"});
  p.event = {7, 8, 8, -1, -1};
  p.particle = {1, 1, 2, 0, 0};
  p.parent = {0, 0, 1, 0, 0};
  p.pdg = {2212, 2212, 11, 0, 0};
  p.edep = {0.004f, 0.003f, 0.006f, 0.0f, 0.0f};
  const FramedHits f = ClusterPixels()(p, d);
  ASSERT_EQ(f.hits.size(), 2u);
  EXPECT_EQ(f.hits.event, (std::vector<std::int64_t>{8, -1}));
  EXPECT_EQ(f.hits.particle[0], 2);
  EXPECT_EQ(f.hits.pdg[0], 11);
  EXPECT_EQ(f.hits.primary, (std::vector<std::uint8_t>{0, 0}));
  EXPECT_NEAR(f.hits.edep[0], 0.013, 1e-7);
  EXPECT_NEAR(ClusterPixels({.use_pixel_energy = false})(p, d).hits.edep[0], edep_of_cluster_size(3), 1e-7);
}

TEST(ClusterPixels, TruthNamesASecondPrimary) {
  const Detector d = pixel_test_detector(1, 8, 8);
  struct SharedCase {
    const char* what;
    std::vector<std::int64_t> event;
    std::vector<std::int32_t> particle, parent;
    std::vector<std::int64_t> second_of_pixels;
    std::int64_t expected_event, expected_second, crowded;
  };
  const std::vector<SharedCase> cases = {
      {"one particle", {7, 7, 7, 7}, {1, 1, 1, 1}, {0, 0, 0, 0}, {-1, -1, -1, -1}, 7, -1, 0},
      {"another has a pixel", {7, 7, 7, 8}, {1, 1, 1, 1}, {0, 0, 0, 0}, {-1, -1, -1, -1}, 7, 8, 0},
      {"another is under its pixels", {7, 7, 7, 7}, {1, 1, 1, 1}, {0, 0, 0, 0}, {-1, -1, 8, -1}, 7, 8, 0},
      {"each under the other's", {7, 7, 7, 8}, {1, 1, 1, 1}, {0, 0, 0, 0}, {-1, -1, 8, 7}, 7, 8, 0},
      {"an electron of another", {7, 7, 7, 8}, {1, 1, 1, 2}, {0, 0, 0, 1}, {-1, -1, -1, -1}, 7, -1, 0},
      {"its own electron", {7, 7, 7, 7}, {1, 1, 1, 2}, {0, 0, 0, 1}, {-1, -1, -1, 7}, 7, -1, 0},
      {"named after its electron", {7, 7, 7, 7}, {2, 2, 2, 1}, {1, 1, 1, 0}, {-1, -1, -1, -1}, 7, 7, 0},
      {"noise beside it", {-1, 7, 7, 7}, {-1, 1, 1, 1}, {-1, 0, 0, 0}, {-1, -1, -1, -1}, 7, -1, 0},
      {"named after noise", {-1, -1, 7, -1}, {-1, -1, 1, -1}, {-1, -1, 0, -1}, {-1, -1, -1, -1}, -1, 7, 0},
      {"three: the one in most pixels", {7, 7, 8, 9}, {1, 1, 1, 1}, {0, 0, 0, 0}, {9, -1, -1, -1}, 7, 9, 1},
      {"three, equal: the first", {7, 7, 8, 9}, {1, 1, 1, 1}, {0, 0, 0, 0}, {-1, -1, -1, -1}, 7, 8, 1},
      {"two under an electron", {7, 7, 8, 9}, {2, 2, 1, 1}, {1, 1, 0, 0}, {-1, -1, -1, -1}, 7, 8, 0},
  };
  for (const SharedCase& c : cases) {
    event::Pixels p = drawing({"####...."});
    p.event = c.event, p.particle = c.particle, p.parent = c.parent, p.second_event = c.second_of_pixels;
    const FramedHits f = ClusterPixels()(p, d);
    ASSERT_EQ(f.hits.size(), 1u) << c.what;
    EXPECT_EQ(f.hits.event[0], c.expected_event) << c.what;
    EXPECT_EQ(f.hits.second_event.at(0), c.expected_second) << c.what;
    EXPECT_EQ(f.crowded, c.crowded) << c.what;
  }
  event::Pixels p = drawing({"####...."});
  p.event = {7, 7, 7, 8}, p.particle = {1, 1, 1, 1}, p.parent = {0, 0, 0, 0};
  EXPECT_EQ(ClusterPixels()(p, d).hits.second_event.at(0), 8) << "pixels that know no second event";
  p.parent.clear();
  EXPECT_TRUE(ClusterPixels()(p, d).hits.second_event.empty()) << "primaries are not known";
}

TEST(ClusterPixels, RepeatedPixelCountsOnce) {
  const Detector d = pixel_test_detector(1, 8, 8);
  event::Pixels p = drawing({"##......"});
  add(p, 0, 0, 0, 0);
  const FramedHits f = ClusterPixels()(p, d);
  ASSERT_EQ(f.hits.size(), 1u);
  EXPECT_EQ(f.hits.cluster_size[0], 2);
  EXPECT_NEAR(f.hits.x[0], -0.09, 1e-6);
}

TEST(ClusterPixels, PixelsOutsideTheDetectorAreRefused) {
  const Detector d = pixel_test_detector(2, 8, 8);
  const auto field_of = [&](std::int32_t layer, std::int32_t column, std::int32_t row) -> std::string {
    event::Pixels p;
    add(p, 0, layer, column, row);
    try {
      ClusterPixels()(p, d);
    } catch (const core::InputError& e) {
      return e.where().field + " = " + e.where().value;
    }
    return "accepted";
  };
  EXPECT_EQ(field_of(1, 7, 7), "accepted");
  EXPECT_EQ(field_of(2, 0, 0), "layer, pixel 0 = 2");
  EXPECT_EQ(field_of(0, 8, 0), "column, pixel 0 = 8");
  EXPECT_EQ(field_of(0, 0, -1), "row, pixel 0 = -1");
  EXPECT_THROW(ClusterPixels({.connectivity = 5})(event::Pixels{}, d), core::InputError);
}

}  // namespace
}  // namespace difftrack::detector
