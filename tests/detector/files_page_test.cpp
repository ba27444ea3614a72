// SPDX-License-Identifier: Apache-2.0
// docs/files.md lists every name that the readers know.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/detector/steps/steps_layout.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::detector {
namespace {

TEST(FilesPage, ListsEveryKnownName) {
  const std::string page = event::content_of(DIFFTRACK_SOURCE_DIR "/docs/files.md");
  ASSERT_FALSE(page.empty());
  for (const QuantityNames& quantity : known_quantities())
    for (const auto name : quantity.names)
      EXPECT_THAT(page, ::testing::HasSubstr(fmt::format("`{}`", name))) << quantity.quantity;
  for (const auto& position : known_positions())
    EXPECT_THAT(page, ::testing::HasSubstr(fmt::format("`{}", position[0]))) << position[0];
}

}  // namespace
}  // namespace difftrack::detector
