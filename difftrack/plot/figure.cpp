// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/figure.hpp"

#include <cmath>
#include <cstddef>

#include "difftrack/core/error.hpp"

namespace difftrack::plot {

namespace {

void require(bool fits, const Figure& figure, const std::string& part, std::size_t size, const char* problem) {
  if (!fits) throw core::InputError({figure.title, part, std::to_string(size)}, problem);
}

std::vector<double> unit_edges(std::size_t cells) {
  std::vector<double> edges;
  for (std::size_t i = 0; i <= cells; ++i) edges.push_back(static_cast<double>(i) - 0.5);
  return edges;
}

}  // namespace

Series histogram(const std::string& label, std::span<const double> values, double low, double high, int bins) {
  if (bins < 1) throw core::InputError({"", "bins", std::to_string(bins)}, "a histogram needs at least one bin");
  if (!(high > low)) throw core::InputError({"", "high", std::to_string(high)}, "does not lie above the lower end");
  Series out{.label = label, .x = {}, .y = std::vector<double>(static_cast<std::size_t>(bins), 0.0)};
  out.mark = Mark::Steps;
  const double width = (high - low) / bins;
  for (int i = 0; i <= bins; ++i) out.x.push_back(low + width * i);
  for (const double value : values)
    if (value >= low && value < high)
      out.y[std::min(static_cast<std::size_t>((value - low) / width), out.y.size() - 1)] += 1.0;
  return out;
}

Figure matrix(const std::string& title, const std::vector<std::string>& rows, const std::vector<std::string>& columns,
              const std::vector<double>& values, const std::string& label) {
  Figure figure{.title = title, .x = {.label = "", .names = columns}, .y = {.label = ""}};
  HeatMap map{.x_edges = unit_edges(columns.size()), .y_edges = unit_edges(rows.size()), .values = {}, .label = label};
  map.numbers = true;
  require(values.size() == rows.size() * columns.size(), figure, "values", values.size(),
          "is not the number of rows times columns");
  // Rows of a matrix are read from the top, an axis grows upwards.
  for (std::size_t r = rows.size(); r-- > 0;) {
    figure.y.names.push_back(rows[r]);
    for (std::size_t c = 0; c < columns.size(); ++c) map.values.push_back(values[r * columns.size() + c]);
  }
  figure.map = std::move(map);
  return figure;
}

void check(const Figure& figure) {
  for (const Series& each : figure.series) {
    const std::size_t points = each.y.size() + (each.mark == Mark::Steps ? 1 : 0);
    require(each.x.size() == points, figure, "x of " + each.label, each.x.size(), "does not fit the number of y");
    require(each.low.size() == each.high.size() && (each.low.empty() || each.low.size() == each.y.size()), figure,
            "error bars of " + each.label, each.low.size(), "does not fit the number of y");
  }
  if (!figure.map) return;
  const HeatMap& map = *figure.map;
  require(map.x_edges.size() > 1 && map.y_edges.size() > 1, figure, "edges", map.x_edges.size(), "makes no cell");
  require(map.values.size() == (map.x_edges.size() - 1) * (map.y_edges.size() - 1), figure, "values", map.values.size(),
          "does not fit the number of cells");
}

}  // namespace difftrack::plot
