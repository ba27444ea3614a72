// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/materials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/event/io/read_table.hpp"
#include "tests/event/made_files.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

using event::error_of;

TEST(Materials, StoppingPowersAgreeWithPstar) {
  const auto table = event::read_table(DIFFTRACK_SOURCE_DIR "/tests/data/pstar_total_stopping.csv");
  const struct {
    const char *column, *material;
    double tolerance;
  } cases[] = {{"Al", "aluminium", 0.003},  {"Si", "silicon", 0.003}, {"Cu", "copper", 0.003},
               {"W", "tungsten", 0.003},    {"C", "carbon", 0.003},   {"air", "air", 0.012},
               {"kapton", "kapton", 0.015}, {"water", "water", 0.012}};
  for (const auto& [column, material, tolerance] : cases)
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const double energy = table.at("E_MeV").number(row);
      if (energy < 3.0 || energy > 330.0) continue;
      const double reference = table.at(column).number(row);
      EXPECT_NEAR(mass_stopping_power(named_material(material), energy) / reference, 1.0, tolerance)
          << material << " at " << energy << " MeV";
    }
}

// Relative stopping power of the CTP404 inserts at 175 MeV, calculated values of Giacometti et al. (Med. Phys. 44
// (2017) 1002, table of the Catphan materials), rounded.
TEST(Materials, InsertsHaveTheirStoppingPowers) {
  const auto water = named_material("water");
  const struct {
    const char* material;
    double rsp;
  } cases[] = {{"pmma", 1.160},   {"polystyrene", 1.024}, {"ldpe", 0.980}, {"pmp", 0.883},
               {"teflon", 1.790}, {"delrin", 1.359},      {"epoxy", 1.144}};
  for (const auto& [name, rsp] : cases) {
    const auto material = named_material(name);
    const double own = material.density * mass_stopping_power(material, 175.0) / mass_stopping_power(water, 175.0);
    EXPECT_NEAR(own / rsp, 1.0, 0.02) << name;
  }
}

TEST(Materials, ElementsWithoutATableAreScaledFromTheNearest) {
  // PSTAR, calcium and lead do not ship here; the Bethe formula with I = 191 and 823 eV gives these at 100 MeV (2 %).
  EXPECT_NEAR(mass_stopping_power({"ca", 1.55, {"Ca"}, {1.0}, 0.0}, 100.0), 5.73, 0.12);
  EXPECT_NEAR(mass_stopping_power({"pb", 11.35, {"Pb"}, {1.0}, 0.0}, 100.0), 3.55, 0.08);
}

TEST(Materials, RadiationLengths) {
  EXPECT_NEAR(radiation_length(named_material("water")), 36.08, 0.2);
  EXPECT_NEAR(radiation_length(named_material("aluminium")), 24.01, 0.01);
  EXPECT_NEAR(radiation_length(named_material("kapton")), 40.6, 0.6);
}

TEST(Materials, BadOnesGiveOneClearSentence) {
  EXPECT_THAT(error_of([] { named_material("watter"); }),
              testing::HasSubstr("unknown material; did you mean 'water'?"));
  EXPECT_THAT(error_of([] { element("Xx"); }), testing::HasSubstr("element = 'Xx': unknown element"));
  EXPECT_THAT(error_of([] {
                check_material({"foam", -0.1, {"C"}, {1.0}, 0.0});
              }),
              testing::HasSubstr("must be positive"));
  EXPECT_THAT(error_of([] { check_material({"foam", 0.1, {"C"}, {0.7}, 0.0}); }), testing::HasSubstr("must sum to 1"));
}

}  // namespace
