// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "difftrack/plot/csv.hpp"
#include "difftrack/plot/escape.hpp"
#include "difftrack/plot/svg.hpp"

namespace difftrack::plot {

namespace {

// Eight colours that stay apart for colour-blind readers, darker on white than on black.
constexpr const char* kStyle = R"(<style>
:root{color-scheme:light dark;--bg:#fff;--fg:#111;--grid:#e5e5e5;--rule:#ddd;--bad:#fde2e1;--heat:#1f5fa8;--in:#fff;
--c0:#1f5fa8;--c1:#c2410c;--c2:#15803d;--c3:#7c3aed;--c4:#a16207;--c5:#475569;--c6:#be185d;--c7:#0e7490}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e8e8e8;--grid:#2c3238;--rule:#363d44;--bad:#4a2020;
--heat:#7db8f5;--in:#111;--c0:#7db8f5;--c1:#fb9a63;--c2:#63d08a;--c3:#b79bfb;--c4:#e2b84a;--c5:#a3b1c2;--c6:#f58bbb;
--c7:#5cc9dd}}
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1040px;padding:0 1rem;color:var(--fg);
background:var(--bg)}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}a{color:var(--c0)}
table{border-collapse:collapse;width:100%;font-size:.86rem;margin:.6rem 0}
td,th{padding:.22rem .5rem;border-bottom:1px solid var(--rule);text-align:left}td.w{overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.bad td{background:var(--bad)}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(440px,100%),1fr));gap:1rem}
figure{margin:0;break-inside:avoid}figcaption{font-size:.8rem}
svg.figure{width:100%;height:auto;font:11px system-ui,sans-serif;fill:var(--fg)}
svg .t{font-weight:600;font-size:12.5px}svg .g{stroke:var(--grid);fill:none}svg .n{fill:none}
svg .l{fill:none;stroke-width:1.5}svg .b{fill:none;stroke-width:1}svg .m{fill:var(--bg);stroke-width:1.6}
svg .h{fill:var(--heat)}svg .i{fill:var(--in)}
svg .c0{stroke:var(--c0)}svg .c1{stroke:var(--c1)}svg .c2{stroke:var(--c2)}svg .c3{stroke:var(--c3)}
svg .c4{stroke:var(--c4)}svg .c5{stroke:var(--c5)}svg .c6{stroke:var(--c6)}svg .c7{stroke:var(--c7)}
svg .k{stroke:none}svg .k.c0{fill:var(--c0)}svg .k.c1{fill:var(--c1)}svg .k.c2{fill:var(--c2)}
svg .k.c3{fill:var(--c3)}svg .k.c4{fill:var(--c4)}svg .k.c5{fill:var(--c5)}svg .k.c6{fill:var(--c6)}
svg .k.c7{fill:var(--c7)}
@media print{:root{--bg:#fff;--fg:#000;--grid:#ddd;--rule:#bbb}body{margin:0;max-width:none}.csv{display:none}
.plots{grid-template-columns:1fr 1fr}}
</style>)";

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
  std::string numbers, out = "<table><tr>";
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
  return out + "</table>" + csv_link(title, numbers);
}

}  // namespace

std::string page_style() { return kStyle; }

std::string page_head(const std::string& title) {
  return fmt::format(
      "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' "
      "content='width=device-width,initial-scale=1'><title>{}</title>{}",
      escape(title), kStyle);
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
    if (!section.figures.empty()) {
      out += "<div class='plots'>";
      for (const Figure& figure : section.figures) out += figure_html(figure);
      out += "</div>";
    }
    for (const Table& table : section.tables) out += table_html(table, section.title);
    out += "</section>";
  }
  return out + "</html>\n";
}

}  // namespace difftrack::plot
