// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/npz.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "tests/event/made_files.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kGolden = paths::golden() + "/";

std::string little(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += i < 8 ? static_cast<char>(value >> (8 * i) & 0xffU) : '\0';
  return bytes;
}

/// An archive with one stored entry whose sizes and offsets stand in zip64 fields, as for content above 4 GiB.
std::string zip64_of(const std::string& name, const std::string& content, std::uint32_t crc) {
  const std::string elsewhere = "\xff\xff\xff\xff";
  const std::string sizes = little(content.size(), 8) + little(content.size(), 8);
  std::string zip = "PK\3\4" + little(45, 2) + little(0, 4) + little(0, 4) + little(crc, 4) + elsewhere + elsewhere +
                    little(name.size(), 2) + little(20, 2) + name + little(1, 2) + little(16, 2) + sizes + content;
  const std::uint64_t directory = zip.size();
  const std::string extra =
      little(0x7777, 2) + little(1, 2) + "x" + little(1, 2) + little(24, 2) + sizes + little(0, 8);
  zip += "PK\1\2" + little(45, 2) + little(45, 2) + little(0, 4) + little(0, 4) + little(crc, 4) + elsewhere +
         elsewhere + little(name.size(), 2) + little(extra.size(), 2) + little(0, 10) + elsewhere + name + extra;
  const std::uint64_t size = zip.size() - directory;
  const std::uint64_t record = zip.size();
  zip += "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) + little(1, 8) + little(1, 8) +
         little(size, 8) + little(directory, 8);
  zip += "PK\6\7" + little(0, 4) + little(record, 8) + little(1, 4);
  return zip + "PK\5\6" + little(0, 4) + "\xff\xff\xff\xff" + elsewhere + elsewhere + little(0, 2);
}

TEST(Npz, ReadsGoldenArraysOfEveryKind) {
  const NpzFile file(kGolden + "water100_p50_expected.npz");
  EXPECT_THAT(file.read("hit_pos").shape, ElementsAre(1284, 3));
  EXPECT_EQ(file.values<float>("hit_edep").size(), 1284U);
  EXPECT_EQ(file.read("trained_eval_purity").shape, std::vector<std::int64_t>{1});
  EXPECT_EQ(file.values<bool>("hit_primary").size(), 1284U);
  EXPECT_TRUE(file.has("trained_eval_bce_grad/R1.layers.0.weight"));
  EXPECT_EQ(error_of([&] { file.read("hit_posn"); }),
            kGolden + "water100_p50_expected.npz: hit_posn: no such array; the nearest is 'hit_pos'");
  // Fortran order was turned: layer 0 lies at one z.
  const auto position = file.values<float>("hit_pos");
  const auto layer = file.values<int>("hit_layer");
  float z = -1.0F;
  for (std::size_t i = 0; i < layer.size(); ++i) {
    if (layer[i] != 0) continue;
    if (z < 0.0F) z = position[3 * i + 2];
    EXPECT_NEAR(position[3 * i + 2], z, 0.05F);
  }
}

TEST(Npz, ReadsGoldenSteps) {
  const Table table = read_table(kGolden + "water100_p50_steps.npz");
  EXPECT_EQ(table.rows(), 1285U);
  EXPECT_THAT(table.names(),
              ElementsAre("eventID", "trackID", "parentID", "level1ID", "level2ID", "posX", "posY", "posZ", "edep"));
  EXPECT_EQ(table.at("edep").type, "float32");
}

TEST(Npz, Zip64FieldsAreFollowed) {
  const std::string content = npy("[('a', '<i4')]", "(2,)", raw<std::int32_t>(4, 5));
  const auto crc = [&] {
    std::uint32_t c = 0xffffffffU;  // CRC-32, bit by bit, independent of zlib
    for (const char byte : content) {
      c ^= static_cast<std::uint8_t>(byte);
      for (int bit = 0; bit < 8; ++bit) c = (c >> 1U) ^ (0xedb88320U & (0U - (c & 1U)));
    }
    return ~c;
  }();
  EXPECT_THAT(read_table(file_of(zip64_of("arr_0.npy", content, crc))).int32s("a"), ElementsAre(4, 5));
  EXPECT_THAT(error_of([&] { read_table(file_of(zip64_of("arr_0.npy", content, crc ^ 1U))); }),
              HasSubstr("checksum (CRC-32) does not match"));
}

/// A file with a table, a matrix and text.
std::string example(const std::string& path, NpzWriter::Config config, std::size_t piece) {
  std::vector<std::int32_t> event(100'000);
  std::vector<float> edep(event.size());
  for (std::size_t i = 0; i < event.size(); ++i) {
    event[i] = static_cast<std::int32_t>(i / 30);
    edep[i] = 0.001F * static_cast<float>(i * 2654435761U % 1000);
  }
  NpzWriter out(path, config);
  for (std::size_t at = 0; at < event.size(); at += piece) {
    const std::size_t n = std::min(piece, event.size() - at);
    const std::vector<ColumnView> columns = {{"eventID", std::span(event).subspan(at, n)},
                                             {"edep", std::span(edep).subspan(at, n)}};
    out.append("arr_0", columns);
  }
  out.add("matrix", std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3});
  out.add("flags", std::vector<std::uint8_t>{1, 0});
  out.add_text("command", "difftrack simulate");
  out.commit();
  return content_of(path);
}

TEST(NpzWriter, RoundTripAndBytesIndependentOfThreadsAndPieces) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.npz";
  const std::string bytes = example(path, {.level = 1, .threads = 1}, 100'000);
  EXPECT_EQ(bytes, example(folder / "b.npz", {.level = 1, .threads = 3}, 77));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / ""), {}), 2);  // nothing unfinished is left

  const Table table = read_table(path);
  ASSERT_EQ(table.rows(), 100'000U);
  EXPECT_EQ(table.at("eventID").number(99'999), 3333.0);
  EXPECT_EQ(table.finite_floats("edep")[1], 0.001F * static_cast<float>(2654435761U % 1000));
  const NpzFile file(path);
  EXPECT_THAT(file.keys(), ElementsAre("arr_0", "matrix", "flags", "command"));
  EXPECT_THAT(file.read("matrix").shape, ElementsAre(2, 3));
  EXPECT_THAT(file.values<double>("matrix"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(file.values<int>("flags"), ElementsAre(1, 0));
  EXPECT_EQ(file.read("command").text, "difftrack simulate");
  for (const int level : {0, 9}) {
    example(path, {.level = level, .threads = 2}, 5000);
    EXPECT_EQ(read_table(path).at("eventID").number(50'000), 1666.0);
  }
}

TEST(NpzWriter, WithoutCommitNothingIsLeft) {
  const TemporaryFolder folder;
  {
    NpzWriter out(folder / "a.npz");
    out.add("x", std::vector<float>{1.0F});
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.npz"));
  EXPECT_TRUE(std::filesystem::is_empty(folder / ""));
}

TEST(NpzWriter, WrongUseIsNamed) {
  const TemporaryFolder folder;
  NpzWriter out(folder / "a.npz");
  out.add("x", std::vector<float>{1.0F});
  EXPECT_THAT(error_of([&] { out.add("x", std::vector<float>{1.0F}); }), HasSubstr("x.npy: is written twice"));
  EXPECT_THAT(error_of([&] { out.add("y", std::vector<float>{1.0F}, {2}); }), HasSubstr("do not fill the shape (2,)"));
  const std::vector<float> one = {1.0F}, two = {1.0F, 2.0F};
  EXPECT_THAT(error_of([&] {
                out.append("t", std::vector<ColumnView>{{"a", std::span(one)}, {"b", std::span(two)}});
              }),
              HasSubstr("b = '2': entries, but 'a' has 1"));
  out.append("t", std::vector<ColumnView>{{"a", std::span(one)}});
  EXPECT_THAT(error_of([&] {
                out.append("t", std::vector<ColumnView>{{"b", std::span(one)}});
              }),
              HasSubstr("columns differ"));
  EXPECT_THAT(error_of([&] { NpzWriter("/nowhere/a.npz"); }), HasSubstr("/nowhere/a.npz: cannot be written"));
}

TEST(Npz, EveryTruncationIsOneClearError) {
  const std::string content = content_of(kGolden + "water200_p50_steps.npz");
  for (std::size_t size = 2; size < content.size(); size += size < 200 ? 1 : 97) {
    const std::string error = error_of([&] { read_table(file_of(content.substr(0, size), "cut.npz")); });
    EXPECT_THAT(error, ::testing::StartsWith("cut.npz: "));
    EXPECT_THAT(error, HasSubstr("truncated")) << size;
  }
}

TEST(Npz, DamagedContentIsFoundByItsChecksum) {
  std::string content = content_of(kGolden + "water200_p50_steps.npz");
  content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 0x10);
  EXPECT_THAT(error_of([&] { read_table(file_of(content, "bad.npz")); }), HasSubstr("bad.npz: arr_0: is damaged"));
}

TEST(TableReader, ChunksOfAnySizeGiveTheSameRows) {
  const Table whole = read_table(kGolden + "water200_p50_steps.npz");
  for (const std::int64_t size : {1, 100, 869, 100'000}) {
    TableReader reader(kGolden + "water200_p50_steps.npz");
    EXPECT_EQ(reader.total_rows(), 869);
    Table chunk;
    std::size_t row = 0;
    while (reader.next(chunk, size)) {
      ASSERT_EQ(chunk.first_row, static_cast<std::int64_t>(row));
      ASSERT_LE(static_cast<std::int64_t>(chunk.rows()), size);
      for (std::size_t i = 0; i < chunk.rows(); ++i, ++row)
        for (const auto& column : whole.columns) ASSERT_EQ(chunk.at(column.name).number(i), column.number(row));
    }
    EXPECT_EQ(row, whole.rows());
  }
}

TEST(TableReader, ReadsAFileOfRealGeant4) {
  const Table table = read_table(paths::source() + "/tests/data/geant4_water200.npz");
  EXPECT_EQ(table.rows(), 36189U);
  EXPECT_EQ(table.columns.size(), 10U);
  EXPECT_EQ(table.at("eventID").number(36188), 2499.0);
  EXPECT_TRUE(table.warnings.empty());
}

}  // namespace
}  // namespace difftrack::event
