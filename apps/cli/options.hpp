// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::cli {

/// "max_angle" → "--max-angle".
inline std::string flag_name(std::string_view field) {
  std::string flag = "--" + std::string(field);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

/// " (0 to 1)", " (from 0)", or nothing where every number will do.
inline std::string range_text(const core::Range& range) {
  constexpr double kVast = 1e9;  // such a bound guards arithmetic; telling it would confuse
  const bool low = range.low > -kVast, high = range.high < kVast;
  if (low && high) return fmt::format(" ({:g} to {:g})", range.low, range.high);
  if (low) return fmt::format(" (from {:g})", range.low);
  return high ? fmt::format(" (up to {:g})", range.high) : "";
}

/// What stands in `--help` of a field: its sentence, unit, range and what its choices mean.
template <class AnyField>
std::string help_text(const AnyField& field) {
  using T = typename AnyField::Value;
  std::string help(field.help);
  if (!field.unit.empty()) help += fmt::format(" [{}{}]", field.unit, field.written_in.empty() ? "" : "; unit needed");
  if constexpr (std::is_enum_v<T>)
    if (const std::string meanings = core::meanings_of_choices<T>(); !meanings.empty()) help += " " + meanings + ".";
  if constexpr (!std::is_same_v<T, bool> && !std::is_enum_v<T> && !std::is_same_v<T, std::string>)
    help += range_text(field.range);
  return help;
}

/// What stands behind the flag in `--help`: the kind of value, or the choices.
template <class T>
std::string type_text() {
  if constexpr (std::is_enum_v<T>)
    return fmt::format("{{{}}}", fmt::join(core::choice_names<T>(), ","));
  else
    return std::is_integral_v<T> ? "INT" : std::is_same_v<T, std::string> ? "TEXT" : "FLOAT";
}

/// What stands before the flag of a field, where its name alone would not tell what it is of.
using FlagPrefix = std::function<std::string(std::string_view field)>;

/// The same prefix for all.
inline FlagPrefix prefix_of_all(const std::string& prefix) {
  return [prefix](std::string_view) { return prefix; };
}

/// One flag per field of a Config, with its unit, range, choices and default in `--help`; `skip` names fields that the
/// command sets by other means. Numbers may carry a unit where the field has one: --frame-time 5us. Errors are
/// InputErrors that name the flag.
template <class Config>
void add_field_options(CLI::App& app, Config& config, const std::string& group,
                       const std::vector<std::string>& skip = {}, const FlagPrefix& prefix = prefix_of_all("")) {
  core::for_each_field<Config>([&](const auto& each) {
    if (std::find(skip.begin(), skip.end(), each.name) != skip.end()) return;
    auto& member = each.of(config);
    using T = std::remove_cvref_t<decltype(member)>;
    const std::string flag = flag_name(prefix(each.name) + std::string(each.name));
    const std::string help = help_text(each);
    if constexpr (std::is_same_v<T, bool>) {
      app.add_flag(flag + ",!--no-" + flag.substr(2), member, help + (member ? " (default: on)" : " (default: off)"))
          ->group(group);
    } else {
      const auto set = [&member, each, flag](const std::string& text) {
        member = core::parse_field(each, text, "", flag);
      };
      app.add_option_function<std::string>(flag, set, help)
          ->type_name(type_text<T>())
          ->default_str(core::field_text(each, member))
          ->group(group);
    }
  });
}

/// A flag of a choice that is no field of a Config.
template <core::Chosen Enum>
CLI::Option* add_choice_option(CLI::App& app, const std::string& flag, Enum& value, const std::string& help) {
  const std::string meanings = core::meanings_of_choices<Enum>();
  return app
      .add_option_function<std::string>(
          flag, [&value, flag](const std::string& text) { value = core::parse_choice<Enum>(text, "", flag); },
          help + (meanings.empty() ? "" : " " + meanings + "."))
      ->type_name(type_text<Enum>())
      ->default_str(std::string(core::name_of(value)));
}

/// Throws InputError with `why` when `flag` was given: an option without effect is a misunderstanding.
inline void refuse_option(const CLI::App& app, const std::string& flag, const std::string& why) {
  if (const CLI::Option* option = app.get_option_no_throw(flag); option != nullptr && option->count() > 0)
    throw core::InputError({"", flag, option->as<std::string>()}, why);
}

/// The same for every flag of a Config; `skip` and `prefix` as in add_field_options.
template <class Config>
void refuse_field_options(const CLI::App& app, const std::string& why, const std::vector<std::string>& skip = {},
                          const FlagPrefix& prefix = prefix_of_all("")) {
  core::for_each_field<Config>([&](const auto& each) {
    if (std::find(skip.begin(), skip.end(), each.name) != skip.end()) return;
    refuse_option(app, flag_name(prefix(each.name) + std::string(each.name)), why);
  });
}

}  // namespace difftrack::cli
