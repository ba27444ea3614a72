// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace difftrack::plot {

namespace {

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

std::string name_at(const Axis& axis, double position) {
  const auto i = static_cast<std::size_t>(std::max(0.0, std::round(position)));
  return i < axis.names.size() ? csv_field(axis.names[i]) : number(position);
}

}  // namespace

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string csv(const Figure& figure) {
  check(figure);
  const auto any = [&](auto test) { return std::any_of(figure.series.begin(), figure.series.end(), test); };
  const bool steps = any([](const Series& s) { return s.mark == Mark::Steps; });
  const bool bars = any([](const Series& s) { return !s.low.empty(); });
  std::string out;
  if (!figure.series.empty())
    out += fmt::format("series,{}{},{}{}\n", csv_field(figure.x.label), steps ? ",x_high" : "",
                       csv_field(figure.y.label), bars ? ",low,high" : "");
  for (const Series& s : figure.series)
    for (std::size_t i = 0; i < s.y.size(); ++i) {
      out +=
          fmt::format("{},{}", csv_field(s.label), figure.x.names.empty() ? number(s.x[i]) : name_at(figure.x, s.x[i]));
      if (steps) out += fmt::format(",{}", s.mark == Mark::Steps ? number(s.x[i + 1]) : "");
      out += fmt::format(",{}", number(s.y[i]));
      if (bars) out += s.low.empty() ? ",," : fmt::format(",{},{}", number(s.low[i]), number(s.high[i]));
      out += '\n';
    }
  if (!figure.map) return out;
  const HeatMap& map = *figure.map;
  if (!out.empty()) out += '\n';
  const bool named = !figure.x.names.empty();
  out += fmt::format("{},{}\n", named ? "row,column" : "x_low,x_high,y_low,y_high", csv_field(map.label));
  const std::size_t columns = map.x_edges.size() - 1;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const std::size_t r = i / columns, c = i % columns;
    if (named)
      out += fmt::format("{},{}", name_at(figure.y, static_cast<double>(r)), name_at(figure.x, static_cast<double>(c)));
    else
      out += fmt::format("{},{},{},{}", map.x_edges[c], map.x_edges[c + 1], map.y_edges[r], map.y_edges[r + 1]);
    out += fmt::format(",{}\n", number(map.values[i]));
  }
  return out;
}

}  // namespace difftrack::plot
