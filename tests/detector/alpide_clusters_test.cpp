// SPDX-License-Identifier: Apache-2.0
// Digitise and ClusterPixels against 13,542 measured ALPIDE clusters (figures of each size: tests/data/README.md). The
// file does not say which beam made them; by the size law their mean of 9.7 pixels is 90 keV in 25 um, the energy loss
// of 30 MeV protons. Two numbers of an assumed log-normal energy spectrum (mean and width) are set here from the
// measured mean and width; everything else, and every shape, follows from the published kernel without adjustment.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include "difftrack/core/random.hpp"
#include "difftrack/detector/pixels/cluster_pixels.hpp"
#include "difftrack/detector/response/digitise.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {
namespace {

struct Cluster {
  std::int32_t size, height, width;
};

/// One step per event, 1 mm apart, energies log-normal with this mean and sd [MeV]; clusters of two pixels or more.
std::vector<Cluster> simulated_clusters(double mean, double sd, const Digitise::Config& config) {
  const Detector d = read_detector("bergen-dtc");
  core::RandomStream stream(20, 0);
  event::Steps s;
  const double width2 = std::log1p(sd * sd / (mean * mean));
  for (std::int32_t i = 0; i < 13542; ++i) {
    s.event.push_back(i);
    s.layer.push_back(0);
    s.x.push_back(static_cast<float>(-100.0 + i % 200 + 0.5 * stream.uniform()));
    s.y.push_back(static_cast<float>(-40.0 + i / 200 + 0.5 * stream.uniform()));
    s.z.push_back(0.0F);
    s.edep.push_back(static_cast<float>(mean * std::exp(std::sqrt(width2) * stream.normal() - 0.5 * width2)));
  }
  const event::Pixels p = Digitise(config)(s, d);
  std::map<std::int64_t, std::array<std::int32_t, 5>> box;  // pixels, columns from, to, rows from, to
  for (std::size_t i = 0; i < p.size(); ++i) {
    auto& b = box.try_emplace(p.event[i], std::array{0, p.column[i], p.column[i], p.row[i], p.row[i]}).first->second;
    b = {b[0] + 1, std::min(b[1], p.column[i]), std::max(b[2], p.column[i]), std::min(b[3], p.row[i]),
         std::max(b[4], p.row[i])};
  }
  std::vector<Cluster> clusters;
  for (const auto& [event, b] : box)
    if (b[0] >= 2) clusters.push_back({b[0], b[4] - b[3] + 1, b[2] - b[1] + 1});
  return clusters;
}

/// Clusters of one size: how many, and the means of their height, width, share of their box, and of how many fill it.
struct Shape {
  double n = 0.0, height = 0.0, width = 0.0, fill = 0.0, full = 0.0;
};
using Shapes = std::map<std::int32_t, Shape>;

Shapes measured_shapes() {
  const event::Table table = event::read_table(paths::source() + "/tests/data/alpide_cluster_sizes.csv");
  Shapes shapes;
  const auto value = [&](const char* column, std::size_t row) { return table.at(column).number(row); };
  for (std::size_t i = 0; i < table.rows(); ++i)
    shapes[static_cast<std::int32_t>(value("size", i))] = {value("clusters", i), value("height", i), value("width", i),
                                                           value("fill", i), value("full", i)};
  return shapes;
}

Shapes shapes_by_size(const std::vector<Cluster>& clusters) {
  Shapes shapes;
  for (const Cluster& c : clusters) {
    Shape& s = shapes[c.size];
    const double fill = static_cast<double>(c.size) / (c.height * c.width);
    s.n += 1.0;
    s.height += c.height;
    s.width += c.width;
    s.fill += fill;
    s.full += fill == 1.0;
  }
  for (auto& [size, s] : shapes) s = {s.n, s.height / s.n, s.width / s.n, s.fill / s.n, s.full / s.n};
  return shapes;
}

struct Summary {
  double clusters = 0.0, mean = 0.0, sd = 0.0;
  std::vector<double> share = std::vector<double>(80, 0.0);  ///< of each size
  std::int32_t quantile(double q) const {
    double below = 0.0;
    std::size_t size = 0;
    while (below + share[size] <= q) below += share[size++];
    return static_cast<std::int32_t>(size);
  }
};

Summary summarise(const Shapes& shapes) {
  Summary s;
  for (const auto& [size, shape] : shapes) s.clusters += shape.n;
  for (const auto& [size, shape] : shapes) {
    s.mean += size * shape.n / s.clusters;
    s.share[static_cast<std::size_t>(std::min(size, 79))] += shape.n / s.clusters;
  }
  for (const auto& [size, shape] : shapes) s.sd += (size - s.mean) * (size - s.mean) * shape.n / s.clusters;
  s.sd = std::sqrt(s.sd);
  return s;
}

constexpr double kMeanEdep = 0.090, kEdepSd = 0.042;  // [MeV]

TEST(AlpideClusters, SizesAreDistributedAsMeasured) {
  const Summary real = summarise(measured_shapes());
  EXPECT_EQ(real.clusters, 13542.0);
  const Summary ours = summarise(shapes_by_size(simulated_clusters(kMeanEdep, kEdepSd, {.events_per_frame = 13542})));
  double distance = 0.0;
  for (std::size_t n = 0; n < real.share.size(); ++n) distance += 0.5 * std::fabs(real.share[n] - ours.share[n]);
  std::printf("cluster size: measured %.2f +- %.2f, simulated %.2f +- %.2f, total variation %.3f\n", real.mean, real.sd,
              ours.mean, ours.sd, distance);
  for (const double q : {0.05, 0.25, 0.5, 0.75, 0.95}) {
    std::printf("  quantile %.2f: measured %d, simulated %d\n", q, real.quantile(q), ours.quantile(q));
    // the measured sample has more small clusters than a log-normal spectrum makes
    EXPECT_NEAR(ours.quantile(q), real.quantile(q), q < 0.1 ? 2.0 : 1.0) << q;
  }
  EXPECT_NEAR(ours.mean / real.mean, 1.0, 0.02);
  EXPECT_NEAR(ours.sd / real.sd, 1.0, 0.10);
  EXPECT_LT(distance, 0.10);
  // the law inverted at the measured mean gives the energy that makes that mean
  EXPECT_NEAR(edep_of_cluster_size(real.mean), kMeanEdep, 0.003);
}

TEST(AlpideClusters, ShapesOfEachSizeAreAsMeasured) {
  const auto real = measured_shapes();
  const auto ours = shapes_by_size(simulated_clusters(kMeanEdep, kEdepSd, {.events_per_frame = 13542}));
  double height = 0.0, width = 0.0, fill = 0.0, weight = 0.0;
  for (const auto& [size, r] : real) {
    if (r.n < 100 || ours.count(size) == 0 || ours.at(size).n < 30) continue;
    const Shape& o = ours.at(size);
    std::printf("  size %2d: height %.2f %.2f, width %.2f %.2f, fill %.3f %.3f, full %.2f %.2f (measured, simulated)\n",
                size, r.height, o.height, r.width, o.width, r.fill, o.fill, r.full, o.full);
    EXPECT_NEAR(o.height, r.height, 0.15) << size;
    EXPECT_NEAR(o.width, r.width, 0.20) << size;
    EXPECT_NEAR(o.fill, r.fill, 0.06) << size;
    height += r.n * std::fabs(o.height - r.height);
    width += r.n * std::fabs(o.width - r.width);
    fill += r.n * std::fabs(o.fill - r.fill);
    weight += r.n;
  }
  EXPECT_GT(weight, 13000.0);
  std::printf("mean difference: height %.3f, width %.3f pixels, fill %.4f\n", height / weight, width / weight,
              fill / weight);
  EXPECT_LT(height / weight, 0.05);
  EXPECT_LT(width / weight, 0.05);
  EXPECT_LT(fill / weight, 0.02);
}

TEST(AlpideClusters, AKernelHalfAgainAsWideMissesTheMeasuredMean) {
  const double real = summarise(measured_shapes()).mean;
  for (const double factor : {0.67, 1.5}) {
    const auto wrong = simulated_clusters(kMeanEdep, kEdepSd, {.events_per_frame = 13542, .gamma = 0.0047 * factor});
    EXPECT_GT(std::fabs(summarise(shapes_by_size(wrong)).mean / real - 1.0), 0.15) << factor;
  }
}

}  // namespace
}  // namespace difftrack::detector
