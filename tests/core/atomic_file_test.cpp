// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/atomic_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::core {
namespace {

TEST(AtomicFile, AppearsWholeOnCommitAndNotAtAllWithout) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("difftrack_atomic_file_test" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "a.txt").string();
  {
    AtomicFile file(path);
    file.write("half");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  {
    AtomicFile file(path);
    file.write("whole");
    file.commit();
  }
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "whole");
  {
    AtomicFile file(path + "2");
    file.write("whole");
    file.finish();  // on disk, but without its name
    EXPECT_FALSE(std::filesystem::exists(path + "2"));
  }
  EXPECT_FALSE(std::filesystem::exists(path + "2"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);  // a.txt alone
  EXPECT_THROW(AtomicFile("/no/such/folder/x"), InputError);
  EXPECT_THROW(AtomicFile(folder.string()), InputError);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace difftrack::core
