// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace difftrack::core {

/// One value of an option that is a choice.
template <class Enum>
struct Choice {
  Enum value;
  std::string_view name;          ///< in flags, TOML and files; "": the value that stands for none given
  std::string_view meaning = {};  ///< for `--help`, where the name does not say it all
};

/// The one table of an enum's names. It stands beside the enum, where `choices(Enum)` is found by its argument:
///   `enum class Side { Front, Deep };`
///   `constexpr core::Choices<Side, 2> choices(Side) { return {{{Side::Front, "front"}, {Side::Deep, "deep"}}}; }`
/// A later name of the same value is understood, but never shown.
template <class Enum, std::size_t n>
using Choices = std::array<Choice<Enum>, n>;

/// An enum with a table of names.
template <class Enum>
concept Chosen = std::is_enum_v<Enum> && requires(Enum value) {
  choices(value);
};

/// What the value is called.
template <Chosen Enum>
constexpr std::string_view name_of(Enum value) {
  for (const auto& each : choices(value))
    if (each.value == value) return each.name;
  return {};
}

/// The names that are shown, in the order of the table: each value's first one.
template <Chosen Enum>
std::vector<std::string> choice_names() {
  std::vector<std::string> names;
  for (const auto& each : choices(Enum{}))
    if (!each.name.empty() && name_of(each.value) == each.name) names.emplace_back(each.name);
  return names;
}

/// Throws InputError (file, key, text) that names the nearest of `names` and lists all.
[[noreturn]] void throw_no_choice(const std::string& file, std::string_view key, std::string_view text,
                                  const std::vector<std::string>& names);

/// The value called `text`. Throws InputError (file, key, text) with the nearest name and all others.
template <Chosen Enum>
Enum parse_choice(std::string_view text, const std::string& file, std::string_view key) {
  for (const auto& each : choices(Enum{}))
    if (each.name == text) return each.value;
  throw_no_choice(file, key, text, choice_names<Enum>());
}

/// What the names mean, as `--help` says it: "front: with the beam; deep: against it"; empty where names say it all.
template <Chosen Enum>
std::string meanings_of_choices() {
  std::string text;
  for (const auto& each : choices(Enum{}))
    if (!each.meaning.empty())
      text += (text.empty() ? "" : "; ") + std::string(each.name) + ": " + std::string(each.meaning);
  return text;
}

}  // namespace difftrack::core
