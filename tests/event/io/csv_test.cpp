// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/event/io/read_table.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Table table_of(const std::string& text) { return read_table(file_of(text, "t.csv")); }

TEST(Csv, HeaderTypesCommentsAndLineEnds) {
  const Table table =
      table_of("\xef\xbb\xbf\"eventID\", edep ,name\r\n# a comment\r\n1,0.5,proton\r\n\r\n-2,7,neutron");
  EXPECT_THAT(table.names(), ElementsAre("eventID", "edep"));
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(1, -2));
  EXPECT_TRUE(table.at("eventID").is_integer());
  EXPECT_EQ(std::get<1>(table.at("edep").values), (std::vector<double>{0.5, 7.0}));
  EXPECT_THAT(table.skipped, ElementsAre("name"));
}

TEST(Csv, SemicolonsTabsAndSpecialNumbers) {
  EXPECT_EQ(table_of("a;b\n1;2\n").at("b").number(0), 2.0);
  const Table table = table_of("a\tb\n1e-400\tinf\n1e400\tnan\n");
  EXPECT_EQ(table.at("a").number(0), 0.0);
  EXPECT_TRUE(std::isinf(table.at("a").number(1)));
  EXPECT_TRUE(std::isinf(table.at("b").number(0)));
  EXPECT_TRUE(std::isnan(table.at("b").number(1)));
}

TEST(Csv, ErrorsNameLineAndColumn) {
  EXPECT_EQ(error_of([] { table_of("a,b\n1,2\n3\n"); }), "t.csv: line 3, b: is missing: the line has too few fields");
  EXPECT_EQ(error_of([] { table_of("a,b\n1,2,9\n"); }),
            "t.csv: line 2, b = '9': more fields follow than there are columns");
  EXPECT_EQ(error_of([] { table_of("a,b\n1,2\n3,x4\n"); }), "t.csv: line 3, b = 'x4': is no number");
  EXPECT_EQ(error_of([] { table_of("a,b\n1,\n"); }), "t.csv: line 2, b: is no number");
  EXPECT_EQ(error_of([] { table_of("1,2\n3,4\n"); }),
            "t.csv: line 1 = '1': must be a column name: the first line names the columns");
  EXPECT_EQ(error_of([] { table_of("a,a\n3,4\n"); }), "t.csv: a: this column appears twice");
  EXPECT_THAT(error_of([] { table_of(""); }), HasSubstr("t.csv: is empty"));
  EXPECT_THAT(error_of([] { table_of(std::string("\0\1\2", 3)); }), HasSubstr("neither a NumPy file nor text"));
  EXPECT_THAT(error_of([] { table_of(std::string(5'000'000, 'a')); }), HasSubstr("longer than 4 MiB"));
}

TEST(Csv, ChunksOfAnySizeGiveTheSameRows) {
  std::string text = "event,x\n";
  for (int i = 0; i < 1000; ++i)
    text += std::to_string(i) + "," + (i < 500 ? std::to_string(i) : std::to_string(i) + ".5") + "\n";
  for (const std::int64_t size : {1, 7, 333, 5000}) {
    TableReader reader(file_of(text, "t.csv"));
    Table chunk;
    std::int64_t row = 0;
    while (reader.next(chunk, size)) {
      EXPECT_EQ(chunk.first_row, row);
      for (std::size_t i = 0; i < chunk.rows(); ++i, ++row) {
        ASSERT_EQ(chunk.at("event").number(i), static_cast<double>(row));
        ASSERT_EQ(chunk.at("x").number(i), static_cast<double>(row) + (row < 500 ? 0.0 : 0.5));
      }
    }
    EXPECT_EQ(row, 1000);
    EXPECT_EQ(reader.fraction_read(), 1.0);
  }
}

}  // namespace
}  // namespace difftrack::event
