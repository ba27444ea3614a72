// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/tensorboard_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "difftrack/core/error.hpp"

namespace difftrack::learn {
namespace {

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Data of every record, after checking both checksums of each.
std::vector<std::string> records(const std::string& bytes) {
  const auto masked = [](std::string_view data) {
    const std::uint32_t crc = crc32c(data);
    return static_cast<std::uint32_t>(((crc >> 15) | (crc << 17)) + 0xa282ead8U);
  };
  std::vector<std::string> all;
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t length = 0;
    std::uint32_t crc = 0;
    std::memcpy(&length, bytes.data() + at, 8);
    std::memcpy(&crc, bytes.data() + at + 8, 4);
    EXPECT_EQ(crc, masked(std::string_view(bytes).substr(at, 8)));
    all.push_back(bytes.substr(at + 12, length));
    std::memcpy(&crc, bytes.data() + at + 12 + length, 4);
    EXPECT_EQ(crc, masked(all.back()));
    at += 16 + length;
  }
  return all;
}

class TensorBoardFileTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  // Tests run side by side in processes of their own.
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("difftrack_tensorboard_file_test_" + std::to_string(getpid()));
  std::string path_ = (folder_ / "events.out.tfevents.1.host").string();
};

TEST(Crc32c, MatchesTheCheckValueOfTheCatalogue) { EXPECT_EQ(crc32c("123456789"), 0xe3069283U); }

TEST_F(TensorBoardFileTest, HoldsTheVersionAndTheScalarsInProtocolBufferForm) {
  {
    TensorBoardFile file(path_, 0);
    file.add_scalar("Loss/train", 300, 0.5);
    file.flush();
  }
  const auto all = records(read(path_));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NE(all[0].find("\x1a\x0d"
                        "brain.Event:2"),
            std::string::npos);
  // step 300 as varint; summary { value { tag: "Loss/train" simple_value: 0.5 } }
  EXPECT_EQ(all[1].substr(9), std::string("\x10\xac\x02\x2a\x13\x0a\x11\x0a\x0aLoss/train\x15\x00\x00\x00\x3f", 24));
}

TEST_F(TensorBoardFileTest, ContinuesFromTheRememberedLength) {
  std::int64_t length = 0;
  {
    TensorBoardFile file(path_, 0);
    file.add_scalar("a", 1, 1.0);
    length = file.flush();
    file.add_scalar("a", 2, 2.0);  // after the checkpoint: written again by the resumed run
  }
  {
    TensorBoardFile file(path_, length);
    file.add_scalar("a", 2, 3.0);
  }
  const auto all = records(read(path_));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].substr(all[2].size() - 4), std::string("\0\0\x40\x40", 4));  // 3.0f
  EXPECT_THROW(TensorBoardFile(path_, length * 10), core::InputError);
  EXPECT_THROW(TensorBoardFile("/no/such/folder/events", 0), core::InputError);
}

}  // namespace
}  // namespace difftrack::learn
