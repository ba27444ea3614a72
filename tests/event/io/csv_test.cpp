// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/csv.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "difftrack/event/io/read_table.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Table table_of(const std::string& text) { return read_table(file_of(text, "t.csv")); }
const std::vector<double>& reals(const Table& table, const std::string& name) {
  return std::get<1>(table.at(name).values);
}

TEST(Csv, HeaderTypesCommentsAndLineEnds) {
  const Table table = table_of(
      "# made by hand\r\n  # twice\r\n\"eventID\", edep ,name\r\n# a comment\r\n1,0.5,proton\r\n\r\n-2,7,neutron");
  EXPECT_THAT(table.names(), ElementsAre("eventID", "edep"));
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(1, -2));
  EXPECT_TRUE(table.at("eventID").is_integer());
  EXPECT_EQ(reals(table, "edep"), (std::vector<double>{0.5, 7.0}));
  EXPECT_THAT(table.skipped, ElementsAre("name"));
  EXPECT_THAT(table.warnings, ElementsAre("t.csv: columns without numbers are skipped: name"));
}

TEST(Csv, AByteOrderMarkIsPassedOver) {
  EXPECT_THAT(table_of("\xef\xbb\xbf"
                       "a,b\n1,2\n")
                  .names(),
              ElementsAre("a", "b"));
  EXPECT_THAT(table_of("\xef\xbb\xbf\"a\",b\n1,2\n").names(), ElementsAre("a", "b"));
  EXPECT_THAT(table_of("\xef\xbb\xbf# note\na,b\n1,2\n").int32s("b"), ElementsAre(2));
}

TEST(Csv, SemicolonsTabsBlanksAndSpecialNumbers) {
  EXPECT_EQ(table_of("a;b\n1;2\n").at("b").number(0), 2.0);
  const Table table = table_of("a\tb\n1e-400\tinf\n1e400\tnan\n");
  EXPECT_EQ(table.at("a").number(0), 0.0);
  EXPECT_TRUE(std::isinf(table.at("a").number(1)));
  EXPECT_TRUE(std::isinf(table.at("b").number(0)));
  EXPECT_TRUE(std::isnan(table.at("b").number(1)));
  const Table blanks = table_of("  eventID  posX\tname \n  1   0.5 \"two words\" \n\t2\t 1.5 x\n");
  EXPECT_THAT(blanks.int32s("eventID"), ElementsAre(1, 2));
  EXPECT_EQ(reals(blanks, "posX"), (std::vector<double>{0.5, 1.5}));
  EXPECT_THAT(blanks.skipped, ElementsAre("name"));
  EXPECT_THAT(table_of("my column\n5\n6\n").int32s("my column"), ElementsAre(5, 6));
}

TEST(Csv, QuotedFieldsMayHoldSeparatorsAndQuotes) {
  const Table table = table_of("\"a,1\",name,b\n1,\"x, \"\"y\"\" z\",2\n\"3\", \"u,v\" ,\"4\"\n5,\"open,6\n");
  EXPECT_THAT(table.names(), ElementsAre("a,1", "b"));
  EXPECT_THAT(table.int32s("a,1"), ElementsAre(1, 3, 5));
  EXPECT_THAT(table.int32s("b"), ElementsAre(2, 4, 6));
  EXPECT_THAT(table_of("\"say \"\"a\"\"\",b\n1,2\n").names(), ElementsAre("say \"a\"", "b"));
  EXPECT_EQ(error_of([] { table_of("a,b\n1,2\n3,\"4\"5\n"); }), "t.csv: line 3, b = '\"4\"5': is no number");
}

TEST(Csv, ColumnsWithoutANameAreLeftOut) {
  const Table pandas = table_of(",eventID,edep\n0,7,0.5\n1,8,0.25\n");
  EXPECT_THAT(pandas.names(), ElementsAre("eventID", "edep"));
  EXPECT_THAT(pandas.int32s("eventID"), ElementsAre(7, 8));
  EXPECT_THAT(pandas.warnings, ElementsAre("t.csv: a column without a name is left out: 1"));
  EXPECT_THAT(pandas.skipped, IsEmpty());
  EXPECT_THAT(table_of(",a,\n0,7,\n").warnings, ElementsAre("t.csv: columns without a name are left out: 1, 3"));
  EXPECT_EQ(error_of([] { table_of(",\n1,2\n"); }), "t.csv: names no column");
}

TEST(Csv, DecimalsAfterAComma) {
  for (const char separator : {';', '\t', ' '}) {
    std::string text = "eventID;x;y\n1;2;-0,5\n2;1,25;3\n3;1e-1;1,5e2\n";
    std::replace(text.begin(), text.end(), ';', separator);
    const Table table = table_of(text);
    EXPECT_THAT(table.int32s("eventID"), ElementsAre(1, 2, 3));
    EXPECT_EQ(reals(table, "x"), (std::vector<double>{2.0, 1.25, 0.1}));
    EXPECT_EQ(reals(table, "y"), (std::vector<double>{-0.5, 3.0, 150.0}));
    EXPECT_THAT(table.warnings, ElementsAre("t.csv: decimals are read after a comma: '-0,5' as -0.5"));
  }
}

TEST(Csv, DecimalCommasThatBeginLateAreNotedWithTheirChunk) {
  TableReader reader(file_of("a;b\n1;2\n3;4,5\n", "t.csv"));
  Table chunk;
  ASSERT_TRUE(reader.next(chunk, 1));
  EXPECT_THAT(chunk.warnings, IsEmpty());
  ASSERT_TRUE(reader.next(chunk, 1));
  EXPECT_THAT(chunk.warnings, ElementsAre("t.csv: decimals are read after a comma: '4,5' as 4.5"));
  EXPECT_EQ(chunk.at("b").number(0), 4.5);
  ASSERT_FALSE(reader.next(chunk, 1));
  EXPECT_THAT(chunk.warnings, IsEmpty());
}

TEST(Csv, PointsAndCommasDoNotMix) {
  EXPECT_EQ(error_of([] { table_of("a;b\n0.5;1\n0.5;1,234\n"); }),
            "t.csv: line 3, b = '1,234': has a comma, but numbers before it have a decimal point");
  EXPECT_EQ(error_of([] { table_of("a;b\n0,5;1\n0,5;1.234\n"); }),
            "t.csv: line 3, b = '1.234': has a decimal point, but numbers before it have a decimal comma");
  EXPECT_EQ(error_of([] { table_of("a;b\n1;2\n3;1.234,5\n"); }), "t.csv: line 3, b = '1.234,5': is no number");
  EXPECT_EQ(error_of([] { table_of("a;b\n1;2\n3;1,2,3\n"); }), "t.csv: line 3, b = '1,2,3': is no number");
}

TEST(Csv, EmptyFieldsAreNoNumbers) {
  const Table table = table_of("a,b,c,d\n1,,,x\n2,5,,\n,6,,y\n");
  EXPECT_THAT(table.names(), ElementsAre("a", "b"));
  EXPECT_THAT(table.skipped, ElementsAre("c", "d"));
  EXPECT_THAT(table.warnings, ElementsAre("t.csv: columns without numbers are skipped: c, d",
                                          "t.csv: line 2, b: an empty field; such are NaN, no numbers",
                                          "t.csv: line 4, a: an empty field; such are NaN, no numbers"));
  EXPECT_EQ(reals(table, "b")[2], 6.0);
  EXPECT_EQ(error_of([&] { table.int32s("a"); }), "t.csv: a, row 2 = 'nan': must be a whole number of at most 32 bits");
  EXPECT_EQ(error_of([&] { table.finite_floats("b"); }), "t.csv: b, row 0 = 'nan': must be a finite number");
}

TEST(Csv, ATextColumnMayBeginEmpty) {
  const Table table = table_of("a,process\n1,\n2,\n3,hIoni\n4,5\n");
  EXPECT_THAT(table.names(), ElementsAre("a"));
  EXPECT_THAT(table.int32s("a"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(table.skipped, ElementsAre("process"));
}

TEST(Csv, IntegersBeyond32Bits) {
  const Table table = table_of("id,beyond\n9007199254740993,1\n-9223372036854775808,9223372036854775808\n");
  EXPECT_THAT(table.int64s("id"), ElementsAre(9007199254740993, std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(reals(table, "beyond")[1], 0x1p63);
}

TEST(Csv, ErrorsNameLineAndColumn) {
  EXPECT_EQ(error_of([] { table_of("a,b\n1,2\n3\n"); }), "t.csv: line 3, b: is missing: the line has too few fields");
  EXPECT_EQ(error_of([] { table_of("a,b\n1,2,9\n"); }),
            "t.csv: line 2, b = '9': more fields follow than there are columns");
  EXPECT_EQ(error_of([] { table_of("a b\n1 2\n3\n"); }), "t.csv: line 3, b: is missing: the line has too few fields");
  EXPECT_EQ(error_of([] { table_of("a b\n1 2\n3 4 5\n"); }),
            "t.csv: line 3, b = '5': more fields follow than there are columns");
  EXPECT_EQ(error_of([] { table_of("a,b\n1,2\n# note\n\n3,x4\n"); }), "t.csv: line 5, b = 'x4': is no number");
  EXPECT_EQ(error_of([] { table_of("a,a\n3,4\n"); }), "t.csv: a: this column appears twice");
  EXPECT_EQ(error_of([] { table_of(""); }), "t.csv: is empty: a text table begins with a line of column names");
  EXPECT_EQ(error_of([] { table_of("# nothing\n\n"); }),
            "t.csv: is empty: a text table begins with a line of column names");
  EXPECT_EQ(error_of([] { table_of(std::string("\0\1\2", 3)); }), "t.csv: is neither a NumPy file nor text");
  EXPECT_THAT(error_of([] { table_of(std::string(5'000'000, 'a')); }), HasSubstr("longer than 4 MiB"));
}

TEST(Csv, ThousandsOfColumns) {
  std::string names, row;
  for (int i = 0; i < 10'000; ++i) {
    names += fmt::format("{}c{}", i > 0 ? "," : "", i);
    row += fmt::format("{}{}", i > 0 ? "," : "", i);
  }
  const Table table = table_of(names + "\n" + row + "\n");
  EXPECT_EQ(table.columns.size(), 10'000U);
  EXPECT_THAT(table.int32s("c9999"), ElementsAre(9999));
  EXPECT_EQ(error_of([&] { table_of(names + ",c\n" + row + ",1\n"); }), "t.csv: has more than 10000 columns");
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
