// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/fields.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/toml_fields.hpp"

namespace difftrack::core {
namespace {

struct Config {
  double angle = 0.4;
  int count = 3;
  bool fast = false;
  std::string name = "a";
  static constexpr auto fields() {
    return std::tuple{field("angle", &Config::angle, "rad", {0.0, 1.5}, "Largest angle."),
                      field("count", &Config::count, "", {1, 10}, "How many."),
                      field("fast", &Config::fast, "", "Hurry."), field("name", &Config::name, "", "What.")};
  }
};

std::string message_of(const std::string& text) {
  Config config;
  try {
    read_fields(toml::parse(text), "x.toml", config);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Fields, ReadsEveryTypeAndKeepsDefaults) {
  Config config;
  read_fields(toml::parse("angle = 1\nfast = true\nname = 'b'"), "x.toml", config);
  EXPECT_EQ(config.angle, 1.0);
  EXPECT_EQ(config.count, 3);
  EXPECT_TRUE(config.fast);
  EXPECT_EQ(config.name, "b");
}

TEST(Fields, UnknownKeyNamesTheNearest) {
  EXPECT_EQ(message_of("angel = 1"), "x.toml: angel: unknown key; did you mean 'angle'?");
}

TEST(Fields, WrongTypeAndRangeNameKeyAndValue) {
  EXPECT_EQ(message_of("count = 'x'"), "x.toml: count: has the wrong type; expected an integer");
  EXPECT_EQ(message_of("fast = 1"), "x.toml: fast: has the wrong type; expected true or false");
  EXPECT_EQ(message_of("angle = -1"), "x.toml: angle = '-1': must lie in [0, 1.5] rad");
  EXPECT_EQ(message_of("angle = nan"), "x.toml: angle = 'nan': must lie in [0, 1.5] rad");
}

TEST(ParseToml, CharactersBeyondAsciiBelongInQuotesAndComments) {
  const auto error_in = [](const std::string& text) -> std::string {
    try {
      parse_toml(text, "x.toml");
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_in("\xef\xbb\xbf# µ\na = 'µ' # µ\n'µ' = \"\\\"µ\"\nb = \"\"\"x\nµ\"\"\"\"\nc = '''µ'''\nd = \"\"\n"),
            "no error");
  EXPECT_EQ(error_in("a = 1\nµ = 2"),
            "x.toml: line 2: characters beyond ASCII must be in quotes or a comment, and not behind a backslash");
  EXPECT_EQ(error_in("a = \"\"\"x\"\"\"\"\"\nµ = 2"),
            "x.toml: line 2: characters beyond ASCII must be in quotes or a comment, and not behind a backslash");
  EXPECT_EQ(error_in("a = '\\'\nµ = 2"),
            "x.toml: line 2: characters beyond ASCII must be in quotes or a comment, and not behind a backslash");
  EXPECT_NE(error_in("a = \"\"\"x \\ \n µ\"\"\"").find("x.toml: line 1: characters beyond ASCII"), std::string::npos);
  EXPECT_NE(error_in("a = [").find("x.toml: line 1"), std::string::npos);
}

}  // namespace
}  // namespace difftrack::core
