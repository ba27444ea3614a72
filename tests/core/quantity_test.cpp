// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/quantity.hpp"

#include <gtest/gtest.h>

#include <numbers>

namespace difftrack::core {
namespace {

TEST(Quantity, NumbersWithAndWithoutUnits) {
  EXPECT_EQ(parse_quantity("5", "ns"), 5.0);
  EXPECT_EQ(parse_quantity("5us", "ns"), 5000.0);
  EXPECT_EQ(parse_quantity("5 µs", "ns"), 5000.0);
  EXPECT_EQ(parse_quantity("1.5 s", "ns"), 1.5e9);
  EXPECT_EQ(parse_quantity("2um", "mm"), 0.002);
  EXPECT_EQ(parse_quantity("2m", "mm"), 2000.0);
  EXPECT_EQ(parse_quantity("1e7", "1/s"), 1e7);
  EXPECT_EQ(parse_quantity("10MHz", "1/s"), 1e7);
  EXPECT_EQ(parse_quantity("250 keV", "MeV"), 0.25);
  EXPECT_EQ(parse_quantity("300mrad", "rad"), 300 * 1e-3);
  EXPECT_EQ(parse_quantity("180 deg", "rad"), std::numbers::pi);
  EXPECT_EQ(parse_quantity("20mm-mrad", "mm rad"), 0.02);
  EXPECT_EQ(parse_quantity("20 mm mrad", "mm rad"), 0.02);
  EXPECT_EQ(parse_quantity("2 GB", "MB"), 2000.0);
  EXPECT_EQ(parse_quantity("1 1/cm", "1/mm"), 0.1);
}

TEST(Quantity, OtherKindsAreNoQuantities) {
  for (const char* text : {"", "us", "5 mm", "five us", "5us!", "nan", "inf", "5 5us"})
    EXPECT_EQ(parse_quantity(text, "ns"), std::nullopt) << text;
  EXPECT_EQ(parse_quantity("5us", ""), std::nullopt);
  EXPECT_EQ(parse_quantity("20 mrad", "mm rad"), std::nullopt);
  EXPECT_EQ(parse_quantity("5 pixels", "electrons"), std::nullopt);
}

TEST(Quantity, AUnitWithoutOthersStandsForItself) {
  EXPECT_EQ(parse_quantity("92 electrons", "electrons"), 92.0);
  EXPECT_EQ(parse_quantity("2pixels", "pixels"), 2.0);
}

TEST(Quantity, FactorsAndLists) {
  EXPECT_EQ(unit_factor("mm", "cm"), 10.0);
  EXPECT_EQ(unit_factor("mm", "keV"), std::nullopt);
  EXPECT_EQ(units_like("MeV"), "eV, keV, MeV, GeV");
  EXPECT_EQ(units_like("electrons"), "");
}

}  // namespace
}  // namespace difftrack::core
