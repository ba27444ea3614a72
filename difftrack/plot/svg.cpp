// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/plot/escape.hpp"
#include "difftrack/plot/scale.hpp"
#include "difftrack/plot/style.hpp"

namespace difftrack::plot {

namespace {

constexpr double kLeft = 58, kRight = 12, kTop = 28, kBottom = 42, kNamedLeft = 130;
constexpr std::size_t kColours = 8;       // classes c0 … of page_style()
constexpr std::size_t kFreeOfCharge = 3;  // rows of a legend that seldom hide anything

std::size_t colour_of(const Figure& figure, std::size_t series) {
  const int chosen = figure.series[series].colour;
  return (chosen < 0 ? series : static_cast<std::size_t>(chosen)) % kColours;
}

struct Canvas {
  const Figure& figure;
  Scale x, y;
  double left;
};

/// Both ends of whatever is drawn for value i.
std::array<double, 3> ends(const Series& s, std::size_t i) {
  return s.low.empty() ? std::array{s.y[i], s.y[i], s.y[i]} : std::array{s.y[i], s.low[i], s.high[i]};
}

Canvas canvas_of(const Figure& figure) {
  const double left = figure.y.names.empty() ? kLeft : kNamedLeft;
  Canvas c{figure, Scale(left, kFigureWidth - kRight, figure.x.logarithmic),
           Scale(kFigureHeight - kBottom, kTop, figure.y.logarithmic), left};
  for (const Series& s : figure.series) {
    for (const double x : s.x) c.x.include(x);
    for (std::size_t i = 0; i < s.y.size(); ++i)
      for (const double y : ends(s, i)) c.y.include(y);
    if (s.mark == Mark::Steps) c.y.include(0.0);
  }
  if (figure.map) {
    for (const double x : figure.map->x_edges) c.x.include(x);
    for (const double y : figure.map->y_edges) c.y.include(y);
  }
  for (std::size_t i = 0; !figure.map && i < figure.x.names.size(); ++i) c.x.include(static_cast<double>(i));
  c.x.widen(figure.map ? 0.0 : 0.04);
  c.y.widen(figure.map ? 0.0 : 0.04);
  const auto rows =
      std::count_if(figure.series.begin(), figure.series.end(), [](const Series& s) { return !s.label.empty(); });
  if (static_cast<std::size_t>(rows) > kFreeOfCharge) c.y.raise(0.3);
  if (figure.x.low) c.x.set_low(*figure.x.low);
  if (figure.x.high) c.x.set_high(*figure.x.high);
  if (figure.y.low) c.y.set_low(*figure.y.low);
  if (figure.y.high) c.y.set_high(*figure.y.high);
  return c;
}

struct Tick {
  double at;
  std::string text;
};

std::vector<Tick> ticks_of(const Axis& axis, const Scale& scale) {
  std::vector<Tick> out;
  for (std::size_t i = 0; i < axis.names.size(); ++i) out.push_back({static_cast<double>(i), escape(axis.names[i])});
  if (axis.names.empty())
    for (const double value : scale.ticks()) out.push_back({value, fmt::format("{:g}", value)});
  return out;
}

std::string axes(const Canvas& c) {
  const double bottom = kFigureHeight - kBottom, right = kFigureWidth - kRight;
  const char* grid = c.figure.map ? "n" : "g";  // shades leave no room for lines
  std::string out;
  for (const Tick& t : ticks_of(c.figure.x, c.x))
    out +=
        fmt::format("<path d='M{0:.1f} {1}V{2}' class='{5}'/><text x='{0:.1f}' y='{3}' text-anchor='middle'>{4}</text>",
                    c.x.pixel(t.at), kTop, bottom, bottom + 14, t.text, grid);
  for (const Tick& t : ticks_of(c.figure.y, c.y))
    out += fmt::format("<path d='M{0} {1:.1f}H{2}' class='{6}'/><text x='{3}' y='{4:.1f}' text-anchor='end'>{5}</text>",
                       c.left, c.y.pixel(t.at), right, c.left - 5, c.y.pixel(t.at) + 4, t.text, grid);
  out += fmt::format("<text x='{}' y='{}' text-anchor='middle'>{}</text>", 0.5 * (c.left + right), kFigureHeight - 8,
                     escape(c.figure.x.label));
  return out + fmt::format("<text transform='translate(13 {}) rotate(-90)' text-anchor='middle'>{}</text>",
                           0.5 * (kTop + bottom), escape(c.figure.y.label));
}

std::string shades(const Canvas& c, const HeatMap& map) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double v : map.values)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  const std::size_t columns = map.x_edges.size() - 1;
  std::string out;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    if (!std::isfinite(map.values[i])) continue;
    const std::size_t row = i / columns, column = i % columns;
    const double x0 = c.x.pixel(map.x_edges[column]), x1 = c.x.pixel(map.x_edges[column + 1]);
    const double y0 = c.y.pixel(map.y_edges[row]), y1 = c.y.pixel(map.y_edges[row + 1]);
    const double share = high > low ? (map.values[i] - low) / (high - low) : 1.0;
    out += fmt::format(
        "<rect x='{:.2f}' y='{:.2f}' width='{:.2f}' height='{:.2f}' class='h' fill-opacity='{:.3f}'><title>{} "
        "{:.6g}</title></rect>",
        x0, y1, x1 - x0, y0 - y1, 0.04 + 0.92 * share, escape(map.label), map.values[i]);
    if (map.numbers)
      out += fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='middle' class='{}'>{:.3g}</text>", 0.5 * (x0 + x1),
                         0.5 * (y0 + y1) + 4, share > 0.55 ? "i" : "o", map.values[i]);
  }
  return out;
}

std::string bars(const Canvas& c, const Series& s, std::size_t colour) {
  std::string path;
  for (std::size_t i = 0; i < s.low.size(); ++i) {
    const double x = s.mark == Mark::Steps ? 0.5 * (s.x[i] + s.x[i + 1]) : s.x[i];
    if (!c.x.shows(x) || !c.y.shows(s.low[i]) || !c.y.shows(s.high[i])) continue;
    const double at = c.x.pixel(x);
    path += fmt::format("M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {1:.1f}h5M{3:.1f} {2:.1f}h5", at, c.y.pixel(s.low[i]),
                        c.y.pixel(s.high[i]), at - 2.5);
  }
  return path.empty() ? path : fmt::format("<path d='{}' class='b c{}'/>", path, colour);
}

std::string marks(const Canvas& c, const Series& s, std::size_t colour) {
  std::string path, points;
  bool joined = false;
  const bool steps = s.mark == Mark::Steps;
  for (std::size_t i = 0; i < s.y.size(); ++i) {
    const bool seen = c.x.shows(s.x[i]) && c.y.shows(s.y[i]);
    if (seen && s.mark == Mark::Points)
      points += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3.2' class='m c{}'/>", c.x.pixel(s.x[i]),
                            c.y.pixel(s.y[i]), colour);
    else if (seen)
      path += fmt::format("{}{:.1f} {:.1f}", joined ? "L" : "M", c.x.pixel(s.x[i]), c.y.pixel(s.y[i]));
    if (seen && steps) path += fmt::format("H{:.1f}", c.x.pixel(s.x[i + 1]));
    joined = seen;
  }
  if (!path.empty()) path = fmt::format("<path d='{}' class='l c{}'/>", path, colour);
  return path + points + bars(c, s, colour);
}

/// The legend goes to the upper corner that the data leave free.
std::string legend(const Canvas& c) {
  const double middle = 0.5 * (c.left + kFigureWidth - kRight), width = kFigureWidth - kRight - c.left;
  double left = 0.0, right = 0.0;
  for (const Series& s : c.figure.series)
    for (std::size_t i = 0; i < s.y.size(); ++i) {
      if (!c.x.shows(s.x[i]) || !c.y.shows(s.y[i])) continue;
      const double x = c.x.pixel(s.x[i]), height = kFigureHeight - c.y.pixel(s.y[i]);
      if (x < middle - 0.15 * width) left = std::max(left, height);
      if (x > middle + 0.15 * width) right = std::max(right, height);
    }
  const bool at_end = right <= left;
  std::string out;
  double y = kTop + 12;
  for (std::size_t s = 0; s < c.figure.series.size(); ++s) {
    const Series& each = c.figure.series[s];
    if (each.label.empty()) continue;
    out += fmt::format("<text x='{}' y='{}' text-anchor='{}' class='k c{}'>{} {}</text>",
                       at_end ? kFigureWidth - kRight - 6 : c.left + 8, y, at_end ? "end" : "start",
                       colour_of(c.figure, s),
                       each.mark == Mark::Points  ? "○"
                       : each.mark == Mark::Steps ? "▟"
                                                  : "—",
                       escape(each.label));
    y += 14;
  }
  return out;
}

}  // namespace

std::string svg(const Figure& figure) {
  check(figure);
  const Canvas c = canvas_of(figure);
  std::string out = fmt::format("<svg viewBox='0 0 {} {}' class='figure' role='img' aria-label='{}'>", kFigureWidth,
                                kFigureHeight, escape(figure.title));
  out += fmt::format("<text x='{}' y='16' class='t'>{}</text>", c.left, escape(figure.title));
  if (figure.map) out += shades(c, *figure.map);
  out += axes(c);
  for (std::size_t s = 0; s < figure.series.size(); ++s) out += marks(c, figure.series[s], colour_of(figure, s));
  return out + legend(c) + "</svg>";
}

std::string picture(const std::vector<Figure>& figures, int columns) {
  if (columns < 1) throw core::InputError({"", "columns", std::to_string(columns)}, "a row needs at least one figure");
  const int count = static_cast<int>(figures.size()), rows = (count + columns - 1) / columns;
  std::string out = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' font-family='sans-serif' font-size='11'>\n"
      "<style>{2}</style>\n<rect width='{0}' height='{1}' fill='white'/>",
      columns * kFigureWidth, rows * kFigureHeight, picture_style());
  for (int i = 0; i < count; ++i)
    out += fmt::format("\n<svg x='{}' y='{}' width='{}' height='{}' {}", i % columns * kFigureWidth,
                       i / columns * kFigureHeight, kFigureWidth, kFigureHeight,
                       svg(figures[static_cast<std::size_t>(i)]).substr(5));  // without its own "<svg "
  return out + "\n</svg>\n";
}

}  // namespace difftrack::plot
