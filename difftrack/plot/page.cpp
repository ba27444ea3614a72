// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "difftrack/plot/csv.hpp"
#include "difftrack/plot/escape.hpp"
#include "difftrack/plot/style.hpp"
#include "difftrack/plot/svg.hpp"

namespace difftrack::plot {

namespace {

constexpr std::size_t kWide = 24;  // characters without a blank

/// "Kinks, 68 % half width" → "kinks-68-half-width.csv".
std::string file_name(const std::string& title) {
  std::string name;
  for (const char c : title) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return (name.empty() ? "numbers" : name) + ".csv";
}

std::string csv_link(const std::string& title, const std::string& numbers) {
  return fmt::format("<a class='csv' download='{}' href='data:text/csv;charset=utf-8;base64,{}'>CSV</a>",
                     file_name(title), base64(numbers));
}

bool is_number(const std::string& cell) {
  if (cell.empty() || cell == "-") return true;
  char* end = nullptr;
  std::strtod(cell.c_str(), &end);
  return *end == '\0';
}

std::string table_html(const Table& table, const std::string& title) {
  std::vector<const char*> classes;
  std::string numbers, out = "<div class='wide'><table><tr>";
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const bool right = std::all_of(table.rows.begin(), table.rows.end(),
                                   [c](const auto& row) { return c < row.size() && is_number(row[c]); });
    classes.push_back(right ? " class='n'" : "");
    out += fmt::format("<th{}>{}</th>", classes.back(), escape(table.columns[c]));
    numbers += fmt::format("{}{}", c == 0 ? "" : ",", csv_field(table.columns[c]));
  }
  out += "</tr>";
  numbers += "\n";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    out += std::find(table.bad.begin(), table.bad.end(), r) != table.bad.end() ? "<tr class='bad'>" : "<tr>";
    for (std::size_t c = 0; c < table.rows[r].size(); ++c) {
      const std::string& cell = table.rows[r][c];
      // A hash or a path may break anywhere, or the table would be wider than the page.
      const bool wide = cell.size() > kWide && cell.find(' ') == std::string::npos;
      out += fmt::format("<td{}>{}</td>", wide ? " class='w'" : c < classes.size() ? classes[c] : "", escape(cell));
      numbers += fmt::format("{}{}", c == 0 ? "" : ",", csv_field(table.rows[r][c]));
    }
    out += "</tr>";
    numbers += "\n";
  }
  return out + "</table></div>" + csv_link(title, numbers);
}

std::string raster_html(const Raster& raster) {
  std::string numbers;
  for (std::size_t i = 0; i < raster.values.size(); ++i)
    numbers +=
        fmt::format("{}{}", raster.values[i], (i + 1) % static_cast<std::size_t>(raster.width) == 0 ? "\n" : ",");
  return fmt::format(
      "<figure><img class='raster' alt='{}' src='data:image/png;base64,{}'><figcaption>{} {}</figcaption></figure>",
      escape(raster.title), base64(png(raster)), escape(raster.note), csv_link(raster.title, numbers));
}

}  // namespace

std::string page_head(const std::string& title) {
  return fmt::format(
      "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' "
      "content='width=device-width,initial-scale=1'><title>{}</title>{}",
      escape(title), page_style());
}

std::string figure_html(const Figure& figure) {
  return fmt::format("<figure>{}<figcaption>{} {}</figcaption></figure>", svg(figure), escape(figure.note),
                     csv_link(figure.title, csv(figure)));
}

std::string html(const Page& page) {
  std::string out = page_head(page.title) + fmt::format("<h1>{}</h1>", escape(page.title));
  if (!page.text.empty()) out += fmt::format("<p>{}</p>", escape(page.text));
  for (const Section& section : page.sections) {
    out += fmt::format("<section><h2>{}</h2>", escape(section.title));
    if (!section.text.empty()) out += fmt::format("<p>{}</p>", escape(section.text));
    if (!section.figures.empty() || !section.rasters.empty()) {
      out += "<div class='plots'>";
      for (const Raster& raster : section.rasters) out += raster_html(raster);
      for (const Figure& figure : section.figures) out += figure_html(figure);
      out += "</div>";
    }
    for (const Table& table : section.tables) out += table_html(table, section.title);
    out += "</section>";
  }
  return out + "</html>\n";
}

}  // namespace difftrack::plot
