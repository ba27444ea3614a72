// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/quantity.hpp"

#include <array>
#include <numbers>

#include "difftrack/core/parse_number.hpp"

namespace difftrack::core {

namespace {

struct Unit {
  std::string_view base, name;
  double factor;
  bool listed;  // other spellings are understood but not shown
};

constexpr std::array kUnits = {Unit{"mm", "nm", 1e-6, true},
                               Unit{"mm", "um", 1e-3, true},
                               Unit{"mm", "µm", 1e-3, false},
                               Unit{"mm", "mm", 1.0, true},
                               Unit{"mm", "cm", 10.0, true},
                               Unit{"mm", "m", 1000.0, true},
                               Unit{"MeV", "eV", 1e-6, true},
                               Unit{"MeV", "keV", 1e-3, true},
                               Unit{"MeV", "MeV", 1.0, true},
                               Unit{"MeV", "GeV", 1e3, true},
                               Unit{"ns", "ps", 1e-3, true},
                               Unit{"ns", "ns", 1.0, true},
                               Unit{"ns", "us", 1e3, true},
                               Unit{"ns", "µs", 1e3, false},
                               Unit{"ns", "ms", 1e6, true},
                               Unit{"ns", "s", 1e9, true},
                               Unit{"rad", "rad", 1.0, true},
                               Unit{"rad", "mrad", 1e-3, true},
                               Unit{"rad", "deg", std::numbers::pi / 180.0, true},
                               Unit{"rad", "degree", std::numbers::pi / 180.0, false},
                               Unit{"mm rad", "mm-rad", 1.0, true},
                               Unit{"mm rad", "mm rad", 1.0, false},
                               Unit{"mm rad", "mm-mrad", 1e-3, true},
                               Unit{"mm rad", "mm mrad", 1e-3, false},
                               Unit{"1/mm", "1/mm", 1.0, true},
                               Unit{"1/mm", "1/cm", 0.1, true},
                               Unit{"1/mm", "1/m", 1e-3, true},
                               Unit{"MB", "MB", 1.0, true},
                               Unit{"MB", "GB", 1e3, true},
                               Unit{"1/s", "1/s", 1.0, true},
                               Unit{"1/s", "Hz", 1.0, true},
                               Unit{"1/s", "kHz", 1e3, true},
                               Unit{"1/s", "MHz", 1e6, true}};

}  // namespace

std::optional<double> unit_factor(std::string_view base, std::string_view unit) {
  for (const Unit& each : kUnits)
    if (each.base == base && each.name == unit) return each.factor;
  return std::nullopt;
}

std::string units_like(std::string_view base) {
  std::string list;
  for (const Unit& each : kUnits)
    if (each.base == base && each.listed) list += (list.empty() ? "" : ", ") + std::string(each.name);
  return list;
}

std::optional<double> parse_quantity(std::string_view text, std::string_view base) {
  if (const auto number = parse_number(text)) return number;
  // The longest unit that the text ends in: "5um" is no number of metres.
  std::string_view name;
  double factor = 1.0;
  for (const Unit& each : kUnits)
    if (each.base == base && text.ends_with(each.name) && each.name.size() > name.size()) {
      name = each.name;
      factor = each.factor;
    }
  if (name.empty() && text.ends_with(base)) name = base;  // a count of pixels, say, has no other unit
  if (name.empty()) return std::nullopt;
  text.remove_suffix(name.size());
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const auto number = parse_number(text);
  if (!number) return std::nullopt;
  return *number * factor;
}

}  // namespace difftrack::core
