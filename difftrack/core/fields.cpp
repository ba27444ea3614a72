// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/fields.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>

#include "difftrack/core/choices.hpp"

namespace difftrack::core {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string text(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

std::string nearest(std::string_view key, const std::vector<std::string>& candidates) {
  const auto best = std::min_element(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) {
    return edit_distance(key, a) < edit_distance(key, b);
  });
  return best == candidates.end() ? std::string{} : *best;
}

void throw_unknown_key(const std::string& file, std::string_view key, const std::vector<std::string>& known) {
  const std::string guess = nearest(key, known);
  throw InputError({file, std::string(key), ""},
                   guess.empty() ? "unknown key" : "unknown key; did you mean '" + guess + "'?");
}

void throw_no_choice(const std::string& file, std::string_view key, std::string_view text,
                     const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  throw InputError({file, std::string(key), std::string(text)},
                   "is no choice; did you mean '" + nearest(text, names) + "'? Choices: " + all);
}

void check_range(const std::string& file, std::string_view name, double value, const Range& range,
                 std::string_view unit) {
  if (value >= range.low && value <= range.high) return;
  throw InputError({file, std::string(name), text(value)}, "must lie in [" + text(range.low) + ", " + text(range.high) +
                                                               "]" + (unit.empty() ? "" : " " + std::string(unit)));
}

}  // namespace difftrack::core
