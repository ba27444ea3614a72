// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/material.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "difftrack/core/error.hpp"

namespace difftrack::matter {
namespace {

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Material, RadiationLengthsAddByMass) {
  EXPECT_NEAR(radiation_length(named_material("water")), 36.08, 0.2);  // PDG
  EXPECT_NEAR(radiation_length(named_material("aluminium")), 24.01, 0.01);
  EXPECT_NEAR(radiation_length(named_material("kapton")), 40.58, 0.6);
  EXPECT_NEAR(radiation_length(named_material("pmma")), 40.55, 0.2);
  EXPECT_NEAR(radiation_length(named_material("teflon")), 34.84, 0.2);
}

TEST(Material, ExcitationIsStatedOrAddsOverElectrons) {
  const Material co{"co", 1.0, {"C", "O"}, {0.5, 0.5}, 0.0};  // as many electrons per mass within 0.1 %
  EXPECT_NEAR(mean_excitation(co), std::sqrt(78.0 * 95.0), 0.05);
  EXPECT_EQ(mean_excitation(named_material("water")), 78.0);
  EXPECT_NEAR(bragg_excitation(named_material("water")), 68.0, 1.0);  // what binding adds is the difference
  EXPECT_NEAR(mean_z(named_material("water")), 10.0 / 3.0, 2e-3);
  EXPECT_NEAR(z_over_a(named_material("water")), 0.5551, 1e-4);  // NIST
}

TEST(Material, BadOnesGiveOneClearSentence) {
  EXPECT_THAT(error_of([] { named_material("watter"); }),
              testing::HasSubstr("unknown material; did you mean 'water'?"));
  EXPECT_THAT(error_of([] {
                check_material({"foam", -0.1, {"C"}, {1.0}, 0.0});
              }),
              testing::HasSubstr("must be positive"));
  EXPECT_THAT(error_of([] { check_material({"foam", 0.1, {"C"}, {0.7}, 0.0}); }), testing::HasSubstr("must sum to 1"));
  EXPECT_THAT(error_of([] {
                check_material({"foam", 0.1, {"c"}, {1.0}, 0.0});
              }),
              testing::HasSubstr("did you mean 'C'?"));
}

TEST(Material, EveryNamedOneIsGood) {
  for (const auto& name : material_names())
    EXPECT_EQ(error_of([&] { check_material(named_material(name)); }), "no error");
}

}  // namespace
}  // namespace difftrack::matter
