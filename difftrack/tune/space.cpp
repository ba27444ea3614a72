// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/space.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "difftrack/core/error.hpp"

namespace difftrack::tune {

namespace {

constexpr double kChosen = std::numbers::sqrt2 / 2.0;

double to_scale(const Parameter& p, double value) { return p.logarithmic ? std::log(value) : value; }
double from_scale(const Parameter& p, double value) { return p.logarithmic ? std::exp(value) : value; }

/// Share of the way from low to high.
double share(const Parameter& p, double value) {
  return (to_scale(p, value) - to_scale(p, p.low)) / (to_scale(p, p.high) - to_scale(p, p.low));
}
double value_at(const Parameter& p, double low, double high, double share) {
  const double value = from_scale(p, to_scale(p, low) + share * (to_scale(p, high) - to_scale(p, low)));
  return std::clamp(p.kind == ParameterKind::Integer ? std::round(value) : value, p.low, p.high);
}

std::size_t width(const Parameter& p) { return p.kind == ParameterKind::Choice ? p.options.size() : 1; }

void check(const Parameter& p, const std::string& file) {
  const auto fail = [&](const std::string& value, const std::string& problem) {
    throw core::InputError({file, p.name, value}, problem);
  };
  if (p.kind == ParameterKind::Choice) {
    if (std::set(p.options.begin(), p.options.end()).size() != p.options.size() || p.options.size() < 2)
      fail(fmt::format("{}", fmt::join(p.options, ", ")), "needs two or more options, each once");
    return;
  }
  const std::string range = fmt::format("{:g} to {:g}", p.low, p.high);
  if (!std::isfinite(p.low) || !std::isfinite(p.high) || !(p.low < p.high)) fail(range, "is an empty range");
  if (p.logarithmic && p.low <= 0.0) fail(range, "is no logarithmic range; it has to begin above 0");
  if (p.kind == ParameterKind::Integer && (p.low != std::round(p.low) || p.high != std::round(p.high)))
    fail(range, "is no range of integers");
}

}  // namespace

Space::Space(std::vector<Parameter> parameters, const std::string& file) : parameters_(std::move(parameters)) {
  if (parameters_.empty()) throw core::InputError({file, "space", ""}, "is empty; nothing could be tuned");
  std::set<std::string> names;
  for (const Parameter& p : parameters_) {
    check(p, file);
    if (!names.insert(p.name).second) throw core::InputError({file, p.name, ""}, "stands twice in the space");
    dimensions_ += width(p);
  }
}

Setting Space::at(std::span<const double> unit) const {
  Setting setting;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& p = parameters_[i];
    const double half = p.kind == ParameterKind::Integer ? 0.5 : 0.0;
    setting.push_back(p.kind == ParameterKind::Choice
                          ? std::min(std::floor(unit[i] * static_cast<double>(p.options.size())),
                                     static_cast<double>(p.options.size() - 1))
                          : value_at(p, p.low - half, p.high + half, unit[i]));
  }
  return setting;
}

std::vector<double> Space::encode(const Setting& setting) const {
  std::vector<double> coordinates;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& p = parameters_[i];
    if (p.kind == ParameterKind::Choice)
      for (std::size_t k = 0; k < p.options.size(); ++k)
        coordinates.push_back(static_cast<double>(k) == setting[i] ? kChosen : 0.0);
    else
      coordinates.push_back(share(p, setting[i]));
  }
  return coordinates;
}

Setting Space::decode(std::span<const double> coordinates) const {
  Setting setting;
  std::size_t at = 0;
  for (const Parameter& p : parameters_) {
    const auto own = coordinates.subspan(at, width(p));
    setting.push_back(p.kind == ParameterKind::Choice
                          ? static_cast<double>(std::max_element(own.begin(), own.end()) - own.begin())
                          : value_at(p, p.low, p.high, own[0]));
    at += width(p);
  }
  return setting;
}

Bounds Space::around(const Setting& setting) const {
  Bounds bounds{encode(setting), encode(setting)};
  std::size_t at = 0;
  for (const Parameter& p : parameters_) {
    if (p.kind != ParameterKind::Choice) {
      bounds.low[at] = 0.0;
      bounds.high[at] = 1.0;
    }
    at += width(p);
  }
  return bounds;
}

std::string Space::text(std::size_t parameter, double value) const {
  const Parameter& p = parameters_[parameter];
  if (p.kind == ParameterKind::Choice) return p.options[static_cast<std::size_t>(value)];
  return p.kind == ParameterKind::Integer ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

std::string Space::describe() const {
  std::string text;
  for (const Parameter& p : parameters_) {
    text += fmt::format("space.{} = {} ", p.name, core::name_of(p.kind));
    text += p.kind == ParameterKind::Choice
                ? fmt::format("{}\n", fmt::join(p.options, ", "))
                : fmt::format("{} to {}{}\n", p.low, p.high, p.logarithmic ? ", logarithmic" : "");
  }
  return text;
}

}  // namespace difftrack::tune
