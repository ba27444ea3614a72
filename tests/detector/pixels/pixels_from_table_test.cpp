// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/pixels_from_table.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "tests/detector/test_detectors.hpp"

namespace difftrack::detector {
namespace {

using Integers = std::vector<std::int64_t>;

event::Table table_of(const Integers& frame, const Integers& x, const Integers& y, const Integers& layer) {
  event::Table t;
  t.file = "pixels.npz";
  t.columns = {{"frame", frame}, {"x", x}, {"y", y}, {"layer", layer}};
  return t;
}

/// Field and value of the error, or "accepted".
std::string error_of(const event::Table& t, const Detector& d) {
  try {
    pixels_from_table(t, d);
  } catch (const core::InputError& e) {
    return e.where().file + ": " + e.where().field + " = " + e.where().value;
  }
  return "accepted";
}

TEST(PixelsFromTable, IndexNumberingIsTakenAsItIs) {
  const Detector d = pixel_test_detector(3, 8, 6);
  const event::Pixels p = pixels_from_table(table_of({4, 5}, {0, 7}, {5, 0}, {2, 0}), d);
  EXPECT_EQ(p.frame, (std::vector<std::int32_t>{4, 5}));
  EXPECT_EQ(p.column, (std::vector<std::int32_t>{0, 7}));
  EXPECT_EQ(p.row, (std::vector<std::int32_t>{5, 0}));
  EXPECT_EQ(p.layer, (std::vector<std::int32_t>{2, 0}));
  EXPECT_FALSE(p.has_truth());
  EXPECT_TRUE(p.edep.empty());
}

TEST(PixelsFromTable, CentredNumberingsMapOntoConsecutivePixels) {
  Detector d = pixel_test_detector(1, 8, 6);
  d.pixels.column_numbering = PixelNumbering::CentredWithoutZero;
  d.pixels.row_numbering = PixelNumbering::Centred;
  const event::Pixels p = pixels_from_table(
      table_of({0, 0, 0, 0, 0, 0, 0, 0}, {-4, -3, -2, -1, 1, 2, 3, 4}, {-2, -1, 0, 1, 2, 3, 3, 3}, Integers(8, 0)), d);
  EXPECT_EQ(p.column, (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(p.row, (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 5, 5}));
  EXPECT_EQ(error_of(table_of({0}, {0}, {0}, {0}), d), "pixels.npz: x, row 0 = 0");
  EXPECT_EQ(error_of(table_of({0}, {5}, {0}, {0}), d), "pixels.npz: x, row 0 = 5");
  EXPECT_EQ(error_of(table_of({0}, {1}, {-3}, {0}), d), "pixels.npz: y, row 0 = -3");
}

TEST(PixelsFromTable, TruthAndEnergyAreReadWhenPresent) {
  event::Table t = table_of({0}, {1}, {1}, {0});
  for (const char* name : {"eventID", "trackID", "parentID", "PDGEncoding"}) t.columns.push_back({name, Integers{3}});
  t.columns.push_back({"edep", std::vector<double>{0.5}});
  const event::Pixels p = pixels_from_table(t, pixel_test_detector(1, 8, 8));
  EXPECT_TRUE(p.has_truth());
  EXPECT_EQ(p.pdg, (std::vector<std::int32_t>{3}));
  EXPECT_EQ(p.edep, (std::vector<float>{0.5f}));
  EXPECT_TRUE(p.second_event.empty());
  t.columns.push_back({"secondEventID", Integers{8}});
  EXPECT_EQ(pixels_from_table(t, pixel_test_detector(1, 8, 8)).second_event, (std::vector<std::int64_t>{8}));
}

TEST(PixelsFromTable, FaultsNameFileColumnRowAndValue) {
  Detector d = pixel_test_detector(2, 8, 8);
  EXPECT_EQ(error_of(table_of({0, 0}, {1, 1}, {1, 1}, {0, 2}), d), "pixels.npz: layer, row 1 = 2");
  EXPECT_EQ(error_of(table_of({0, 0}, {1, -1}, {1, 1}, {0, 1}), d), "pixels.npz: x, row 1 = -1");
  event::Table t = table_of({0}, {1}, {1}, {0});
  t.columns.pop_back();
  EXPECT_EQ(error_of(t, d), "pixels.npz: layer = ");
}

TEST(IsPixelTable, TellsPixelsFromEnergyDeposits) {
  event::Table t = table_of({0}, {1}, {1}, {0});
  EXPECT_TRUE(is_pixel_table(t));
  t.columns.push_back({"posX", Integers{0}});
  EXPECT_FALSE(is_pixel_table(t));
}

}  // namespace
}  // namespace difftrack::detector
