// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace difftrack::core {

/// How many `base` one `unit` is: unit_factor("mm", "cm") = 10. Bases are the units of the house (mm, MeV, ns, rad,
/// mm rad, 1/s, 1/mm) and MB. Nothing for a unit of another kind or an unknown one.
std::optional<double> unit_factor(std::string_view base, std::string_view unit);

/// The units of the same kind as `base`, for messages and `--help`: "nm, um, mm, cm, m"; empty for an unknown base.
std::string units_like(std::string_view base);

/// A number with or without a unit behind it, as a number of `base`: parse_quantity("5us", "ns") = 5000. A base without
/// other units stands for itself: "92 electrons". Nothing for text that is no finite number or a unit of another kind.
std::optional<double> parse_quantity(std::string_view text, std::string_view base);

}  // namespace difftrack::core
