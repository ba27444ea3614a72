// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/folder_lock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::core {
namespace {

TEST(FolderLock, IsHeldOnceAndLetGo) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("difftrack_folder_lock_test" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  {
    const FolderLock held(folder.string());
    EXPECT_THROW(FolderLock(folder.string()), InputError);
  }
  { const FolderLock again(folder.string()); }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
  EXPECT_THROW(FolderLock(folder.string()), InputError);
}

}  // namespace
}  // namespace difftrack::core
