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

std::string parse_error_of(const std::string& text) {
  try {
    parse_toml(text, "x.toml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ParseToml, CharactersBeyondAsciiPassThroughQuotesAndComments) {
  const auto table = parse_toml("\xef\xbb\xbf# µ\na = 'µ~c2~' # µ\n'ü' = [\"\"\"x\nµ\"\"\", { 'ß' = 1 }]\n", "x.toml");
  EXPECT_EQ(table["a"].value<std::string>(), "µ~c2~");
  EXPECT_EQ(table["ü"][0].value<std::string>(), "x\nµ");
  EXPECT_EQ(table["ü"][1]["ß"].value<int>(), 1);
  EXPECT_EQ(table.size(), 2U);
}

TEST(ParseToml, ElsewhereTheyAreErrorsWithTheirLine) {
  for (const char* bad : {"µ = 2", "b = µ", "b = 2x\"µ", "b = \"\\µ\"", "b = 1='µ'"})
    EXPECT_EQ(parse_error_of(std::string("a = 1\n") + bad).substr(0, 14), "x.toml: line 2") << bad;
  for (const char* bad : {"a = '\xc3'", "a = '\x80'", "a = '\xc0\xaf'", "a = '\xed\xa0\x80'", "a = '\xf5\x80\x80\x80'"})
    EXPECT_EQ(parse_error_of(bad), "x.toml: line 1: is no valid UTF-8");
  EXPECT_EQ(parse_error_of("a = [").substr(0, 14), "x.toml: line 1");
}

}  // namespace
}  // namespace difftrack::core
