// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/npy.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/io/write_npy.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string turned(std::string bytes) {
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}
NpyArray array_of(const std::string& content) { return read_npy_array(*file_stream(file_of(content, "a.npy"))); }
Table table_of(const std::string& content) { return read_table(file_of(content, "a.npy")); }

/// One type, one number in it: the case table of every width, sign and byte order.
struct TypeCase {
  std::string descr;
  std::string bytes;  // little-endian
  double value;
};
class NpyTypes : public ::testing::TestWithParam<TypeCase> {};

TEST_P(NpyTypes, AreReadInBothByteOrders) {
  const auto& [descr, bytes, value] = GetParam();
  EXPECT_THAT(array_of(npy(fmt::format("'<{}'", descr), "(2,)", bytes + bytes)).as<double>(),
              ElementsAre(value, value));
  EXPECT_THAT(array_of(npy(fmt::format("'>{}'", descr), "(1,)", turned(bytes))).as<double>(), ElementsAre(value));
  // Within a structured row, at an offset that is not aligned.
  const Table table = table_of(npy(fmt::format("[('a', '|u1'), ('b', '>{0}'), ('c', '<{0}')]", descr), "(2,)",
                                   std::string("\x07") + turned(bytes) + bytes + "\x08" + turned(bytes) + bytes));
  ASSERT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.at("a").number(1), 8.0);
  EXPECT_EQ(table.at("b").number(1), value);
  EXPECT_EQ(table.at("c").number(0), value);
  EXPECT_EQ(table.at("c").is_integer(), descr[0] != 'f');
}
INSTANTIATE_TEST_SUITE_P(
    All, NpyTypes,
    ::testing::Values(TypeCase{"i1", raw<std::int8_t>(-5), -5}, TypeCase{"u1", raw<std::uint8_t>(250), 250},
                      TypeCase{"i2", raw<std::int16_t>(-300), -300}, TypeCase{"u2", raw<std::uint16_t>(65000), 65000},
                      TypeCase{"i4", raw<std::int32_t>(-70000), -70000},
                      TypeCase{"u4", raw<std::uint32_t>(4000000000U), 4e9},
                      TypeCase{"i8", raw<std::int64_t>(-(1LL << 40)), -1099511627776.0},
                      TypeCase{"u8", raw<std::uint64_t>(1ULL << 40), 1099511627776.0},
                      TypeCase{"b1", raw<std::uint8_t>(1), 1}, TypeCase{"f2", raw<std::uint16_t>(0xc580), -5.5},
                      TypeCase{"f4", raw(1.25F), 1.25}, TypeCase{"f8", raw(-1e-300), -1e-300}),
    [](const auto& each) { return each.param.descr; });

TEST(Npy, HalfPrecisionIsExactAtItsEdges) {
  const NpyArray array = array_of(npy("'<f2'", "(5,)", raw<std::uint16_t>(0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000)));
  EXPECT_THAT(array.as<double>(), ElementsAre(0x1p-24, 1023 * 0x1p-24, 0x1p-14, 65504.0, 0.0));
  EXPECT_TRUE(std::isinf(array_of(npy("'<f2'", "(1,)", raw<std::uint16_t>(0xfc00))).as<float>()[0]));
  EXPECT_TRUE(std::isnan(array_of(npy("'<f2'", "(1,)", raw<std::uint16_t>(0x7e00))).as<float>()[0]));
}

TEST(Npy, ShapesAndFortranOrder) {
  const std::string six = raw<std::int32_t>(1, 2, 3, 4, 5, 6);
  EXPECT_THAT(array_of(npy("'<i4'", "(2, 3)", six)).as<int>(), ElementsAre(1, 2, 3, 4, 5, 6));
  std::string fortran = npy("'<i4'", "(2, 3)", six);
  fortran.replace(fortran.find("False"), 5, "True ");
  EXPECT_THAT(array_of(fortran).as<int>(), ElementsAre(1, 3, 5, 2, 4, 6));
  EXPECT_THAT(array_of(npy("'<i4'", "()", raw<std::int32_t>(9))).as<int>(), ElementsAre(9));
  EXPECT_THAT(array_of(npy("'<i4'", "()", raw<std::int32_t>(9))).shape, IsEmpty());
  EXPECT_THAT(array_of(npy("'<i4'", "(0, 7)", "")).as<int>(), IsEmpty());

  const Table rows = table_of(npy("'<i4'", "(2, 3)", six));
  EXPECT_THAT(rows.names(), ElementsAre("0", "1", "2"));
  EXPECT_THAT(rows.int32s("1"), ElementsAre(2, 5));
  EXPECT_THAT(table_of(fortran).int32s("1"), ElementsAre(3, 4));
}

TEST(Npy, VersionsTwoAndThree) {
  const std::string dictionary = "{'descr': [('größe', '<i4')], 'fortran_order': False, 'shape': (1,)}\n";
  for (const char version : {'\2', '\3'}) {
    const std::string content = std::string("\x93NUMPY") + std::string(1, version) + std::string(1, '\0') +
                                raw(static_cast<std::uint32_t>(dictionary.size())) + dictionary + raw<std::int32_t>(5);
    EXPECT_THAT(table_of(content).int32s("größe"), ElementsAre(5));
  }
  std::string four = npy("'<i4'", "(0,)", "");
  four[6] = 4;
  EXPECT_THAT(error_of([&] { table_of(four); }), HasSubstr("a.npy: NPY version = '4'"));
}

TEST(Npy, SubArraysNestedFieldsTitlesAndPadding) {
  const Table table =
      table_of(npy("[('volumeID', '<i4', (4,)), (('long name', 'p'), [('x', '<f4'), ('y', '<f4')]), ('', '|V2'), "
                   "('m', '|u1', (2, 2))]",
                   "(1,)", raw<std::int32_t>(10, 11, 12, 13) + raw(1.5F, 2.5F) + "zz\1\2\3\4"));
  EXPECT_THAT(table.names(), ElementsAre("volumeID[0]", "volumeID[1]", "volumeID[2]", "volumeID[3]", "p.x", "p.y",
                                         "m[0][0]", "m[0][1]", "m[1][0]", "m[1][1]"));
  EXPECT_EQ(table.at("volumeID[3]").number(0), 13);
  EXPECT_EQ(table.at("p.y").number(0), 2.5);
  EXPECT_EQ(table.at("m[1][0]").number(0), 3);
}

TEST(Npy, TextColumnsAreSkippedWithAWarning) {
  const Table table = table_of(
      npy("[('edep', '<f4'), ('processName', 'S6'), ('u', '<U2')]", "(1,)", raw(2.0F) + "hIoni " + "12345678"));
  EXPECT_THAT(table.names(), ElementsAre("edep"));
  EXPECT_THAT(table.skipped, ElementsAre("processName", "u"));
  EXPECT_THAT(table.warnings, ElementsAre("a.npy: columns without numbers are skipped: processName, u"));
}

TEST(Npy, UnfinishedGateHeaderTakesRowsFromTheSize) {
  const std::string content = npy("[('eventID', '<i4'), ('edep', '<f4')]", "(0,)",
                                  raw<std::int32_t>(3) + raw(0.5F) + raw<std::int32_t>(4) + raw(0.25F) + "abc");
  const Table table = table_of(content);
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(3, 4));
  EXPECT_THAT(table.warnings, ElementsAre("a.npy: unfinished header (0 rows); 2 rows taken from the size of the data",
                                          "a.npy: the last row is incomplete and left out"));
  EXPECT_THAT(table_of(npy("[('eventID', '<i4')]", "(0,)", "")).warnings, IsEmpty());
}

TEST(Npy, WhatFollowsTheLastRowIsLeftOutWithAWarning) {
  const Table table = table_of(npy("[('a', '<i4')]", "(2,)", raw<std::int32_t>(4, 5) + "xyz"));
  EXPECT_THAT(table.int32s("a"), ElementsAre(4, 5));
  EXPECT_THAT(table.warnings, ElementsAre("a.npy: 3 bytes follow the last row and are left out"));
}

// numpy.savez of a[['eventID', 'edep']], where a has a third field of objects, pickles the data under a header that
// does not tell (numpy 2.2): the numbers would be noise.
TEST(Npy, APickleUnderAHeaderOfNumbersIsRefused) {
  const std::string pickle = "\x80\x04\x95\xea\x16" + std::string(100, 'p');
  EXPECT_EQ(error_of([&] { table_of(npy("[('eventID', '<i4'), ('', '|V8')]", "(2,)", pickle)); }),
            "a.npy: holds a pickle in place of its 2 rows; save each column as an array of its own");
}

TEST(Npy, TruncatedDataAreNamed) {
  EXPECT_EQ(error_of([] { table_of(npy("[('a', '<i4')]", "(3,)", raw<std::int32_t>(1, 2))); }),
            "a.npy: shape = '3 rows': is truncated: it holds only 2 rows");
  EXPECT_THAT(error_of([] { array_of(npy("'<f8'", "(1000000000000,)", "12345678")); }), HasSubstr("is truncated"));
}

struct BadHeader {
  std::string name, dictionary, message;
};
class NpyBadHeaders : public ::testing::TestWithParam<BadHeader> {};
TEST_P(NpyBadHeaders, GiveOneClearSentence) {
  EXPECT_THAT(error_of([] { parse_npy_header(GetParam().dictionary, "bad.npy"); }), HasSubstr(GetParam().message));
  EXPECT_THAT(error_of([] { parse_npy_header(GetParam().dictionary, "bad.npy"); }), HasSubstr("bad.npy"));
}
INSTANTIATE_TEST_SUITE_P(
    All, NpyBadHeaders,
    ::testing::Values(
        BadHeader{"WrongType", "{'descr': '<q9', 'fortran_order': False, 'shape': (1,)}",
                  "dtype = '<q9': is no NumPy type"},
        BadHeader{"WrongWidth", "{'descr': [('edep', '<f3')], 'fortran_order': False, 'shape': (1,)}",
                  "dtype of edep = '<f3': is no NumPy type"},
        BadHeader{"NoWidth", "{'descr': '<f', 'fortran_order': False, 'shape': (1,)}", "is no NumPy type"},
        BadHeader{"Objects", "{'descr': [('p', '|O')], 'fortran_order': False, 'shape': (1,)}",
                  "dtype of p = '|O': holds Python objects, for which NumPy stores the whole array as a pickle that is "
                  "not read; save it without them: "
                  "np.savez('numbers.npz', **{n: a[n] for n in a.dtype.names if not a.dtype[n].hasobject})"},
        BadHeader{"PlainObjects", "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
                  "dtype = '|O': holds Python objects (a pickle), which are not read"},
        BadHeader{"NoShape", "{'descr': '<f4', 'fortran_order': False}", "shape: is missing"},
        BadHeader{"NegativeShape", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "none below 0"},
        BadHeader{"HugeShape", "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
                  "shape: is too large"},
        BadHeader{"HugeBytes", "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,)}",
                  "shape: is too large"},
        BadHeader{"BigNumber", "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}", "64 bits"},
        BadHeader{"HugeSubArray", "{'descr': [('a', '<f4', (10000, 10000))], 'fortran_order': False, 'shape': (1,)}",
                  "shape that is not understood"},
        BadHeader{"NestedSubArrays",
                  "{'descr': [('a', [('b', [], (10000,))], (10000,))], 'fortran_order': False, 'shape': (1,)}",
                  "too many"},
        BadHeader{"NoSize", "{'descr': [('a', '|V0')], 'fortran_order': False, 'shape': (9223372036854775807,)}",
                  "items of no size"},
        BadHeader{"Order", "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", "must be True or False"},
        BadHeader{"Unclosed", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,", "is damaged"},
        BadHeader{"Deep", std::string(100, '('), "too many levels"}, BadHeader{"Rest", "{} x", "something follows"},
        BadHeader{"Code", "__import__('os')", "unexpected text"}),
    [](const auto& each) { return each.param.name; });

TEST(Npy, UnsignedNumbersBeyondTheSignedRangeAreRefusedWhereTheyAreAskedFor) {
  const std::string content =
      npy("[('n', '<u8'), ('a', '|u1')]", "(3,)",
          raw<std::uint64_t>(1) + "\5" + raw<std::uint64_t>(1ULL << 63) + "\6" + raw<std::uint64_t>(~0ULL) + "\7");
  const Table table = table_of(content);
  EXPECT_THAT(table.int64s("a"), ElementsAre(5, 6, 7));
  EXPECT_EQ(std::get<1>(table.at("n").values), (std::vector<double>{1.0, 0x1p63, 0x1p64}));
  EXPECT_EQ(error_of([&] { table.int64s("n"); }),
            "a.npy: n, row 1 = '9.223372036854776e+18': must be a whole number that a double holds exactly (to 2^53)");
  TableReader reader(file_of(content, "a.npy"));  // each chunk has the kind that its rows need
  Table chunk;
  ASSERT_TRUE(reader.next(chunk, 1));
  EXPECT_THAT(chunk.int64s("n"), ElementsAre(1));
  ASSERT_TRUE(reader.next(chunk, 1));
  EXPECT_EQ(chunk.at("n").number(0), 0x1p63);
  EXPECT_EQ(error_of([] { array_of(npy("'<u8'", "(2,)", raw<std::uint64_t>(1, 1ULL << 63))); }),
            "a.npy: item 1 = '9223372036854775808': does not fit into a signed 64-bit integer");
}

TEST(Npy, UnsignedNumbersTurnLateInALongFile) {
  std::string data;
  for (std::uint64_t i = 0; i < 50'000; ++i) data += raw<std::uint64_t>(i == 40'000 ? 1ULL << 63 : i);
  const Table table = table_of(npy("[('n', '<u8')]", "(50000,)", data));
  EXPECT_EQ(table.at("n").number(39'999), 39'999.0);
  EXPECT_EQ(table.at("n").number(40'000), 0x1p63);
  EXPECT_EQ(table.at("n").number(49'999), 49'999.0);
}

TEST(Npy, WhatIsWrittenReadsBackToTheSameBits) {
  const TemporaryFolder folder;
  const std::vector<std::int32_t> event = {1, -2, 2147483647};
  const std::vector<double> x = {0.1, -1e-310, 1e300};
  const std::vector<float> edep = {0.1F, 3e-39F, -0.0F};
  const std::vector<ColumnView> columns = {
      {"eventID", std::span(event)}, {"posX", std::span(x)}, {"edep", std::span(edep)}};
  write_npy_table(folder / "t.npy", columns);
  write_csv(folder / "t.csv", columns);
  for (const std::string& name : {folder / "t.npy", folder / "t.csv"}) {
    const Table table = read_table(name);
    EXPECT_THAT(table.int32s("eventID"), ::testing::ElementsAreArray(event));
    EXPECT_EQ(std::get<1>(table.at("posX").values), x);
    EXPECT_THAT(table.finite_floats("edep"), ::testing::ElementsAreArray(edep));
  }
  write_npy(folder / "m.npy", {"m", std::span<const double>(x)}, {3, 1});
  EXPECT_EQ(read_npy(folder / "m.npy").as<double>(), x);
  EXPECT_THAT(read_npy(folder / "m.npy").shape, ElementsAre(3, 1));
  EXPECT_THAT(error_of([&] {
                write_npy(folder / "w.npy", {"m", std::span<const double>(x)}, {2, 2});
              }),
              HasSubstr("do not fill the shape (2, 2)"));
  EXPECT_FALSE(std::filesystem::exists(folder / "w.npy"));
}

TEST(Npy, MissingFilesAndFoldersAreNamed) {
  EXPECT_EQ(error_of([] { read_npy("/nowhere/a.npy"); }), "/nowhere/a.npy: no such file");
  EXPECT_EQ(error_of([] { read_npy("/tmp"); }), "/tmp: is not a regular file");
}

}  // namespace
}  // namespace difftrack::event
