// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/version.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "tests/support/paths.hpp"

namespace difftrack::core {
namespace {

TEST(Version, IsSemanticAndThatOfTheCitation) {
  EXPECT_TRUE(std::regex_match(version(), std::regex("(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)"))) << version();
  std::ifstream file(paths::source() + "/CITATION.cff");
  const std::string citation{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(citation.find("\nversion: " + version() + "\n"), std::string::npos) << citation;
  std::ifstream changes(paths::source() + "/CHANGELOG.md");
  const std::string log{std::istreambuf_iterator<char>(changes), {}};
  EXPECT_NE(log.find("\n## " + version() + "\n"), std::string::npos);
}

}  // namespace
}  // namespace difftrack::core
