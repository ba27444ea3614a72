// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;

Table example() {
  Table table;
  table.file = "run.npz";
  table.first_row = 100;
  table.columns = {{"eventID", std::vector<std::int64_t>{1, 2, 3}}, {"posX", std::vector<double>{0.5, -1.0, 2.0}}};
  table.skipped = {"processName"};
  return table;
}

TEST(Table, MissingColumnNamesFileAndNearestColumn) {
  EXPECT_EQ(error_of([] { example().at("eventId"); }), "run.npz: eventId: missing column; the nearest is 'eventID'");
  EXPECT_EQ(error_of([] { example().at("processName"); }),
            "run.npz: processName: is left out: it does not hold one number per row");
  EXPECT_EQ(error_of([] { Table{}.at("edep"); }), "edep: missing column; the file has none");
}

TEST(Table, ConvertsWholeNumbersOfEitherKind) {
  Table table = example();
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(1, 2, 3));
  std::get<1>(table.columns[1].values) = {4.0, -5.0, 6.0};
  EXPECT_THAT(table.int32s("posX"), ElementsAre(4, -5, 6));
  EXPECT_THAT(table.finite_floats("eventID"), ElementsAre(1.0F, 2.0F, 3.0F));
}

TEST(Table, WholeNumbersOf64Bits) {
  Table table = example();
  std::get<0>(table.columns[0].values)[1] = std::int64_t{3'000'000'000};
  EXPECT_THAT(table.int64s("eventID"), ElementsAre(1, 3'000'000'000, 3));
  auto& reals = std::get<1>(table.columns[1].values);
  reals = {0x1p53, -0x1p53, -0.0};
  EXPECT_THAT(table.int64s("posX"), ElementsAre(9007199254740992, -9007199254740992, 0));
  reals[2] = 0.5;
  EXPECT_EQ(error_of([&] { table.int64s("posX"); }), "run.npz: posX, row 102 = '0.5': must be a whole number");
  for (const double bad : {0x1.0000000000001p53, std::numeric_limits<double>::quiet_NaN(), HUGE_VAL}) {
    reals[2] = bad;
    EXPECT_THAT(error_of([&] { table.int64s("posX"); }),
                ::testing::EndsWith("must be a whole number that a double holds exactly (to 2^53)"));
  }
}

TEST(Table, ErrorsNameTheRowWithinTheFile) {
  Table table = example();
  EXPECT_EQ(error_of([&] { table.int32s("posX"); }),
            "run.npz: posX, row 100 = '0.5': must be a whole number of at most 32 bits");
  std::get<0>(table.columns[0].values)[1] = std::int64_t{1} << 40;
  EXPECT_EQ(error_of([&] { table.int32s("eventID"); }),
            "run.npz: eventID, row 101 = '1099511627776': does not fit into 32 bits");
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), HUGE_VAL, -HUGE_VAL, 1e300}) {
    std::get<1>(table.columns[1].values)[2] = bad;
    EXPECT_THAT(error_of([&] { table.finite_floats("posX"); }), ::testing::StartsWith("run.npz: posX, row 102 = '"));
    EXPECT_THAT(error_of([&] { table.finite_floats("posX"); }), ::testing::EndsWith("must be a finite number"));
  }
}

}  // namespace
}  // namespace difftrack::event
