// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/reference_image.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/material.hpp"
#include "difftrack/simulate/box_phantom.hpp"

namespace difftrack::simulate {
namespace {

double rsp(const event::ReferenceImage& image, std::int64_t i, std::int64_t k) {
  return static_cast<double>(image.rsp[static_cast<std::size_t>(k * image.counts[0] + i)]);
}

TEST(ReferenceImage, HasTheStoppingPowersOfTheSimulation) {
  const auto image = reference_image(*make_ctp404(), {180, 1, 180}, {1.0, 20.0, 1.0}, 200.0, 1, 2);
  const auto of = [](const char* name) { return matter::Medium(matter::named_material(name)).stopping(200.0); };
  EXPECT_NEAR(rsp(image, 90, 90), (of("epoxy") - of("air")) / (of("water") - of("air")), 1e-6);
  EXPECT_NEAR(rsp(image, 90 + 58, 90), 0.0, 1e-9);  // a rod of air
  // The second rod, of polystyrene, stands at 45 degrees from x towards z, the sixth, of Teflon, opposite.
  EXPECT_NEAR(rsp(image, 90 + 41, 90 + 41), (of("polystyrene") - of("air")) / (of("water") - of("air")), 1e-6);
  EXPECT_NEAR(rsp(image, 90 - 42, 90 - 42), (of("teflon") - of("air")) / (of("water") - of("air")), 1e-6);
  EXPECT_EQ(rsp(image, 0, 0), 0.0F);
  EXPECT_EQ(image.targets.size(), 8U);
}

TEST(ReferenceImage, AveragesOverAVoxel) {
  // The surface of the step is the plane x = 0, the middle of the middle voxel.
  const auto phantom = make_step(40.0);
  const auto image = reference_image(*phantom, {5, 1, 5}, {4.0, 4.0, 4.0}, 150.0, 4, 1);
  EXPECT_NEAR(rsp(image, 1, 2), 1.0, 1e-6);
  EXPECT_NEAR(rsp(image, 2, 2), 0.5, 1e-6);
  EXPECT_EQ(rsp(image, 3, 2), 0.0);
}

TEST(ReferenceImage, IsTheSameForAnyNumberOfThreads) {
  const auto phantom = make_line_pairs();
  const auto one = reference_image(*phantom, {60, 2, 60}, {2.5, 20.0, 2.5}, 200.0, 2, 1);
  const auto four = reference_image(*phantom, {60, 2, 60}, {2.5, 20.0, 2.5}, 200.0, 2, 4);
  EXPECT_EQ(one.rsp, four.rsp);
}

TEST(ReferenceImage, RefusesWhatHasNoVoxels) {
  const auto phantom = make_edges();
  EXPECT_THROW(reference_image(*phantom, {0, 1, 5}, {1, 1, 1}, 200.0, 1, 1), core::InputError);
  EXPECT_THROW(reference_image(*phantom, {5, 1, 5}, {1, -1, 1}, 200.0, 1, 1), core::InputError);
  EXPECT_THROW(reference_image(*phantom, {5, 1, 5}, {1, 1, 1}, 200.0, 0, 1), core::InputError);
}

}  // namespace
}  // namespace difftrack::simulate
