// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/box_phantom.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::simulate {
namespace {

/// Length in matter denser than `density` along a ray, boundary by boundary as the transport goes.
double length_in(const Phantom& phantom, Vector at, const Vector& along, double density, double far = 1e9) {
  double sum = 0.0;
  for (int i = 0; i < 1000; ++i) {
    const Stretch s = phantom.ahead(at, along);
    if (s.length < 0.0 || far <= 0.0) return sum;
    if (s.medium != nullptr && s.medium->density() > density) sum += std::min(s.length, far);
    far -= s.length;
    for (std::size_t axis = 0; axis < 3; ++axis) at[axis] += s.length * along[axis];
  }
  ADD_FAILURE() << "the ray does not end";
  return sum;
}

TEST(LinePairs, HasItsBoxesWhereTheyBelong) {
  const auto phantom = make_line_pairs();
  const auto& boxes = dynamic_cast<const BoxPhantom&>(*phantom).boxes();
  EXPECT_EQ(boxes.size(), 97U);
  for (const auto& box : boxes) EXPECT_NEAR(std::hypot(box.centre[0], box.centre[2]), 47.5, 3.0);
  // Along z at x = 47.5 lie the two boxes of the first group, 5 mm each with 5 mm between them.
  EXPECT_NEAR(length_in(*phantom, {47.5, 0.0, -7.8}, {0, 0, 1}, 2.0, 15.6), 10.0, 1e-3);
  EXPECT_NEAR(length_in(*phantom, {47.5, 0.0, -2.4}, {0, 0, 1}, 2.0, 10.2), 5.0, 1e-3);
  EXPECT_NEAR(length_in(*phantom, {0.0, 0.0, -100.0}, {0, 0, 1}, 1.0), 150.0, 6.0);  // epoxy all the way
  EXPECT_NEAR(length_in(*phantom, {47.5, 30.0, -7.8}, {0, 0, 1}, 2.0), 0.0, 1e-9);   // above them
}

TEST(Edges, AreTurnedBoxesInWater) {
  const auto phantom = make_edges();
  const double side = 10.0 / std::cos(3.0 * 3.14159265358979 / 180.0);
  EXPECT_NEAR(length_in(*phantom, {0.0, 0.0, -8.0}, {0, 0, 1}, 2.0, 16.0), side, 1e-3);
  EXPECT_NEAR(length_in(*phantom, {0.0, 0.0, -100.0}, {0, 0, 1}, 0.9), 150.0, 1e-3);
  EXPECT_NEAR(length_in(*phantom, {0.0, 20.1, -100.0}, {0, 0, 1}, 2.0), 0.0, 1e-9);
}

TEST(Step, IsWaterOnOneSideAlone) {
  const auto phantom = make_step(120.0);
  EXPECT_NEAR(length_in(*phantom, {-0.1, 0.0, -100.0}, {0, 0, 1}, 0.5), 120.0, 1e-3);
  EXPECT_EQ(length_in(*phantom, {0.1, 0.0, -100.0}, {0, 0, 1}, 0.5), 0.0);
  EXPECT_EQ(phantom->half_size()[2], 60.0);
}

TEST(Edges, StandApartFromEachOther) {
  const auto phantom = make_edges();
  const auto& boxes = dynamic_cast<const BoxPhantom&>(*phantom).boxes();
  ASSERT_EQ(boxes.size(), 5U);
  for (const auto& a : boxes)
    for (const auto& b : boxes) {
      if (&a == &b) continue;
      EXPECT_GT(std::hypot(a.centre[0] - b.centre[0], a.centre[2] - b.centre[2]), 2.0 * a.half[0] * std::sqrt(2.0));
    }
}

TEST(Targets, AreWhereThereIsSomethingElse) {
  const auto check = [](const Phantom& phantom, std::size_t number) {
    const auto targets = phantom.targets();
    EXPECT_EQ(targets.size(), number);
    const Medium* body = phantom.ahead({0.0, 0.0, 70.0}, {1, 0, 0}).medium;
    for (const auto& target : targets) {
      // In the middle, or, where that is a gap, half a period from it.
      const double period = target.frequency > 0.0 ? 1.0 / target.frequency : 0.0;
      const auto there = [&](double along) {
        return phantom
            .ahead({target.x - along * std::sin(target.turn), 0.0, target.z + along * std::cos(target.turn)}, {1, 0, 0})
            .medium;
      };
      EXPECT_TRUE(there(0.0) != body || there(0.5 * period) != body) << target.name;
      EXPECT_LT(std::hypot(target.x, target.z), 75.0);
    }
  };
  check(*make_ctp404(), 8);
  check(*make_line_pairs(), 21);
  check(*make_edges(), 5);
  EXPECT_TRUE(make_step(100.0)->targets().empty());
}

TEST(Phantoms, AreKnownByName) {
  const auto made = [](const std::string& name) {
    SimulationConfig config;
    config.phantom = name;
    return make_phantom(config);
  };
  for (const char* name : {"line-pairs", "edges", "step:100"})
    EXPECT_NE(dynamic_cast<const BoxPhantom*>(made(name).get()), nullptr) << name;
  EXPECT_THROW(made("step:-3"), core::InputError);
  EXPECT_THROW(made("step:water"), core::InputError);
  EXPECT_THROW(made("edges:3"), core::InputError);
  EXPECT_THROW(made("step"), core::InputError);
}

}  // namespace
}  // namespace difftrack::simulate
