// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/quantity.hpp"

#include <gtest/gtest.h>

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
}

TEST(Quantity, OtherKindsAreNoQuantities) {
  for (const char* text : {"", "us", "5 mm", "five us", "5us!", "nan", "inf", "5 5us"})
    EXPECT_EQ(parse_quantity(text, "ns"), std::nullopt) << text;
  EXPECT_EQ(parse_quantity("5us", ""), std::nullopt);
}

TEST(Quantity, FactorsAndLists) {
  EXPECT_EQ(unit_factor("mm", "cm"), 10.0);
  EXPECT_EQ(unit_factor("mm", "keV"), std::nullopt);
  EXPECT_EQ(units_like("MeV"), "eV, keV, MeV, GeV");
  EXPECT_EQ(units_like("electrons"), "");
}

}  // namespace
}  // namespace difftrack::core
