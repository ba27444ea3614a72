// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/path_finder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/matter/medium.hpp"
#include "difftrack/simulate/simulation.hpp"

namespace difftrack::image {
namespace {

const detector::Detector& bergen() {
  static const detector::Detector detector = detector::read_detector("bergen-dtc");
  return detector;
}

/// A proton behind `wepl` mm of water that left a spot 20 mm off the axis.
PathInput proton(double wepl, core::RandomStream& random) {
  return {20.0 + 5.0 * random.normal(),
          5.0 * random.normal(),
          0.003 + 0.02 * random.normal(),
          0.02 * random.normal(),
          20.0,
          0.0,
          wepl,
          328.0 - wepl};
}

TEST(PathFinder, EqualsPlainMatrixAlgebra) {
  const PathFinder finder(bergen(), {});
  core::RandomStream random(3, 0);
  for (const double wepl : {12.0, 80.0, 150.0, 260.0}) {
    const PathInput p = proton(wepl, random);
    const Hull::Chord chord{-70.0, 72.0};
    for (const double z : {-70.0, -40.0, 0.0, 51.0, 72.0}) {
      const PathState fast = finder.state_at(p, chord, z), plain = path_state_reference(bergen(), {}, p, chord, z);
      EXPECT_NEAR(fast.x, plain.x, 2e-3) << wepl << " at " << z;
      EXPECT_NEAR(fast.y, plain.y, 2e-3) << wepl << " at " << z;
      EXPECT_NEAR(fast.slope_x, plain.slope_x, 1e-4) << wepl << " at " << z;
      EXPECT_NEAR(fast.covariance.xx / plain.covariance.xx, 1.0, 0.01) << wepl << " at " << z;
      EXPECT_NEAR(fast.covariance.ss / plain.covariance.ss, 1.0, 0.01) << wepl << " at " << z;
    }
  }
}

TEST(PathFinder, TheSplineLiesOnThePosteriorMeans) {
  const PathFinder finder(bergen(), {});
  core::RandomStream random(4, 0);
  const Hull hull(upright_cylinder(75.0));
  for (int i = 0; i < 20; ++i) {
    const PathInput p = proton(140.0, random);
    const Path path = finder(p, hull, Rotation(0.3));
    const auto chord = finder.chord(p, hull, Rotation(0.3));
    ASSERT_TRUE(chord);
    for (int n = 0; n <= 20; ++n) {
      const double z = chord->front + (chord->back - chord->front) * n / 20.0;
      const PathState state = finder.state_at(p, *chord, z);
      EXPECT_NEAR(static_cast<double>(path.at(static_cast<float>(z))[0]), state.x, 0.01) << z;
      EXPECT_NEAR(static_cast<double>(path.at(static_cast<float>(z))[1]), state.y, 0.01) << z;
    }
  }
}

TEST(PathFinder, BesideThePhantomItIsTheMeasuredRay) {
  const PathFinder finder(bergen(), {});
  const PathInput p{90.0, 0.0, 0.0136, 0.0, 90.0, 0.0, 0.3, 328.0};
  const Path path = finder(p, Hull(upright_cylinder(75.0)), Rotation(0.0));
  EXPECT_EQ(path.front, path.back);
  EXPECT_NEAR(static_cast<double>(path.at(225.0F)[0]), 90.0, 0.5);
  EXPECT_NEAR(static_cast<double>(path.at(225.0F)[0] - path.at(125.0F)[0]), 1.36, 0.3);
}

TEST(PathFinder, ExactKnowledgeOfTheBeamIsAPencil) {
  PathFinder::Config config;
  config.beam.sigma = config.beam.divergence = config.beam.emittance = 0.0;
  const PathFinder finder(bergen(), config);
  core::RandomStream random(5, 0);
  const PathState entrance = finder.state_at(proton(150.0, random), {-75.0, 75.0}, -75.0);
  EXPECT_NEAR(entrance.x, 20.0 * (1.0 - 75.0 / 6600.0), 0.6);  // what is left is the air
  EXPECT_LT(std::sqrt(entrance.covariance.xx), 0.4);
}

TEST(PathFinder, RefusesABeamThatCannotBe) {
  PathFinder::Config config;
  config.beam.emittance = 0.1;
  EXPECT_THROW(PathFinder(bergen(), config), core::InputError);
  auto one = bergen();
  one.layers.resize(1);
  EXPECT_THROW(PathFinder(one, {}), core::InputError);
}

/// Protons through water with a recording plane every 15 mm, into the planes of the Bergen detector.
struct WaterTank {
  explicit WaterTank(double length) : half(0.5 * length) {
    detector::Detector d = bergen();
    std::int32_t water = 0, air = 0;
    for (std::size_t i = 0; i < d.materials.size(); ++i) {
      if (d.materials[i].name == "water") water = static_cast<std::int32_t>(i);
      if (d.materials[i].name == "air") air = static_cast<std::int32_t>(i);
    }
    constexpr double kPlane = 0.01, kFront = 225.0, kStep = 15.0;
    const int n = static_cast<int>(length / kStep);
    std::vector<detector::Layer> planes;
    for (int i = 0; i <= n; ++i)
      planes.push_back(
          {{{water, kPlane, true},
            i < n ? detector::Slab{water, kStep - kPlane, false} : detector::Slab{air, kFront - half - kPlane, false}},
           -half + kStep * i + 0.5 * kPlane});
    d.layers.insert(d.layers.begin(), planes.begin(), planes.end());
    simulate::SimulationConfig config;
    config.phantom = "none";
    config.primaries = 4000;
    config.seed = 3;
    const event::Steps steps = simulate::Simulation(config, d).run();
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (steps.parent[i] == 0)
        events[steps.event[i]].try_emplace(steps.layer[i],
                                           std::array{static_cast<double>(steps.x[i]), static_cast<double>(steps.y[i]),
                                                      static_cast<double>(steps.z[i])});
    n_planes = n + 1;
  }
  double half;
  int n_planes = 0;
  std::map<std::int64_t, std::map<std::int32_t, std::array<double, 3>>> events;
};

// The Gaussian core is what the model describes: protons whose exit lies beyond three standard deviations are cut, as
// for an image. With --gtest_output=xml:FILE the file has the figures.
class PathsAgainstSimulation : public testing::TestWithParam<double> {};

TEST_P(PathsAgainstSimulation, PullsAreOneAtEntranceAndMiddle) {
  const double length = GetParam();
  const WaterTank tank(length);
  const PathFinder finder(bergen(), {});
  const Hull::Chord chord{-tank.half, tank.half};
  std::vector<double> entrance, middle;
  std::int64_t n = 0;
  for (const auto& [event, hits] : tank.events) {
    if (!hits.contains(tank.n_planes + 12)) continue;  // it went on well into the calorimeter
    bool all = true;
    for (int i = 0; i < tank.n_planes + 2; ++i) all = all && hits.contains(i);
    if (!all) continue;
    const auto &a = hits.at(tank.n_planes), &b = hits.at(tank.n_planes + 1);
    const double gap = b[2] - a[2];
    const PathInput p{
        a[0], a[1], (b[0] - a[0]) / gap, (b[1] - a[1]) / gap, 0.0, 0.0, length, matter::water().range(230.0) - length};
    const Path path = finder(p, Hull(), Rotation(0.0));
    if (path.misfit_x > 9.0F || path.misfit_y > 9.0F) continue;
    const auto pulls = [&](int plane, std::vector<double>& to) {
      const auto& truth = hits.at(plane);
      const PathState state = finder.state_at(p, chord, truth[2]);
      const double sd = std::sqrt(state.covariance.xx);
      to.push_back((state.x - truth[0]) / sd);
      to.push_back((state.y - truth[1]) / sd);
    };
    pulls(0, entrance);
    pulls(tank.n_planes / 2, middle);
    ++n;
  }
  ASSERT_GT(n, 1500);
  for (const auto& [where, pulls] : {std::pair{"entrance", &entrance}, std::pair{"middle", &middle}}) {
    double square = 0.0;
    for (const double pull : *pulls) square += pull * pull;
    const double rms = std::sqrt(square / static_cast<double>(pulls->size()));
    RecordProperty(where, std::to_string(rms));
    EXPECT_NEAR(rms, 1.0, 0.05) << where;
  }
}
INSTANTIATE_TEST_SUITE_P(Water, PathsAgainstSimulation, testing::Values(150.0, 210.0));

}  // namespace
}  // namespace difftrack::image
