// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/core/fields.hpp"

namespace difftrack::event {

using core::InputError;

const Column* Table::find(std::string_view name) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> all;
  for (const auto& column : columns) all.push_back(column.name);
  return all;
}

const Column& Table::at(std::string_view name) const {
  if (const Column* column = find(name)) return *column;
  if (std::find(skipped.begin(), skipped.end(), name) != skipped.end())
    throw InputError({file, std::string(name), ""}, "is left out: it does not hold one number per row");
  const std::string guess = core::nearest(name, names());
  throw InputError({file, std::string(name), ""}, guess.empty() ? "missing column; the file has none"
                                                                : "missing column; the nearest is '" + guess + "'");
}

void Table::fail(const Column& column, std::size_t row, const std::string& problem) const {
  const std::string value = std::visit([row](const auto& v) { return fmt::format("{}", v[row]); }, column.values);
  throw InputError({file, fmt::format("{}, row {}", column.name, first_row + static_cast<std::int64_t>(row)), value},
                   problem);
}

std::vector<std::int32_t> Table::int32s(std::string_view name) const {
  const Column& column = at(name);
  std::vector<std::int32_t> result(column.size());
  constexpr std::int64_t low = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
  if (const auto* integers = std::get_if<0>(&column.values)) {
    for (std::size_t i = 0; i < result.size(); ++i) {
      const std::int64_t value = (*integers)[i];
      if (value < low || value > high) fail(column, i, "does not fit into 32 bits");
      result[i] = static_cast<std::int32_t>(value);
    }
    return result;
  }
  const auto& reals = std::get<1>(column.values);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!(reals[i] >= static_cast<double>(low) && reals[i] <= static_cast<double>(high)) ||
        reals[i] != std::floor(reals[i]))
      fail(column, i, "must be a whole number of at most 32 bits");
    result[i] = static_cast<std::int32_t>(reals[i]);
  }
  return result;
}

std::vector<std::int64_t> Table::int64s(std::string_view name) const {
  const Column& column = at(name);
  if (const auto* integers = std::get_if<0>(&column.values)) return *integers;
  const auto& reals = std::get<1>(column.values);
  std::vector<std::int64_t> result(reals.size());
  constexpr double kExact = 0x1p53;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!(std::abs(reals[i]) <= kExact))
      fail(column, i, "must be a whole number that a double holds exactly (to 2^53)");
    if (reals[i] != std::floor(reals[i])) fail(column, i, "must be a whole number");
    result[i] = static_cast<std::int64_t>(reals[i]);
  }
  return result;
}

std::vector<std::uint8_t> Table::uint8s(std::string_view name) const {
  const std::vector<std::int32_t> values = int32s(name);
  std::vector<std::uint8_t> result(values.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (values[i] < 0 || values[i] > 255) fail(at(name), i, "must lie in [0, 255]");
    result[i] = static_cast<std::uint8_t>(values[i]);
  }
  return result;
}

namespace {

/// A column as T; `nan`: NaN passes.
template <class T>
std::vector<T> reals(const Table& table, std::string_view name, bool nan) {
  const Column& column = table.at(name);
  std::vector<T> result(column.size());
  std::visit(
      [&](const auto& values) {
        for (std::size_t i = 0; i < result.size(); ++i) {
          const double value = static_cast<double>(values[i]);
          // Written so that NaN fails too.
          if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<T>::max())) && !(nan && std::isnan(value)))
            table.fail(column, i, "must be a finite number");
          result[i] = static_cast<T>(value);
        }
      },
      column.values);
  return result;
}

}  // namespace

std::vector<float> Table::finite_floats(std::string_view name) const { return reals<float>(*this, name, false); }
std::vector<float> Table::floats_or_nan(std::string_view name) const { return reals<float>(*this, name, true); }
std::vector<double> Table::finite_doubles(std::string_view name) const { return reals<double>(*this, name, false); }

}  // namespace difftrack::event
