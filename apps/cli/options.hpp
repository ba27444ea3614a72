// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/core/quantity.hpp"

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

/// One flag per field of a Config, with its unit, range and default in `--help`; `skip` names fields that the command
/// sets by other means; `prefix` stands before every flag's name where names alone would not tell what they are of.
/// Range errors are InputErrors that name the flag.
template <class Config>
void add_field_options(CLI::App& app, Config& config, const std::string& group,
                       const std::vector<std::string>& skip = {}, const std::string& prefix = "") {
  core::for_each_field<Config>([&](const auto& each) {
    if (std::find(skip.begin(), skip.end(), each.name) != skip.end()) return;
    auto& member = config.*(each.member);
    using T = std::remove_cvref_t<decltype(member)>;
    const std::string flag = flag_name(prefix + std::string(each.name));
    std::string help(each.help);
    if (!each.unit.empty()) help += fmt::format(" [{}]", each.unit);
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) help += range_text(each.range);
    if constexpr (std::is_same_v<T, bool>) {
      app.add_flag(flag + ",!--no-" + flag.substr(2), member, help + (member ? " (default: on)" : " (default: off)"))
          ->group(group);
    } else {
      auto* option = app.add_option(flag, member, help)->capture_default_str()->group(group);
      // A number may carry a unit: --frame-time 5us.
      if constexpr (std::is_floating_point_v<T>)
        if (const std::string units = core::units_like(each.unit); !units.empty())
          option->transform([flag, base = std::string(each.unit), units](const std::string& text) {
            const auto number = core::parse_quantity(text, base);
            if (!number)
              throw core::InputError({"", flag, text}, "is no number of " + base + ", nor one with a unit of " + units);
            return fmt::format("{}", *number);
          });
      if constexpr (std::is_arithmetic_v<T>)
        option->each([flag, range = each.range, unit = each.unit](const std::string& text) {
          // CLI11 reports text that is no number itself, after this callback.
          try {
            core::check_range("", flag, std::stod(text), range, unit);
          } catch (const std::invalid_argument&) {
          } catch (const std::out_of_range&) {
            throw core::InputError({"", flag, text}, "is a number that no variable can hold");
          }
        });
    }
  });
}

/// Throws InputError with `why` when `flag` was given: an option without effect is a misunderstanding.
inline void refuse_option(const CLI::App& app, const std::string& flag, const std::string& why) {
  if (const CLI::Option* option = app.get_option_no_throw(flag); option != nullptr && option->count() > 0)
    throw core::InputError({"", flag, option->as<std::string>()}, why);
}

/// The same for every flag of a Config; `skip` and `prefix` as in add_field_options.
template <class Config>
void refuse_field_options(const CLI::App& app, const std::string& why, const std::vector<std::string>& skip = {},
                          const std::string& prefix = "") {
  core::for_each_field<Config>([&](const auto& each) {
    if (std::find(skip.begin(), skip.end(), each.name) != skip.end()) return;
    refuse_option(app, flag_name(prefix + std::string(each.name)), why);
  });
}

}  // namespace difftrack::cli
