// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/root_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::HasSubstr;

std::string big_endian(std::uint64_t number, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
  return bytes;
}

/// A file of `size` bytes that begins as a ROOT file; its last records are those of the free segments.
struct MadeRoot {
  std::uint64_t version = 62400, begin = 100, end = 1000;
  std::uint64_t seek_free = 940, bytes_free = 60, seek_info = 500, bytes_info = 300;
  std::size_t size = 1000;

  std::shared_ptr<const Bytes> file() const {
    const int place = version >= 1'000'000 ? 8 : 4;
    std::string bytes = "root" + big_endian(version, 4) + big_endian(begin, 4) + big_endian(end, place) +
                        big_endian(seek_free, place) + big_endian(bytes_free, 4) + big_endian(1, 4) +
                        big_endian(50, 4) + big_endian(static_cast<std::uint64_t>(place), 1) + big_endian(101, 4) +
                        big_endian(seek_info, place) + big_endian(bytes_info, 4);
    bytes.resize(size, 'x');
    return file_of(bytes, "gate.root");
  }
};

std::string verdict(const MadeRoot& made) {
  return error_of([&] { EXPECT_EQ(check_root_file(*made.file()), ""); });
}

TEST(RootHeader, ToldByItsFirstBytes) {
  EXPECT_TRUE(is_root_file(*MadeRoot{}.file()));
  EXPECT_TRUE(is_root_file(*MadeRoot{.version = 1'062'400}.file()));
  for (const std::string text : {"", "root", "root,x,y\n1,2,3\n", "roots\n", "PK\3\4"})
    EXPECT_FALSE(is_root_file(*file_of(text))) << text;
}

TEST(RootHeader, WholeFilesOfBothWidths) {
  EXPECT_EQ(verdict({}), "no error");
  EXPECT_EQ(verdict({.version = 1'062'400}), "no error");
  EXPECT_EQ(verdict({.version = 30203, .begin = 64}), "no error");
}

TEST(RootHeader, CutOff) {
  EXPECT_EQ(verdict({.size = 999}), "gate.root: is cut off: its header says 1000 bytes, it has 999");
  EXPECT_EQ(verdict({.version = 1'062'400, .end = 5'000'000'000, .seek_free = 4'999'999'000}),
            "gate.root: is cut off: its header says 5000000000 bytes, it has 1000");
  EXPECT_EQ(verdict({.size = 44}), "gate.root: is cut off within its header, after 44 bytes");
  EXPECT_EQ(verdict({.version = 1'062'400, .size = 56}), "gate.root: is cut off within its header, after 56 bytes");
  EXPECT_EQ(verdict({.end = 45, .seek_free = 45, .size = 45}),
            "gate.root: is damaged: its header points outside the file");
  EXPECT_EQ(verdict({.size = 5}), "gate.root: is cut off within its header, after 5 bytes");
}

TEST(RootHeader, NeverClosed) {
  for (const MadeRoot& made : {MadeRoot{.end = 238, .seek_free = 0, .bytes_free = 0, .seek_info = 0, .bytes_info = 0},
                               MadeRoot{.seek_info = 0}, MadeRoot{.bytes_info = 0}, MadeRoot{.seek_free = 0},
                               MadeRoot{.version = 1'062'400, .bytes_free = 0}})
    EXPECT_THAT(verdict(made), HasSubstr("gate.root: was never closed: its header is unfinished"));
}

TEST(RootHeader, PointsOutside) {
  for (const MadeRoot& made : {MadeRoot{.seek_free = 941}, MadeRoot{.seek_info = 99}, MadeRoot{.bytes_info = 501},
                               MadeRoot{.version = 1'062'400, .seek_info = ~std::uint64_t{0}}})
    EXPECT_EQ(verdict(made), "gate.root: is damaged: its header points outside the file");
}

TEST(RootHeader, WarnsOfBytesBehindTheEnd) {
  EXPECT_THAT(check_root_file(*MadeRoot{.size = 1234}.file()), HasSubstr("234 bytes follow the end"));
}

}  // namespace
}  // namespace difftrack::event
