// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/npz_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/io/zip_writer.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Member = std::pair<std::string, std::string>;  // name, bytes

/// A deflated archive of any bytes, read back under the name made.npz.
std::shared_ptr<const Bytes> npz_of(const std::vector<Member>& members) {
  const TemporaryFolder folder;
  ZipWriter zip(folder / "made.npz", 6, 1);
  for (const auto& [name, bytes] : members) {
    zip.begin(name);
    zip.write(std::as_bytes(std::span(bytes)));
    zip.end();
  }
  zip.commit();
  return file_of(content_of(folder / "made.npz"), "made.npz");
}

const Member kEvent = {"eventID.npy", npy("'<i4'", "(2,)", raw<std::int32_t>(1, 2))};
const Member kEdep = {"edep.npy", npy("'<f4'", "(2,)", raw(0.5F, 0.25F))};

TEST(NpzRows, ArraysAsColumnsAndASingleArrayOfAnyKey) {
  const Table table = read_table(npz_of({kEvent, kEdep}));
  EXPECT_THAT(table.names(), ElementsAre("eventID", "edep"));
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(1, 2));
  EXPECT_THAT(table.finite_floats("edep"), ElementsAre(0.5F, 0.25F));
  EXPECT_THAT(table.warnings, IsEmpty());
  EXPECT_THAT(
      read_table(npz_of({{"hits.npy", npy("[('eventID', '<i4')]", "(1,)", raw<std::int32_t>(7))}})).int32s("eventID"),
      ElementsAre(7));
}

TEST(NpzRows, WhatIsNoColumnIsLeftOutWithItsReason) {
  const Table table = read_table(npz_of({{"processName.npy", npy("'|O'", "(2,)", "\x80\x04pickled")},
                                         kEvent,
                                         {"note.npy", npy("'<U2'", "()", "12345678")},
                                         {"creator.npy", npy("'|S3'", "(2,)", "abcdef")},
                                         {"odd.npy", npy("'<q9'", "(2,)", "whatever")},
                                         {"when.npy", npy("'<M8[ns]'", "(2,)", std::string(16, '\0'))},
                                         {"cube.npy", npy("'<f4'", "(2, 1, 1)", raw(1.0F, 2.0F))},
                                         {"many.npy", npy("'|u1'", "(2, 101)", std::string(202, '\1'))},
                                         {"seed.npy", npy("'<i8'", "()", raw<std::int64_t>(5))},
                                         {"runs.npy", npy("'<i8'", "(1,)", raw<std::int64_t>(5))},
                                         {"rows.npy", npy("[('a', '<f4'), ('p', '|O')]", "(2,)", "pickle")},
                                         {"broken.npy", "no array at all"},
                                         kEdep}));
  EXPECT_THAT(table.names(), ElementsAre("eventID", "edep"));
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(1, 2));
  EXPECT_THAT(table.skipped, ElementsAre("processName", "note", "creator", "odd", "when", "cube", "many", "seed",
                                         "rows", "broken", "runs"));
  EXPECT_THAT(
      table.warnings,
      ElementsAre("made.npz: arrays that are no columns are skipped: processName (Python objects), note (text), "
                  "creator (text), odd (dtype = '<q9': is no NumPy type), when (type 'M'), cube (3 dimensions), "
                  "many (101 columns, of at most 100), seed (a single number), rows (Python objects), "
                  "broken (does not begin as a NumPy array), runs (1 entries, the table has 2)"));
  EXPECT_EQ(error_of([&] { table.at("processName"); }),
            "made.npz: processName: is left out: it does not hold one number per row");
}

TEST(NpzRows, TwoDimensionsAreNumberedColumns) {
  const Member volume = {"volumeID.npy", npy("'<i4'", "(2, 3)", raw<std::int32_t>(1, 2, 3, 4, 5, 6))};
  std::string turned = volume.second;
  turned.replace(turned.find("False"), 5, "True ");
  for (const auto& [bytes, second] : {std::pair{volume.second, std::vector{2, 5}}, {turned, {3, 4}}}) {
    const auto file = npz_of({kEvent, {"volumeID.npy", bytes}, kEdep});
    const Table table = read_table(file);
    EXPECT_THAT(table.names(), ElementsAre("eventID", "volumeID[0]", "volumeID[1]", "volumeID[2]", "edep"));
    EXPECT_EQ(table.int32s("volumeID[1]"), second);
    EXPECT_THAT(table.finite_floats("edep"), ElementsAre(0.5F, 0.25F));
    TableReader reader(file);
    Table chunk;
    for (int row = 0; row < 2; ++row) {
      ASSERT_TRUE(reader.next(chunk, 1));
      EXPECT_THAT(chunk.int32s("volumeID[1]"), ElementsAre(second[static_cast<std::size_t>(row)]));
      EXPECT_THAT(chunk.int32s("eventID"), ElementsAre(row + 1));
    }
    EXPECT_FALSE(reader.next(chunk, 1));
  }
}

TEST(NpzRows, TheTableHasTheLengthOfMostArrays) {
  const Member one = {"one.npy", npy("'<i4'", "(1,)", raw<std::int32_t>(9))};
  EXPECT_THAT(read_table(npz_of({one, kEvent, kEdep})).names(), ElementsAre("eventID", "edep"));
  EXPECT_EQ(error_of([&] {
              read_table(npz_of({kEvent, one}));
            }),
            "made.npz: one = '1 entries': is no column of a table: 'eventID' has 2, and not more than half of the "
            "arrays have the longest length");
  const Member three = {"three.npy", npy("'<i4'", "(3,)", raw<std::int32_t>(9, 9, 9))};
  EXPECT_THAT(error_of([&] {
                read_table(npz_of({three, one, kEvent, kEdep}));
              }),
              HasSubstr("one = '1 entries': is no column of a table: 'three' has 3"));
}

TEST(NpzRows, ObjectsInTheTableItselfAreRefusedWithTheWayOut) {
  const std::string rows = npy("[('eventID', '<i4'), ('processName', '|O')]", "(2,)", "\x80\x04pickled");
  const std::string sentence =
      ": dtype of processName = '|O': holds Python objects, for which NumPy stores the whole array as a pickle that is "
      "not read; save it without them: "
      "np.savez('numbers.npz', **{n: a[n] for n in a.dtype.names if not a.dtype[n].hasobject})";
  EXPECT_EQ(error_of([&] { read_table(npz_of({{"arr_0.npy", rows}})); }), "made.npz: arr_0" + sentence);
  EXPECT_EQ(error_of([&] { read_table(npz_of({{"arr_0.npy", rows}, kEvent, kEdep})); }), "made.npz: arr_0" + sentence);
  EXPECT_EQ(error_of([&] { read_table(npz_of({{"hits.npy", rows}})); }), "made.npz: hits" + sentence);
  EXPECT_EQ(error_of([&] { read_table(file_of(rows, "a.npy")); }), "a.npy" + sentence);
}

TEST(NpzRows, FilesWithoutAColumnSayWhatTheyHold) {
  EXPECT_EQ(error_of([] {
              read_table(npz_of({{"a.npy", npy("'|O'", "(2,)", "")}, {"b.npy", npy("'|S1'", "()", "x")}}));
            }),
            "made.npz: holds no table: neither an array 'arr_0' nor columns of numbers (a (Python objects), b (text))");
  EXPECT_EQ(error_of([] { read_table(npz_of({{"readme.txt", "x"}})); }), "made.npz: holds no NumPy array");
}

TEST(NpzRows, WarningsOfTheColumnsAreKept) {
  const Table table = read_table(npz_of({{"eventID.npy", npy("'<i4'", "(0,)", raw<std::int32_t>(1, 2))}, kEdep}));
  EXPECT_THAT(table.int32s("eventID"), ElementsAre(1, 2));
  EXPECT_THAT(table.warnings, ElementsAre("made.npz: eventID: unfinished header (0 rows); 2 rows taken from the size "
                                          "of the data"));
}

TEST(NpzRows, DamageOfTheArchiveIsNotTakenForAnOddArray) {
  const auto file = npz_of({{"noise.npy", npy("'|O'", "(2,)", std::string(100, 'x'))}, kEvent, kEdep});
  std::string content(file->size(), '\0');
  file->read_at(0, std::as_writable_bytes(std::span(content.data(), content.size())));
  content[90] = static_cast<char>(content[90] ^ 0x7f);  // within the first array's data
  EXPECT_THAT(error_of([&] { read_table(file_of(content, "bad.npz")); }), HasSubstr("bad.npz: noise: is damaged"));
}

}  // namespace
}  // namespace difftrack::event
