// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/folder_lock.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::core {
namespace {

TEST(FolderLock, IsHeldOnceAndLetGo) {
  const TemporaryFolder folder;
  {
    const FolderLock held(folder / "");
    EXPECT_THROW(FolderLock(folder / ""), InputError);
  }
  { const FolderLock again(folder / ""); }
  EXPECT_TRUE(std::filesystem::is_empty(folder / ""));
  EXPECT_THROW(FolderLock(folder / "none"), InputError);
}

}  // namespace
}  // namespace difftrack::core
