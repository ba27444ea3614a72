// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/shipped_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "difftrack/core/error.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::core {
namespace {

// Another prefix is the business of tests/tools/install_test.sh and link_test.sh.
TEST(ShippedFiles, AProgramOfTheBuildTreeUsesTheSourceTree) {
  EXPECT_EQ(find_shipped("detectors", "bergen-dtc", ".toml"), paths::source() + "/detectors/bergen-dtc.toml");
  EXPECT_THAT(shipped_names("models", ".safetensors"), testing::IsSupersetOf({"bergen-dtc", "groningen-w"}));
}

TEST(ShippedFiles, APathIsReturnedAsItIs) {
  EXPECT_EQ(find_shipped("detectors", "a/b", ".toml"), "a/b");
  EXPECT_EQ(find_shipped("detectors", "mine.toml", ".toml"), "mine.toml");
}

TEST(ShippedFiles, AnUnknownNameIsAnsweredWithTheShippedOnes) {
  try {
    find_shipped("detectors", "bergen", ".toml");
    FAIL() << "found";
  } catch (const InputError& error) {
    EXPECT_EQ(error.where().field, "detector");
    EXPECT_THAT(error.what(), testing::HasSubstr("shipped are bergen-dtc, "));
  }
}

TEST(ShippedFiles, ALibraryThatCarriesThemLooksNowhereElse) {
  const std::string folder = testing::TempDir() + "shipped_files_test";
  std::filesystem::create_directories(folder + "/detectors");
  std::ofstream(folder + "/detectors/mine.toml") << "\n";
  look_for_shipped_files_in(folder);
  EXPECT_EQ(find_shipped("detectors", "mine", ".toml"), folder + "/detectors/mine.toml");
  EXPECT_THAT(shipped_names("detectors", ".toml"), testing::ElementsAre("mine"));
  EXPECT_THROW(find_shipped("detectors", "bergen-dtc", ".toml"), InputError);
  look_for_shipped_files_in("");
  EXPECT_EQ(find_shipped("detectors", "bergen-dtc", ".toml"), paths::source() + "/detectors/bergen-dtc.toml");
}

}  // namespace
}  // namespace difftrack::core
