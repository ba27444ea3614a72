// SPDX-License-Identifier: Apache-2.0
#include "apps/report/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace difftrack::report {

namespace {

using plot::Figure;
using plot::Mark;
using plot::Series;
using reconstruct::LayerDistribution;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string number(double value, int digits) { return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, digits); }

std::string interval(const track::Estimate& e, int digits, double scale = 1.0) {
  if (std::isnan(e.value) || std::isnan(e.low)) return number(scale * e.value, digits);
  return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", scale * e.value, digits, scale * e.low, digits, scale * e.high,
                     digits);
}

/// In percent; an interval of a mean over frames may reach beyond 100, the share cannot.
std::string percent(const track::Estimate& e) {
  return interval({e.value, std::max(e.low, 0.0), e.value > 1.0 ? e.high : std::min(e.high, 1.0)}, 1, 100);
}

/// A quantity per layer of every file that knows it.
template <class Quantity>
std::vector<Series> per_layer(const std::vector<FileFacts>& files, Mark mark, const Quantity& quantity) {
  std::vector<Series> out;
  for (const FileFacts& file : files) {
    Series series{.label = file.label, .x = {}, .y = {}, .mark = mark};
    for (std::size_t k = 0; file.spread && k < file.spread->layers.size(); ++k) {
      series.x.push_back(static_cast<double>(k));
      series.y.push_back(quantity(file.spread->layers[k]));
    }
    out.push_back(series);
  }
  return out;
}

/// Measured points and expected lines of the same file have the same place in the list of colours only when each file
/// has one of both; so a comparison is drawn file by file.
std::vector<Figure> against_physics(const std::vector<FileFacts>& files) {
  std::vector<Figure> out;
  for (const FileFacts& file : files) {
    if (!file.spread || file.spread->layers.empty()) continue;
    Series kinks{"measured", {}, {}, Mark::Points}, expected_kinks{"expected", {}, {}};
    Series mean{"mean", {}, {}, Mark::Points}, median{"median", {}, {}, Mark::Points}, bragg{"expected mean", {}, {}};
    for (const LayerDistribution& layer : file.spread->layers) {
      const auto k = static_cast<double>(&layer - file.spread->layers.data());
      for (auto* series : {&kinks, &expected_kinks}) series->x.push_back(k);
      for (auto* series : {&mean, &bragg, &median}) series->x.push_back(layer.wet);
      kinks.y.push_back(1e3 * layer.kink_68);
      expected_kinks.y.push_back(1e3 * layer.kink_expected_68);
      mean.y.push_back(1e3 * layer.deposit_mean);
      median.y.push_back(1e3 * layer.deposit_median);
      bragg.y.push_back(1e3 * layer.deposit_expected);
    }
    out.push_back({.title = "Kinks, 68 %: " + file.label,
                   .x = {"layer"},
                   .y = {"kink [mrad]", true},
                   .series = {kinks, expected_kinks},
                   .note = "Expected: one deflection per gap, energy from where the track ends."});
    out.push_back({.title = "Deposits over depth: " + file.label,
                   .x = {"depth of the plane [mm of water]"},
                   .y = {"deposit [keV]"},
                   .series = {mean, bragg, median},
                   .note = "Expected: stopping power of the sensor at the energy left in the plane."});
  }
  return out;
}

plot::Section yields(const std::vector<FileFacts>& files) {
  plot::Section section{.title = "Yields",
                        .text =
                            "95 % intervals in brackets. Range: mean water-equivalent depth at "
                            "which tracks end, and its standard deviation over tracks."};
  plot::Table table{{"file", "source", "method", "frames", "hits/frame", "tracks", "tracks/frame", "hits/track",
                     "range [mm of water]", "sd"},
                    {}};
  for (const FileFacts& file : files)
    for (const auto& r : file.reports)
      table.rows.push_back({file.label, r.source, file.method, std::to_string(r.frames), number(r.hits_per_frame, 1),
                            std::to_string(r.tracks), interval(r.tracks_per_frame, 2), interval(r.hits_per_track, 2),
                            interval(r.range, 1), number(r.range_sd, 1)});
  section.tables.push_back(table);
  return section;
}

plot::Section tracks(const std::vector<FileFacts>& files) {
  Figure length{.title = "Hits per track", .x = {"hits"}, .y = {"share of tracks"}};
  Figure score{.title = "Score of the tracks", .x = {"score"}, .y = {"share of tracks", true}};
  Figure ends{.title = "Where tracks end", .x = {"depth [mm of water]"}, .y = {"share of tracks"}};
  ends.note = "Half-way between the plane of the last hit and the next.";
  double most = 1.0;
  for (const FileFacts& file : files)
    for (std::size_t t = 0; file.spread && t < file.spread->hits_per_track.size(); ++t)
      most = std::max(most, file.spread->hits_per_track[t]);
  for (const FileFacts& file : files) {
    if (!file.spread) continue;
    const auto& spread = *file.spread;
    const double n = std::max<double>(1.0, static_cast<double>(spread.score.size()));
    length.series.push_back(
        plot::histogram(file.label, spread.hits_per_track, 0.5, most + 0.5, static_cast<int>(most)));
    // A score of exactly 1 belongs to the last bin.
    auto scores = spread.score;
    for (double& value : scores) value = std::min(value, 0.9999999);
    score.series.push_back(plot::histogram(file.label, scores, 0.0, 1.0, 50));
    for (auto* series : {&length.series.back(), &score.series.back()})
      for (double& y : series->y) y /= n;
    Series end{.label = file.label, .x = {}, .y = {}};
    for (const LayerDistribution& layer : spread.layers) {
      end.x.push_back(layer.stopping_wet);
      end.y.push_back(static_cast<double>(layer.ends) / n);
    }
    ends.series.push_back(end);
  }
  return {"Tracks", "", {length, ends, score}, {}};
}

Series cut_curve(const FileFacts& file) {
  Series curve{.label = file.label, .x = {}, .y = {}};
  for (const auto& cut : file.spread->cuts)
    if (!std::isnan(cut.purity)) {
      curve.x.push_back(100 * cut.efficiency);
      curve.y.push_back(100 * cut.purity);
    }
  return curve;
}

plot::Section truth(const std::vector<FileFacts>& files) {
  plot::Section section{.title = "Purity and efficiency",
                        .text =
                            "Published: tracks of primary hits only, mean over frames. Strict: all accepted tracks; "
                            "all reconstructable primaries, each found once and 90 % complete."};
  plot::Table table{{"file", "source", "method", "p+/F", "published purity [%]", "published efficiency [%]",
                     "strict purity [%]", "strict efficiency [%]", "segments TPR [%]", "FPR [%]"},
                    {}};
  Figure cuts{.title = "Purity against efficiency, cut on the score",
              .x = {"strict efficiency [%]"},
              .y = {"strict purity [%]"},
              .note = "From all tracks at the right end to the surest at the left."};
  for (const FileFacts& file : files) {
    if (file.spread && !file.spread->cuts.empty()) cuts.series.push_back(cut_curve(file));
    for (const auto& e : file.evaluations) {
      const auto& m = e.metrics;
      table.rows.push_back({file.label, e.source, file.method, number(e.events_per_frame, 1),
                            percent(m.published_purity), percent(m.published_efficiency), percent(m.strict_purity),
                            percent(m.strict_efficiency), number(100 * m.segment_tpr.value, 2),
                            number(100 * m.segment_fpr.value, 2)});
    }
  }
  if (!cuts.series.empty()) section.figures.push_back(cuts);
  section.tables.push_back(table);
  return section;
}

/// Strict purity and efficiency over the number of primaries in a frame, one curve per source and method.
plot::Section density(const std::vector<FileFacts>& files) {
  struct Point {
    double events;
    track::Estimate purity, efficiency;
  };
  std::map<std::string, std::vector<Point>> curves;
  for (const FileFacts& file : files)
    for (const auto& e : file.evaluations)
      curves[e.source + ", " + file.method].push_back(
          {e.events_per_frame, e.metrics.strict_purity, e.metrics.strict_efficiency});
  Figure purity{.title = "Purity over density", .x = {"primaries per frame"}, .y = {"strict purity [%]"}};
  Figure efficiency{.title = "Efficiency over density", .x = {"primaries per frame"}, .y = {"strict efficiency [%]"}};
  for (auto& [name, points] : curves) {
    std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.events < b.events; });
    Series p{.label = name, .x = {}, .y = {}}, f = p;
    for (const Point& point : points)
      for (auto* series : {&p, &f}) {
        const track::Estimate& e = series == &p ? point.purity : point.efficiency;
        series->x.push_back(point.events);
        series->y.push_back(100 * e.value);
        series->low.push_back(100 * e.low);
        series->high.push_back(100 * e.high);
      }
    if (points.size() == 1) p.mark = f.mark = Mark::Points;
    purity.series.push_back(p);
    efficiency.series.push_back(f);
  }
  return {"Density",
          "Bars: 95 % intervals. Several files of one source and method make a curve.",
          {purity, efficiency},
          {}};
}

plot::Section comparison(const std::vector<FileFacts>& files, const std::vector<Disagreement>& disagreements) {
  std::vector<std::string> names;
  for (const FileFacts& file : files) names.push_back(file.label);
  std::vector<double> values(names.size() * names.size(), kNone);
  for (std::size_t i = 0; i < names.size(); ++i) values[i * names.size() + i] = 0.0;
  for (const Disagreement& d : disagreements)
    values[d.a * names.size() + d.b] = values[d.b * names.size() + d.a] = d.value;
  return {"Disagreement",
          "Normalised disagreement of the assignments of the same segments: 0 none beyond the errors' "
          "share, 1 full.",
          {plot::matrix("Disagreement", names, names, values, "normalised disagreement")},
          {}};
}

plot::Section provenance(const std::vector<FileFacts>& files, const std::string& command, const std::string& version) {
  plot::Section section{.title = "Provenance", .text = "Made by difftrack " + version + ": " + command};
  plot::Table inputs{{"file", "SHA-256", "method", "model", "assignment", "detector", "events per frame"}, {}};
  plot::Table sources{{"file", "source", "made by"}, {}};
  for (const FileFacts& file : files) {
    const event::TracksMeta& meta = file.reports.front().meta;
    inputs.rows.push_back(
        {file.path, file.sha256, meta.method, meta.model.empty() ? "-" : meta.model, meta.assignment, meta.detector,
         meta.per_frame > 0 ? std::to_string(meta.per_frame) : fmt::format("windows of {:g} ns", meta.frame_time)});
    for (std::size_t s = 0; s < meta.sources.size(); ++s)
      sources.rows.push_back({file.label, meta.sources[s], file.commands[s]});
  }
  section.tables = {inputs, sources};
  return section;
}

}  // namespace

plot::Page report_page(const std::vector<FileFacts>& files, const std::vector<Disagreement>& disagreements,
                       const std::string& command, const std::string& version) {
  plot::Page page{.title = "Tracks of " +
                           (files.size() == 1 ? files.front().path : std::to_string(files.size()) + " files")};
  page.sections = {yields(files), tracks(files)};
  if (auto figures = against_physics(files); !figures.empty())
    page.sections.push_back({"Against physics",
                             "Lines: what a proton does that stops half-way behind the last hit of each track.",
                             std::move(figures),
                             {}});
  if (files.size() > 1)
    page.sections.push_back(
        {"Files side by side",
         "",
         {{.title = "Kinks, 68 %",
           .x = {"layer"},
           .y = {"kink [mrad]", true},
           .series = per_layer(files, Mark::Line, [](const auto& layer) { return 1e3 * layer.kink_68; })},
          {.title = "Mean deposit",
           .x = {"layer"},
           .y = {"deposit [keV]"},
           .series = per_layer(files, Mark::Line, [](const auto& layer) { return 1e3 * layer.deposit_mean; })}},
         {}});
  const bool any_truth =
      std::any_of(files.begin(), files.end(), [](const FileFacts& file) { return !file.evaluations.empty(); });
  if (any_truth) {
    page.sections.push_back(truth(files));
    page.sections.push_back(density(files));
  }
  if (!disagreements.empty()) page.sections.push_back(comparison(files, disagreements));
  page.sections.push_back(provenance(files, command, version));
  return page;
}

}  // namespace difftrack::report
