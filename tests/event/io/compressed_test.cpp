// SPDX-License-Identifier: Apache-2.0
// Text and arrays within gzip, and the formats that are known but not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "difftrack/event/io/gzip.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/io/zip_writer.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::string_literals;

std::string gzip(const std::string& content) {
  constexpr int kGzipFraming = 16;
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzipFraming, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, content.size()) + 64, '\0');
  std::string input = content;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

Table table_of(const std::string& content, const std::string& name = "t.csv.gz") {
  return read_table(file_of(content, name));
}

std::string long_text(int rows) {
  std::string text = "eventID,x\n";
  for (int i = 0; i < rows; ++i) text += std::to_string(i) + "," + std::to_string(i * 7 % 1000) + ".5\n";
  return text;
}

TEST(Gzip, TextIsReadInChunksWithTheFractionOfTheFile) {
  TableReader reader(file_of(gzip(long_text(300'000)), "t.csv.gz"));
  EXPECT_EQ(reader.total_rows(), -1);
  Table chunk;
  std::int64_t row = 0;
  double before = 0.0;
  while (reader.next(chunk, 50'000)) {
    for (std::size_t i = 0; i < chunk.rows(); ++i, ++row) {
      ASSERT_EQ(chunk.at("eventID").number(i), static_cast<double>(row));
      ASSERT_EQ(chunk.at("x").number(i), static_cast<double>(row * 7 % 1000) + 0.5);
    }
    EXPECT_GE(reader.fraction_read(), before);
    if (row == 50'000) {
      EXPECT_LT(reader.fraction_read(), 0.5);
    }
    before = reader.fraction_read();
  }
  EXPECT_EQ(row, 300'000);
  EXPECT_EQ(reader.fraction_read(), 1.0);
}

TEST(Gzip, SeveralMembersAreOneText) {
  const Table table = table_of(gzip("a,b\n1,2\n3,") + gzip("") + gzip("4\n") + std::string(512, '\0'));
  EXPECT_THAT(table.int32s("a"), ElementsAre(1, 3));
  EXPECT_THAT(table.int32s("b"), ElementsAre(2, 4));
}

TEST(Gzip, ColumnsMayBeNamedFromOutside) {
  EXPECT_THAT(read_table(file_of(gzip("1 2\n3 4\n"), "t.gz"), {{"-", "b"}}).int32s("b"), ElementsAre(2, 4));
}

TEST(Gzip, EveryTruncationIsOneClearSentence) {
  const std::string content = gzip(long_text(2000)) + gzip("5,6\n");
  const std::size_t first = gzip(long_text(2000)).size();
  for (std::size_t size = 2; size < content.size(); size += size < 50 || size + 60 > content.size() ? 1 : 37) {
    if (size == first) continue;  // a whole file
    EXPECT_EQ(error_of([&] { table_of(content.substr(0, size)); }),
              "t.csv.gz: is truncated: its gzip data end too early")
        << size;
  }
}

TEST(Gzip, DamageIsOneClearSentence) {
  const std::string content = gzip(long_text(2000));
  std::string bad = content;
  bad[bad.size() - 6] = static_cast<char>(bad[bad.size() - 6] ^ 1);  // in the checksum
  EXPECT_EQ(error_of([&] { table_of(bad); }),
            "t.csv.gz: is damaged: its gzip data cannot be decompressed or fail their checksum");
  bad = content;
  bad[2] = 7;  // a method of compression that there is not
  EXPECT_EQ(error_of([&] { table_of(bad); }),
            "t.csv.gz: is damaged: its gzip data cannot be decompressed or fail their checksum");
  for (const std::string& tail : {"x"s, "\0\0x"s, "\0\x1f\x8b"s})
    EXPECT_EQ(error_of([&] { table_of(content + tail); }),
              "t.csv.gz: is damaged: something that is not gzip follows its gzip data");
}

TEST(Gzip, ArraysAreReadToo) {
  const std::string array = npy("[('a', '<i4')]", "(3,)", raw<std::int32_t>(4, 5, 6));
  EXPECT_THAT(table_of(gzip(array), "a.npy.gz").int32s("a"), ElementsAre(4, 5, 6));
  EXPECT_EQ(table_of(gzip(npy("[('a', '<i4')]", "(0,)", "")), "a.npy.gz").rows(), 0U);
  EXPECT_EQ(error_of([&] { table_of(gzip(npy("[('a', '<i4')]", "(0,)", raw<std::int32_t>(4))), "a.npy.gz"); }),
            "a.npy.gz: shape = '0 rows': is an unfinished header, whose rows are counted in plain files alone: unpack "
            "the file first");
  EXPECT_EQ(error_of([&] { table_of(gzip(npy("[('a', '<i4')]", "(4,)", raw<std::int32_t>(4))), "a.npy.gz"); }),
            "a.npy.gz: is truncated: data end too early");
  EXPECT_THAT(error_of([&] { table_of(gzip(npy("'<i4'", "(2, 100000000)", "")), "a.npy.gz"); }),
              HasSubstr("100000000"));
  EXPECT_THAT(error_of([&] { table_of(gzip(npy("'<i4'", "(100000000, 2)", "")), "a.npy.gz"); }),
              HasSubstr("is truncated: it holds only"));
  std::string bad = gzip(array);
  bad[bad.size() - 6] = static_cast<char>(bad[bad.size() - 6] ^ 1);
  EXPECT_THAT(error_of([&] { table_of(bad, "a.npy.gz"); }), HasSubstr("fail their checksum"));
}

TEST(Gzip, ArchivesWithinAreRefused) {
  EXPECT_EQ(error_of([&] { table_of(gzip("PK\3\4 and so on"), "a.npz.gz"); }),
            "a.npz.gz: holds an archive within gzip; unpack it: gzip -d 'a.npz.gz'");
  EXPECT_EQ(error_of([&] { table_of(gzip(gzip("a\n1\n")), "a.gz.gz"); }),
            "a.gz.gz: holds an archive within gzip; unpack it: gzip -d 'a.gz.gz'");
}

TEST(ForeignFormat, CompressionsNameTheirCommand) {
  EXPECT_EQ(error_of([] { table_of("\xfd\x37zXZ\0\0\4"s, "a.csv.xz"); }),
            "a.csv.xz: is compressed with xz; unpack it: xz -d 'a.csv.xz'");
  EXPECT_EQ(error_of([] { table_of("\x28\xb5\x2f\xfd\4"s, "a.zst"); }),
            "a.zst: is compressed with zstd; unpack it: zstd -d 'a.zst'");
  EXPECT_EQ(error_of([] { table_of("BZh91AY&SY\1"s, "a.bz2"); }),
            "a.bz2: is compressed with bzip2; unpack it: bzip2 -d 'a.bz2'");
  EXPECT_THAT(table_of("BZh9,b\n1,2\n", "a.csv").names(), ElementsAre("BZh9", "b"));
}

TEST(ForeignFormat, OtherTablesSayWhatToDo) {
  EXPECT_EQ(error_of([] { table_of("root\0\0\xf6\x14\0\0\0\x64"s, "hits.root"); }),
            "hits.root: is a ROOT file; make a table of it: difftrack convert 'hits.root' -o steps.npz");
  EXPECT_THAT(table_of("rootID,b\n1,2\n", "a.csv").names(), ElementsAre("rootID", "b"));
  EXPECT_THAT(error_of([] { table_of("\x89HDF\r\n\x1a\n\0"s, "a.h5"); }), StartsWith("a.h5: is an HDF5 file"));
  EXPECT_THAT(error_of([] { table_of("PAR1\x15\4"s, "a.parquet"); }), StartsWith("a.parquet: is a Parquet file"));
  EXPECT_EQ(error_of([] { table_of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"s, "a.xls"); }),
            "a.xls: is an Excel workbook, which is not read; save its sheet as CSV");
  EXPECT_THAT(error_of([] { table_of("\x80\x04\x95"s, "a.pkl"); }), StartsWith("a.pkl: is a Python pickle"));
  EXPECT_EQ(error_of([] {
              table_of(
                  "\xff\xfe"
                  "a\0"s,
                  "a.csv");
            }),
            "a.csv: is text in UTF-16; save it as UTF-8");
  EXPECT_THAT(error_of([] { table_of(gzip("root\0\0\xf6\x14"s), "a.root.gz"); }), HasSubstr("is a ROOT file"));
}

TEST(ForeignFormat, AnExcelWorkbookIsToldFromOtherArchives) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.xlsx";
  ZipWriter zip(path, 6, 1);
  zip.begin("xl/workbook.xml");
  zip.end();
  zip.commit();
  EXPECT_EQ(error_of([&] { read_table(path); }),
            path + ": is an Excel workbook, which is not read; save its sheet as CSV");
}

}  // namespace
}  // namespace difftrack::event
