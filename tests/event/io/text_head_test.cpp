// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/text_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/event/io/read_table.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Table table_of(const std::string& text, const std::vector<std::string>& columns = {}) {
  return read_table(file_of(text, "t.txt"), {columns});
}
std::vector<std::string> units(const Table& table) {
  std::vector<std::string> all;
  for (const Column& column : table.columns) all.push_back(column.unit);
  return all;
}

TEST(TextHead, UnitsStandInBracketsBehindTheName) {
  const Table table = table_of("eventID,posX [mm],edep (MeV),time[ns],volumeID[2],m[0][1]\n1,2.5,3,4,5,6\n");
  EXPECT_THAT(table.names(), ElementsAre("eventID", "posX", "edep", "time", "volumeID[2]", "m[0][1]"));
  EXPECT_THAT(units(table), ElementsAre("", "mm", "MeV", "ns", "", ""));
  EXPECT_EQ(table.at("posX").number(0), 2.5);
  EXPECT_THAT(table.warnings, IsEmpty());
}

TEST(TextHead, UnitsWhereBlanksSeparateTheNames) {
  const Table table = table_of("eventID posX [mm] edep  (MeV)\n1 2.5 3\n");
  EXPECT_THAT(table.names(), ElementsAre("eventID", "posX", "edep"));
  EXPECT_THAT(units(table), ElementsAre("", "mm", "MeV"));
  EXPECT_THAT(table.finite_floats("edep"), ElementsAre(3.0F));
}

TEST(TextHead, NamesThatDifferInTheirUnitsAloneStayWhole) {
  const Table table = table_of("edep [keV],edep [MeV],x [mm]\n1,0.001,2\n");
  EXPECT_THAT(table.names(), ElementsAre("edep [keV]", "edep [MeV]", "x"));
  EXPECT_THAT(units(table), ElementsAre("", "", "mm"));
  EXPECT_THAT(table_of("f(),[mm],a\n1,2,3\n").names(), ElementsAre("f()", "[mm]", "a"));
}

TEST(TextHead, TheLastCommentBeforeTheRowsMayBeTheHeader) {
  const Table table =
      table_of("# written by numpy.savetxt\n# eventID,posX [cm],edep\n1,2.5,0.5\n# pause\n2,3.5,0.25\n");
  EXPECT_THAT(table.names(), ElementsAre("eventID", "posX", "edep"));
  EXPECT_THAT(units(table), ElementsAre("", "cm", ""));
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(1, 2));
  EXPECT_THAT(table.finite_floats("edep"), ElementsAre(0.5F, 0.25F));
  EXPECT_THAT(table_of("#eventID trackID\n1.000e+00 2.000e+00\n").int32s("trackID"), ElementsAre(2));
  EXPECT_THAT(table_of("## x\n5\n6\n").int32s("x"), ElementsAre(5, 6));
}

TEST(TextHead, TheHeaderMayHaveAnotherSeparatorThanTheRows) {
  EXPECT_THAT(table_of("# eventID,trackID,edep\n1 2 0.5\n").finite_floats("edep"), ElementsAre(0.5F));
  EXPECT_THAT(table_of("# eventID,trackID,edep\n1;2;0,5\n").finite_floats("edep"), ElementsAre(0.5F));
  EXPECT_THAT(table_of("eventID,trackID\n1\t2\n").int32s("trackID"), ElementsAre(2));
}

TEST(TextHead, ACommentThatDoesNotFitIsNoHeader) {
  EXPECT_EQ(error_of([] { table_of("# made on a Friday\n1,2\n"); }),
            "t.txt: line 2 = '1,2': is no line of column names; name its 2 columns ('-' leaves one out): --columns "
            "NAME1,NAME2");
  EXPECT_EQ(error_of([] { table_of("# 2024,x\n1,2\n"); }),
            "t.txt: line 2 = '1,2': is no line of column names; name its 2 columns ('-' leaves one out): --columns "
            "NAME1,NAME2");
}

TEST(TextHead, RowsWithoutAHeaderSayWhatToType) {
  EXPECT_EQ(
      error_of([] { table_of("0  5  0  1  -1  0.2  0.1  225.2  0.02\n0  5  0  2  -1  0.2  0.1  230.1  0.03\n"); }),
      "t.txt: line 1 = '0  5  0  1  -1  0.2  0.1  225.2  0.02': is no line of column names; name its 9 columns "
      "('-' leaves one out): --columns NAME1,NAME2,NAME3,NAME4,NAME5,NAME6,NAME7,NAME8,NAME9");
  EXPECT_EQ(
      error_of([] { table_of("1,2,3,4,5,6,7,8,9,10,11,12,13,14\n"); }),
      "t.txt: line 1 = '1,2,3,4,5,6,7,8,9,10,11,12,13,14': is no line of column names; name its 14 columns ('-' "
      "leaves one out): --columns NAME1,NAME2,NAME3,NAME4,NAME5,NAME6,NAME7,NAME8,NAME9,NAME10,NAME11,...,NAME14");
  EXPECT_EQ(error_of([] { table_of("1,5;2,5\n3,5;4,5\n"); }),
            "t.txt: line 1 = '1,5;2,5': is no line of column names; name its 2 columns ('-' leaves one out): --columns "
            "NAME1,NAME2");
}

// A hit of GATE's ASCII output with N = 6 volume levels: 4 numbers, 6 levels, 12 numbers, 3 names.
const std::string kGateHit =
    "  0   5   1   0   0   3  -1   0   1   2   1.2e-09   0.02   0.1   0.5   -3.5   225.2   2212   1   0   0   0   0   "
    "hIoni   NULL   NULL\n";

TEST(TextHead, GatesAsciiHitsAreKnownByTheirFields) {
  EXPECT_EQ(
      error_of([] { table_of(kGateHit + kGateHit); }),
      "t.txt: line 1 = '0   5   1   0   0   3  -1   0   1   2   ': is no line of column names but looks like hits "
      "of GATE's ASCII output; name its columns ('-' leaves one out): --columns "
      "runID,eventID,primaryID,sourceID,baseID,level1ID,level2ID,level3ID,level4ID,level5ID,time,edep,stepLength,"
      "posX,posY,posZ,PDGEncoding,trackID,parentID,photonID,nPhantomCompton,nPhantomRayleigh,-,-,-");
  const Table table = table_of(
      kGateHit + kGateHit,
      {"runID", "eventID", "-",    "-",           "baseID",  "level1ID", "level2ID", "",  "",  "-", "time", "edep", "-",
       "posX",  "posY",    "posZ", "PDGEncoding", "trackID", "parentID", "-",        "-", "-", "-", "-",    "-"});
  EXPECT_THAT(table.names(), ElementsAre("runID", "eventID", "baseID", "level1ID", "level2ID", "time", "edep", "posX",
                                         "posY", "posZ", "PDGEncoding", "trackID", "parentID"));
  EXPECT_THAT(table.int32s("level1ID"), ElementsAre(3, 3));
  EXPECT_THAT(table.int32s("level2ID"), ElementsAre(-1, -1));
  EXPECT_THAT(table.int32s("PDGEncoding"), ElementsAre(2212, 2212));
  EXPECT_THAT(table.finite_floats("posZ"), ElementsAre(225.2F, 225.2F));
  EXPECT_EQ(table.at("edep").number(0), 0.02);
  EXPECT_THAT(table.warnings, IsEmpty());
}

TEST(TextHead, NamesFromOutside) {
  const Table table = table_of("# some note\n0 5 0.5 hIoni\n0 6 0.25 msc\n", {"-", "eventID", "edep [MeV]", "process"});
  EXPECT_THAT(table.names(), ElementsAre("eventID", "edep"));
  EXPECT_THAT(units(table), ElementsAre("", "MeV"));
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(5, 6));
  EXPECT_THAT(table.skipped, ElementsAre("process"));
  const Table commas = table_of("1,5;2,5\n3,5;4\n", {"a", "b"});
  EXPECT_EQ(std::get<1>(commas.at("b").values), (std::vector<double>{2.5, 4.0}));
  EXPECT_THAT(table_of("1,2\n", {"a", "b"}).int32s("b"), ElementsAre(2));
  EXPECT_THAT(table_of("# x,y\n1,2\n", {"a", "b"}).names(), ElementsAre("a", "b"));
}

TEST(TextHead, WrongNamesFromOutside) {
  EXPECT_EQ(error_of([] {
              table_of("\n1 2 3\n", {"a", "b"});
            }),
            "t.txt: --columns = '2 names': but line 2 has 3 fields; each needs a name ('-' leaves one out)");
  EXPECT_EQ(error_of([] { table_of("1 2\n", {"a", "a"}); }), "t.txt: a: this column appears twice");
  EXPECT_EQ(error_of([] { table_of("1 2\n", {"-", ""}); }), "t.txt: names no column");
  EXPECT_EQ(error_of([] {
              table_of("1 2\n1 2 3\n", {"-", "b"});
            }),
            "t.txt: line 2, b = '3': more fields follow than there are columns");
  EXPECT_EQ(error_of([] {
              table_of("1 2\n1\n", {"a", "-"});
            }),
            "t.txt: line 2, column 2: is missing: the line has too few fields");
}

TEST(TextHead, NamesFromOutsideAreRefusedWhereTheFileHasItsOwn) {
  EXPECT_EQ(error_of([] {
              table_of("a,b\n1,2\n", {"x", "y"});
            }),
            "t.txt: --columns = 'x,y': is of no use: line 1 names the columns");
  const std::string array = npy("[('a', '<i4')]", "(1,)", raw<std::int32_t>(4));
  EXPECT_EQ(error_of([&] { read_table(file_of(array, "a.npy"), {{"x"}}); }),
            "a.npy: --columns = 'x': is of use to text without a line of names alone; this file names its columns");
}

}  // namespace
}  // namespace difftrack::event
