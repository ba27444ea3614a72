// SPDX-License-Identifier: Apache-2.0
#include "apps/physics/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "apps/physics/plot.hpp"

namespace difftrack::physics {

namespace {

constexpr const char* kStyle =
    "<style>body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1040px;padding:0 "
    "1rem;color:#111;background:#fff}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%;font-size:."
    "86rem}"
    "td,th{padding:.22rem .5rem;border-bottom:1px solid "
    "#ddd;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".bad td{background:#fde2e1}.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(440px,1fr));gap:1rem}"
    "svg{width:100%;height:auto;font:11px system-ui,sans-serif}svg .t{font-weight:600;font-size:12.5px}svg "
    ".g{stroke:#e5e5e5;fill:none}"
    "</style>";

std::string table(const std::vector<simulate::Check>& checks) {
  std::string out =
      "<table><tr><th>quantity</th><th>value</th><th>from</th><th>to</th><th>met</th><th>reference</th></tr>";
  for (const auto& c : checks)
    out += fmt::format(
        "<tr{}><td>{}</td><td class='n'>{:.5g}</td><td class='n'>{:.5g}</td><td "
        "class='n'>{:.5g}</td><td>{}</td><td>{}</td></tr>",
        c.pass() ? "" : " class='bad'", c.name, c.value, c.low, c.high, c.pass() ? "yes" : "NO", c.source);
  return out + "</table>";
}

/// One quantity per plane: our line, GATE's markers.
std::vector<Series> by_plane(const Results& r, const std::string& label, double simulate::PlaneStatistics::*own,
                             double simulate::GatePlane::*gate, std::size_t first) {
  Series line{label, {}, {}, false}, points{"GATE", {}, {}, true};
  for (std::size_t p = first; p <= 18 && p < r.gate.planes.size(); ++p) {
    line.x.push_back(static_cast<double>(p));
    line.y.push_back(r.gate.planes[p].*own);
  }
  for (const auto& g : simulate::gate_planes())
    if (g.*gate > 0.0) {
      points.x.push_back(g.plane);
      points.y.push_back(g.*gate);
    }
  return {line, points};
}

std::vector<Series> spectra(const Results& r) {
  std::vector<Series> out;
  for (const int plane : {0, 8, 14}) {
    std::vector<double> bins(60, 0.0);
    double total = 0.0;
    for (std::size_t i = 0; i < r.gate_steps.size(); ++i) {
      if (r.gate_steps.layer[i] != plane || r.gate_steps.parent[i] != 0) continue;
      const auto bin = static_cast<std::size_t>(1e3 * r.gate_steps.edep[i]);
      if (bin < bins.size()) bins[bin] += 1.0;
      total += 1.0;
    }
    Series line{fmt::format("plane {}", plane), {}, {}, false};
    for (std::size_t b = 0; b < bins.size(); ++b) {
      line.x.push_back(static_cast<double>(b) + 0.5);
      line.y.push_back(total > 0 ? bins[b] / total : 0.0);
    }
    out.push_back(line);
  }
  // GATE's quantiles as markers on the axis: 5 %, median, 95 % of planes 0, 8 and 14.
  Series marks{"GATE 5, 50, 95 %", {}, {}, true};
  for (const auto& g : simulate::gate_planes())
    if (g.plane == 0 || g.plane == 8 || g.plane == 14)
      for (const double e : {g.edep_p05, g.edep_p50, g.edep_p95}) {
        marks.x.push_back(e);
        marks.y.push_back(0.004 * (1 + g.plane / 7));
      }
  out.push_back(marks);
  return out;
}

std::vector<Series> survival(const Results& r) {
  Series line{"difftrack", {}, {}, false}, points{"GATE", {}, {}, true};
  for (std::size_t p = 0; p <= 20 && p < r.gate.planes.size(); ++p) {
    line.x.push_back(static_cast<double>(p));
    line.y.push_back(5000.0 * static_cast<double>(r.gate.planes[p].primaries) / static_cast<double>(r.gate.events));
  }
  for (const auto& g : simulate::gate_planes()) {
    points.x.push_back(g.plane);
    points.y.push_back(g.primaries);
  }
  return {line, points};
}

std::vector<Series> water(const Results& r, double simulate::WaterPoint::*own, double simulate::WaterPoint::*gate) {
  Series line{"difftrack", {}, {}, false}, points{"GATE", {}, {}, true};
  for (const auto& w : r.water) {
    line.x.push_back(w.depth), line.y.push_back(w.*own);
    points.x.push_back(w.depth), points.y.push_back(w.*gate);
  }
  return {line, points};
}

std::vector<Series> cells(const Results& r, double Cell::*own, double Cell::*published) {
  std::vector<Series> out;
  for (const int water : {100, 150, 200}) {
    Series line{fmt::format("{} mm water", water), {}, {}, false};
    for (const auto& c : r.cells)
      if (c.water == water) line.x.push_back(c.per_frame), line.y.push_back(c.*own);
    out.push_back(line);
  }
  Series points{"published", {}, {}, true};
  for (const auto& c : r.cells) points.x.push_back(c.per_frame), points.y.push_back(c.*published);
  out.push_back(points);
  return out;
}

/// Ours (line) and Geant4's (markers) of one quantity over the planes it is given for, behind each phantom.
std::vector<Series> over_planes(const Results& r, const std::string& name) {
  std::vector<Series> out;
  for (int colour = 0; const int water : {100, 150, 200}) {
    Series line{fmt::format("{} mm water", water), {}, {}, false, colour};
    Series points{water == 200 ? "Geant4" : "", {}, {}, true, colour++};
    for (const auto& each : r.geant4) {
      const auto at = each.name.find(" plane ");
      if (each.water != water || at == std::string::npos || each.name.substr(0, at) != name) continue;
      const double plane = std::strtod(each.name.c_str() + at + 7, nullptr);
      line.x.push_back(plane), line.y.push_back(each.own);
      points.x.push_back(plane), points.y.push_back(each.geant4);
    }
    out.push_back(line);
    out.push_back(points);
  }
  return out;
}

std::vector<std::string> geant4_plots(const Results& r) {
  if (r.geant4.empty()) return {};
  return {plot_svg("Bergen DTC: kinks, 68 % half width", "plane", "[mrad]", over_planes(r, "kink 68 % [mrad]"), true),
          plot_svg("Bergen DTC: kinks, 99 %", "plane", "[mrad]", over_planes(r, "kink 99 % [mrad]"), true),
          plot_svg("Bergen DTC: survival", "plane", "alive [%]", over_planes(r, "alive at")),
          plot_svg("Bergen DTC: median deposit", "plane", "[keV]", over_planes(r, "edep median [keV]")),
          plot_svg("Bergen DTC: secondary protons", "plane", "per 100 primary hits",
                   over_planes(r, "secondary p / 100 primary hits,")),
          plot_svg("Bergen DTC: electrons", "plane", "per 100 primary hits",
                   over_planes(r, "electrons / 100 primary hits,"))};
}

/// Line and markers of one quantity in one colour; one entry of the legend for all markers.
void colour_in_pairs(std::vector<Series>& series) {
  for (std::size_t i = 0; i < series.size(); ++i) {
    series[i].colour = static_cast<int>(i / 2);
    if (series[i].markers && i + 1 < series.size()) series[i].label.clear();
  }
}

/// 95 and 99 % half widths of kinks, and quantiles of the deposits, in the aluminium stack.
std::string gate_tails(const Results& r) {
  using simulate::GatePlane;
  using simulate::PlaneStatistics;
  auto tails = by_plane(r, "95 %", &PlaneStatistics::kink_95, &GatePlane::kink_95, 1);
  const auto far = by_plane(r, "99 %", &PlaneStatistics::kink_99, &GatePlane::kink_99, 1);
  tails.insert(tails.end(), far.begin(), far.end());
  colour_in_pairs(tails);
  return plot_svg("3 mm Al, GATE: kinks, tails", "plane", "[mrad]", tails, true);
}
std::string gate_deposits(const Results& r) {
  using simulate::GatePlane;
  using simulate::PlaneStatistics;
  auto edep = by_plane(r, "median", &PlaneStatistics::edep_p50, &GatePlane::edep_p50, 0);
  for (const auto& more : {by_plane(r, "5 %", &PlaneStatistics::edep_p05, &GatePlane::edep_p05, 0),
                           by_plane(r, "95 %", &PlaneStatistics::edep_p95, &GatePlane::edep_p95, 0)})
    edep.insert(edep.end(), more.begin(), more.end());
  colour_in_pairs(edep);
  return plot_svg("3 mm Al, GATE: deposit in 14 µm of silicon", "plane", "[keV]", edep, true);
}
std::string gate_survival(const Results& r) {
  return plot_svg("3 mm Al, GATE: primaries of 5000", "plane", "primaries", survival(r));
}

}  // namespace

std::string html_page(const Results& r) {
  using simulate::GatePlane;
  using simulate::PlaneStatistics;
  using simulate::WaterPoint;
  const auto met = std::count_if(r.checks.begin(), r.checks.end(), [](const auto& c) { return c.pass(); });
  std::string page =
      "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
      "<title>difftrack: physics monitor</title>";
  page += kStyle;
  page += fmt::format(
      "<h1>Physics monitor of the proton transport</h1><p>{} of {} numbers lie within their limits. Lines: this "
      "simulation ({} protons in the aluminium stack); circles: the reference. {:.0f} protons per second "
      "and core through 100 mm of water and the whole Bergen DTC.</p>",
      met, r.checks.size(), r.gate.events, r.per_second);
  page += "<div class='plots'>";
  page += plot_svg("Energy behind water, 230 MeV", "depth [mm]", "mean [MeV]",
                   water(r, &WaterPoint::own_mean, &WaterPoint::mean));
  page += plot_svg("Width of the energy behind water", "depth [mm]", "sd [MeV]",
                   water(r, &WaterPoint::own_sd, &WaterPoint::sd));
  page += plot_svg("Kinks, 68 % half width", "plane", "[mrad]",
                   by_plane(r, "difftrack", &PlaneStatistics::kink_68, &GatePlane::kink_68, 1));
  page += gate_tails(r);
  page += gate_deposits(r);
  page += plot_svg("Spectra of the energy deposit", "[keV]", "share per keV", spectra(r));
  page += gate_survival(r);
  Series width{"difftrack", {}, {}, false};
  for (std::size_t p = 0; p <= 18; ++p)
    width.x.push_back(static_cast<double>(p)), width.y.push_back(r.gate.planes[p].width);
  page += plot_svg("Width of the beam in the stack", "plane", "68 % half width [mm]",
                   {width, {"GATE, plane 0", {0.0}, {3.83}, true}});
  if (!r.cells.empty()) {
    page += plot_svg("Hits per frame, Bergen DTC", "events per frame", "hits", cells(r, &Cell::own_hits, &Cell::hits));
    page += plot_svg("Kept segments per frame", "events per frame", "segments",
                     cells(r, &Cell::own_segments, &Cell::segments), true);
  }
  for (const auto& plot : geant4_plots(r)) page += plot;
  page += "</div><h2>The list</h2>";
  return page + table(r.checks) + "</html>\n";
}

std::string picture(const Results& r) {
  constexpr int kColumns = 3, kWide = 480, kHigh = 300;
  auto plots = geant4_plots(r);
  for (auto& plot : {gate_tails(r), gate_deposits(r), gate_survival(r)}) plots.push_back(plot);
  const int count = static_cast<int>(plots.size()), rows = (count + kColumns - 1) / kColumns;
  std::string out = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' font-family='sans-serif' font-size='11'>"
      "<style>.t{{font-weight:600;font-size:12.5px}} .g{{stroke:#e5e5e5;fill:none}}</style>"
      "<rect width='{0}' height='{1}' fill='white'/>",
      kColumns * kWide, rows * kHigh);
  for (int i = 0; i < count; ++i)
    out += fmt::format("\n<svg x='{}' y='{}' width='{}' height='{}' {}", i % kColumns * kWide, i / kColumns * kHigh,
                       kWide, kHigh, plots[static_cast<std::size_t>(i)].substr(5));
  return out + "\n</svg>\n";
}

std::string json_list(const std::vector<simulate::Check>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& c : checks)
    list.push_back({{"name", c.name},
                    {"value", c.value},
                    {"low", c.low},
                    {"high", c.high},
                    {"pass", c.pass()},
                    {"source", c.source}});
  return list.dump(1) + "\n";
}

}  // namespace difftrack::physics
