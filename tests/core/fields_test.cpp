// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/fields.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/toml_fields.hpp"

namespace difftrack::core {
namespace {

enum class Side { Front, Deep };
constexpr Choices<Side, 2> choices(Side) { return {{{Side::Front, "front"}, {Side::Deep, "deep"}}}; }

/// A part of Config, and of others.
struct Filter {
  double limit = 2.0;
  Side side = Side::Front;
  static constexpr auto fields() {
    return std::tuple{field("limit", &Filter::limit, "mm", {0.0, 10.0}, "Largest distance."),
                      field("side", &Filter::side, "", "Side to start from.")};
  }
};

struct Config {
  double angle = 0.4;
  int count = 3;
  bool fast = false;
  std::string name = "a";
  Filter filter;
  double slope = 0.0;
  std::optional<double> place;
  int memory = 100;
  static constexpr auto fields() {
    return std::tuple{field("angle", &Config::angle, "rad", {0.0, 1.5}, "Largest angle."),
                      field("count", &Config::count, "", {1, 10}, "How many."),
                      field("fast", &Config::fast, "", "Hurry."),
                      field("name", &Config::name, "", "What."),
                      part(&Config::filter),
                      field("slope", &Config::slope, "rad", {0.0, 0.1}, "Spread.").usually_in("mrad"),
                      field("place", &Config::place, "mm", {-5.0, 5.0}, "Where."),
                      field("memory", &Config::memory, "MB", {1, 1e6}, "Room.")};
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

TEST(Fields, PartsHaveTheirKeysRangesAndValuesInTheOwner) {
  EXPECT_EQ(field_names<Config>(),
            (std::vector<std::string>{"angle", "count", "fast", "name", "limit", "side", "slope", "place", "memory"}));
  Config config;
  read_fields(toml::parse("limit = 3\nside = 'deep'"), "x.toml", config);
  EXPECT_EQ(config.filter.limit, 3.0);
  EXPECT_EQ(config.filter.side, Side::Deep);
  EXPECT_EQ(message_of("limit = 11"), "x.toml: limit = '11': must lie in [0, 10] mm");
  config.filter.limit = -1.0;
  EXPECT_THROW(check_fields(config, ""), InputError);
  EXPECT_THROW(check_fields(config.filter, ""), InputError);
}

TEST(Fields, ChoicesAreNames) {
  EXPECT_EQ(message_of("side = 'depe'"),
            "x.toml: side = 'depe': is no choice; did you mean 'deep'? Choices: front, deep");
  EXPECT_EQ(message_of("side = 1"), "x.toml: side: has the wrong type; expected text");
}

TEST(Fields, NumbersMayCarryAUnitWhereTheyHaveOne) {
  Config config;
  read_fields(toml::parse("angle = '300 mrad'\nlimit = '0.2 cm'\nmemory = '2 GB'\nplace = '-2 um'"), "x.toml", config);
  EXPECT_EQ(config.angle, 300 * 1e-3);
  EXPECT_EQ(config.filter.limit, 2.0);
  EXPECT_EQ(config.memory, 2000);
  EXPECT_EQ(config.place, -2 * 1e-3);
  EXPECT_EQ(message_of("angle = '3 rad'"), "x.toml: angle = '3': must lie in [0, 1.5] rad");
  EXPECT_EQ(message_of("angle = '3 mm'"),
            "x.toml: angle = '3 mm': is no number of rad, nor one with a unit of rad, mrad, deg");
  EXPECT_EQ(message_of("count = '3 mm'"), "x.toml: count: has the wrong type; expected an integer");
  EXPECT_EQ(message_of("memory = '1.0005 GB'"),
            "x.toml: memory = '1.0005 GB': is no whole number of MB, nor one with a unit of MB, GB");
}

TEST(Fields, WhereAnotherUnitIsUsualOneHasToBeGiven) {
  Config config;
  read_fields(toml::parse("slope = '2.5 mrad'"), "x.toml", config);
  EXPECT_EQ(config.slope, 2.5 * 1e-3);
  read_fields(toml::parse("slope = '0.002 rad'"), "x.toml", config);
  EXPECT_EQ(config.slope, 0.002);
  read_fields(toml::parse("slope = 0"), "x.toml", config);
  EXPECT_EQ(config.slope, 0.0);
  for (const char* text : {"slope = 0.05", "slope = '0.05'"})
    EXPECT_EQ(message_of(text),
              "x.toml: slope = '0.05': needs a unit, as 0.05mrad: without one it could be taken for rad or for mrad");
}

TEST(Fields, AutomaticNumbersAreNumbersOrAuto) {
  Config config;
  read_fields(toml::parse("place = 3"), "x.toml", config);
  EXPECT_EQ(config.place, 3.0);
  read_fields(toml::parse("place = 'auto'"), "x.toml", config);
  EXPECT_EQ(config.place, std::nullopt);
  EXPECT_EQ(message_of("place = 9"), "x.toml: place = '9': must lie in [-5, 5] mm");
  EXPECT_EQ(message_of("place = 'left'").substr(0, 40), "x.toml: place = 'left': is no number of ");
  config.place = 6.0;
  EXPECT_THROW(check_fields(config, ""), InputError);
}

/// The text of one option, and what is read from that text again.
std::string there_and_back(Config config, const std::string& name) {
  std::string text;
  Config again;
  for_each_field<Config>([&](const auto& each) {
    if constexpr (!std::is_same_v<typename std::remove_cvref_t<decltype(each)>::Value, bool>) {
      if (each.name != name) return;
      text = field_text(each, each.of(config));
      each.of(again) = parse_field(each, text, "", name);
      EXPECT_EQ(each.of(again), each.of(config)) << text;
    }
  });
  return text;
}

TEST(Fields, TextOfAValueIsThatValueAgain) {
  Config config;
  EXPECT_EQ(there_and_back(config, "angle"), "0.4");
  EXPECT_EQ(there_and_back(config, "side"), "front");
  EXPECT_EQ(there_and_back(config, "place"), "auto");
  config.place = -1.0 / 3.0;
  EXPECT_EQ(there_and_back(config, "place"), "-0.3333333333333333");
  config.slope = 2.45 * 1e-3;
  EXPECT_EQ(there_and_back(config, "slope"), "2.45mrad");
  config.slope = 0.1 / 3.0;
  EXPECT_EQ(there_and_back(config, "slope"), "0.03333333333333333rad");  // no number of mrad is the same to the bit
  config.angle = 1e-5;
  EXPECT_EQ(there_and_back(config, "angle"), "1e-05");
  config.memory = 100000;
  EXPECT_EQ(there_and_back(config, "memory"), "100000");
}

TEST(Fields, WholeNumbersKeepAllTheirDigits) {
  const NumberText rule{"", {0, 9e18}, ""};
  EXPECT_EQ(parse_integer_option("8999999999999999999", rule, "", ""), 8999999999999999999);
  EXPECT_EQ(parse_integer_option("1e5", rule, "", ""), 100000);
  EXPECT_THROW(parse_integer_option("1e17", rule, "", ""), InputError);
  EXPECT_THROW(parse_integer_option("1.5", rule, "", ""), InputError);
  EXPECT_THROW(parse_integer_option("", rule, "", ""), InputError);
  EXPECT_THROW(parse_integer_option("99999999999999999999", rule, "", ""), InputError);
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
