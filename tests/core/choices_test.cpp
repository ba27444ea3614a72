// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/choices.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"

namespace difftrack::core {
namespace {

enum class Pace { Unsaid, Slow, Fast };
constexpr Choices<Pace, 4> choices(Pace) {
  return {{{Pace::Unsaid, ""}, {Pace::Slow, "slow", "one by one"}, {Pace::Fast, "fast"}, {Pace::Fast, "quick"}}};
}
static_assert(Chosen<Pace>);
static_assert(!Chosen<int>);

std::string message_of(const std::string& text) {
  try {
    parse_choice<Pace>(text, "x.toml", "pace");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Choices, NamesAndValuesComeFromOneTable) {
  EXPECT_EQ(name_of(Pace::Fast), "fast");
  EXPECT_EQ(name_of(Pace::Unsaid), "");
  EXPECT_EQ(parse_choice<Pace>("slow", "", ""), Pace::Slow);
  EXPECT_EQ(parse_choice<Pace>("", "", ""), Pace::Unsaid);
  EXPECT_EQ(meanings_of_choices<Pace>(), "slow: one by one");
}

TEST(Choices, AnotherNameIsUnderstoodButNotShown) {
  EXPECT_EQ(parse_choice<Pace>("quick", "", ""), Pace::Fast);
  EXPECT_EQ(choice_names<Pace>(), (std::vector<std::string>{"slow", "fast"}));
}

TEST(Choices, AWrongOneIsRefusedWithTheNearest) {
  EXPECT_EQ(message_of("fats"), "x.toml: pace = 'fats': is no choice; did you mean 'fast'? Choices: slow, fast");
  EXPECT_EQ(message_of("Slow"), "x.toml: pace = 'Slow': is no choice; did you mean 'slow'? Choices: slow, fast");
}

}  // namespace
}  // namespace difftrack::core
