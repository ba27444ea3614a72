// SPDX-License-Identifier: Apache-2.0
#include "apps/physics/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace difftrack::physics {

namespace {

constexpr double kWidth = 480, kHeight = 300, kLeft = 58, kRight = 12, kTop = 28, kBottom = 42;
constexpr std::array<const char*, 6> kColours{"#1f5fa8", "#c2410c", "#15803d", "#7c3aed", "#a16207", "#475569"};

struct Axis {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  double from = 0.0, to = 1.0;  // pixels
  bool logarithmic = false;

  double scaled(double v) const { return logarithmic ? std::log10(v) : v; }
  void include(double v) {
    low = std::min(low, scaled(v));
    high = std::max(high, scaled(v));
  }
  void widen() {
    if (!(high > low)) high = low + 1.0;
    const double margin = 0.04 * (high - low);
    low -= margin;
    high += margin;
  }
  double pixel(double v) const { return from + (scaled(v) - low) / (high - low) * (to - from); }
  std::vector<double> ticks() const {
    std::vector<double> out;
    if (logarithmic) {
      for (double e = std::floor(low); e <= high; ++e)
        for (const double m : {1.0, 2.0, 5.0})
          if (const double v = m * std::pow(10.0, e); scaled(v) >= low && scaled(v) <= high) out.push_back(v);
      return out;
    }
    const double rough = (high - low) / 6.0, power = std::pow(10.0, std::floor(std::log10(rough)));
    double step = 10.0 * power;
    for (const double m : {5.0, 2.0, 1.0})
      if (m * power >= rough) step = m * power;
    for (double v = std::ceil(low / step) * step; v <= high; v += step)
      out.push_back(std::abs(v) < 1e-9 * step ? 0.0 : v);
    return out;
  }
};

}  // namespace

std::string plot_svg(const std::string& title, const std::string& x_label, const std::string& y_label,
                     const std::vector<Series>& series, bool log_y) {
  Axis ax{.from = kLeft, .to = kWidth - kRight}, ay{.from = kHeight - kBottom, .to = kTop, .logarithmic = log_y};
  for (const auto& each : series)
    for (std::size_t i = 0; i < each.x.size(); ++i) {
      if (log_y && each.y[i] <= 0.0) continue;
      ax.include(each.x[i]);
      ay.include(each.y[i]);
    }
  ax.widen();
  ay.widen();
  if (!log_y && series.size() > 3) ay.high += 0.3 * (ay.high - ay.low);  // room for the legend
  std::string svg = fmt::format("<svg viewBox='0 0 {} {}' role='img' aria-label='{}'>", kWidth, kHeight, title);
  svg += fmt::format("<text x='{}' y='16' class='t'>{}</text>", kLeft, title);
  for (const double v : ax.ticks())
    svg +=
        fmt::format("<path d='M{0:.1f} {1}V{2}' class='g'/><text x='{0:.1f}' y='{3}' text-anchor='middle'>{4:g}</text>",
                    ax.pixel(v), kTop, kHeight - kBottom, kHeight - kBottom + 14, v);
  for (const double v : ay.ticks())
    svg += fmt::format("<path d='M{0} {1:.1f}H{2}' class='g'/><text x='{3}' y='{4:.1f}' text-anchor='end'>{5:g}</text>",
                       kLeft, ay.pixel(v), kWidth - kRight, kLeft - 5, ay.pixel(v) + 4, v);
  svg += fmt::format("<text x='{}' y='{}' text-anchor='middle'>{}</text>", 0.5 * (kLeft + kWidth - kRight), kHeight - 8,
                     x_label);
  svg += fmt::format("<text transform='translate(13 {}) rotate(-90)' text-anchor='middle'>{}</text>",
                     0.5 * (kTop + kHeight - kBottom), y_label);
  // The legend goes to the upper corner that the data leave free.
  double left = 0.0, right = 0.0;
  for (const auto& each : series)
    for (std::size_t i = 0; i < each.x.size(); ++i) {
      if (log_y && each.y[i] <= 0.0) continue;
      const double x = ax.pixel(each.x[i]), height = ay.from - ay.pixel(each.y[i]);
      if (x < kLeft + 0.35 * (kWidth - kLeft)) left = std::max(left, height);
      if (x > kLeft + 0.65 * (kWidth - kLeft)) right = std::max(right, height);
    }
  const double legend = right > left ? kLeft + 8 : kWidth - kRight - 6;
  const char* anchor = right > left ? "start" : "end";
  double row = 0.0;  // of the legend
  for (std::size_t s = 0; s < series.size(); ++s) {
    const auto& each = series[s];
    const char* colour = kColours[(each.colour < 0 ? s : static_cast<std::size_t>(each.colour)) % kColours.size()];
    std::string path;
    for (std::size_t i = 0; i < each.x.size(); ++i) {
      if (log_y && each.y[i] <= 0.0) continue;
      const double x = ax.pixel(each.x[i]), y = ay.pixel(each.y[i]);
      if (each.markers)
        svg += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3.2' fill='none' stroke='{}' stroke-width='1.6'/>", x, y,
                           colour);
      else
        path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
    }
    if (!path.empty()) svg += fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='1.5'/>", path, colour);
    if (each.label.empty()) continue;
    const double y = kTop + 12 + 14 * row++;
    svg += fmt::format("<text x='{}' y='{}' text-anchor='{}' fill='{}'>{} {}</text>", legend, y, anchor, colour,
                       each.markers ? "o" : "—", each.label);
  }
  return svg + "</svg>";
}

}  // namespace difftrack::physics
