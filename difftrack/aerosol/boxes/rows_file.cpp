// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/boxes/rows_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/version.hpp"
#include "difftrack/event/io/npz.hpp"

namespace difftrack::aerosol {

namespace {

std::string input_names() { return fmt::format("{}", fmt::join(kInputNames, " ")); }

/// What a column of x may be, and what else it looks like then.
struct Bound {
  double low, high;
  std::string_view problem;
};
Bound bound_of(std::size_t column) {
  constexpr double kAny = 1e30;
  switch (column) {
    case Pressure:
      return {2000.0, 120000.0, "is no pressure of the air in Pa (is it in hPa?)"};
    case Temperature:
      return {150.0, 350.0, "is no temperature of the air in K"};
    case Humidity:
      return {0.0, 1.0, "is no relative humidity, 0 to 1 (is it in per cent?)"};
    case CloudCover:
      return {0.0, 1.0, "is no cloud cover, 0 to 1"};
    case InBoundaryLayer:
      return {0.0, 1.0, "is neither 0 nor 1"};
    case ForestFraction:
      return {0.0, 1.0, "is no forest fraction, 0 to 1"};
    default:
      return {0.0, kAny, "is negative"};
  }
}

[[noreturn]] void fail(const std::string& path, std::size_t row, std::size_t column, float value,
                       std::string_view problem) {
  throw core::InputError({path, fmt::format("x, row {}, {}", row, kInputNames.at(column)), fmt::format("{:g}", value)},
                         std::string(problem));
}

void check_inputs(const std::string& path, const std::vector<float>& x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t row = i / kInputs, column = i % kInputs;
    const Bound bound = bound_of(column);
    if (!std::isfinite(x[i])) fail(path, row, column, x[i], "is no number");
    if (x[i] < bound.low || x[i] > bound.high) fail(path, row, column, x[i], bound.problem);
    if (column != GasWithProduction) continue;
    const double made = constants::kTimeStep * double{x[row * kInputs + Production]};
    if (x[i] < made * (1.0 - 1e-5))
      fail(path, row, column, x[i], fmt::format("is less than is produced in a step, {:g}", made));
  }
}

void check_names(const event::NpzFile& file) {
  if (!file.has("x_names")) return;
  const std::string names = file.read("x_names").text;
  if (names.empty() || names == input_names()) return;
  throw core::InputError({file.name(), "x_names", names}, "are other columns than an emulator takes: " + input_names());
}

/// A float array of `width` columns.
std::vector<float> table(const event::NpzFile& file, std::string_view key, std::size_t width) {
  const event::NpyArray array = file.read(key);
  const auto wide = static_cast<std::int64_t>(width);
  if (array.shape.size() == 2 && array.shape[1] == wide) return array.as<float>();
  const std::string shape = fmt::format("[{}]", fmt::join(array.shape, ", "));
  std::string missing;
  if (key == "x" && array.shape.size() == 2 && array.shape[1] < wide && array.shape[1] >= 0)
    missing = fmt::format("; {} is missing", kInputNames.at(static_cast<std::size_t>(array.shape[1])));
  throw core::InputError({file.name(), fmt::format("shape of {}", key), shape},
                         fmt::format("is not [rows, {}]{}", width, missing));
}

template <class T>
std::vector<T> column(const event::NpzFile& file, std::string_view key, std::size_t n) {
  std::vector<T> values = file.values<T>(key);
  if (values.size() != n)
    throw core::InputError({file.name(), std::string(key), fmt::format("{} values", values.size())},
                           fmt::format("is not one per row of x, {}", n));
  return values;
}

}  // namespace

void write_rows(event::NpzWriter& out, const Rows& rows, const std::string& command) {
  const auto n = static_cast<std::int64_t>(rows.size());
  const auto wide = [n](std::size_t width) { return std::vector<std::int64_t>{n, static_cast<std::int64_t>(width)}; };
  out.add("x", rows.x, wide(kInputs));
  out.add("y", rows.y, wide(kOutputs));
  out.add("new_state", rows.new_state, wide(kNewState));
  out.add("regime", rows.regime);
  out.add("kind", rows.kind);
  out.add("box", rows.box);
  out.add("nucleation_rate", rows.nucleation_rate);
  out.add("new_particles", rows.new_particles);
  out.add("condensation_sink", rows.condensation_sink);
  out.add("mode_transfer", rows.mode_transfer, wide(3));
  out.add("dt", std::vector<double>{constants::kTimeStep});
  std::string outputs, units, regimes;
  for (std::size_t c = 0; c < kOutputs; ++c) {
    outputs += fmt::format("{}{}", c > 0 ? " " : "", output_name(c));
    units += fmt::format("{}{}", c > 0 ? ", " : "", c < kNewState ? kInputUnits.at(kFirstState + c) : "ug/m3");
  }
  for (const std::string& each : core::choice_names<Regime>())
    if (each != "all") regimes += fmt::format("{}{}", regimes.empty() ? "" : " ", each);
  out.add_text("x_names", input_names());
  out.add_text("x_units", fmt::format("{}", fmt::join(kInputUnits, ", ")));
  out.add_text("y_names", outputs);
  out.add_text("y_units", units);
  out.add_text("regime_names", regimes);
  out.add_text("command", command);
  out.add_text("difftrack", core::version());
}

std::vector<float> read_input_rows(const std::string& path) {
  const event::NpzFile file(path);
  check_names(file);
  std::vector<float> x = table(file, "x", kInputs);
  check_inputs(path, x);
  return x;
}

Rows read_rows(const std::string& path) {
  Rows rows;
  rows.x = read_input_rows(path);
  const std::size_t n = rows.x.size() / kInputs;
  const event::NpzFile file(path);
  rows.y = table(file, "y", kOutputs);
  rows.new_state = table(file, "new_state", kNewState);
  rows.regime = column<std::uint8_t>(file, "regime", n);
  rows.kind = column<std::uint8_t>(file, "kind", n);
  rows.box = column<std::int32_t>(file, "box", n);
  rows.nucleation_rate = column<float>(file, "nucleation_rate", n);
  rows.new_particles = column<float>(file, "new_particles", n);
  rows.condensation_sink = column<float>(file, "condensation_sink", n);
  rows.mode_transfer = table(file, "mode_transfer", 3);
  if (rows.y.size() != n * kOutputs || rows.new_state.size() != n * kNewState || rows.mode_transfer.size() != 3 * n)
    throw core::InputError({path, "y", fmt::format("{} rows", rows.y.size() / kOutputs)},
                           fmt::format("y, new_state and mode_transfer need one row per row of x, {}", n));
  for (std::size_t i = 0; i < n; ++i)
    if (rows.regime[i] >= kRegimes)
      throw core::InputError({path, fmt::format("regime, row {}", i), std::to_string(rows.regime[i])},
                             "is no regime, 0 to 7");
  return rows;
}

}  // namespace difftrack::aerosol
