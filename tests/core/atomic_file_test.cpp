// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/atomic_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "difftrack/core/error.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::core {
namespace {

TEST(AtomicFile, AppearsWholeOnCommitAndNotAtAllWithout) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.txt", other = folder / "b.txt";
  {
    AtomicFile file(path);
    file.write("half");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / ""));
  {
    AtomicFile file(path);
    file.write("whole");
    file.commit();
  }
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "whole");
  {
    AtomicFile file(other);
    file.write("whole");
    file.finish();  // on disk, but without its name
    EXPECT_FALSE(std::filesystem::exists(other));
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / ""), {}), 1);  // a.txt alone
  EXPECT_THROW(AtomicFile("/no/such/folder/x"), InputError);
  EXPECT_THROW(AtomicFile(folder / ""), InputError);
}

}  // namespace
}  // namespace difftrack::core
