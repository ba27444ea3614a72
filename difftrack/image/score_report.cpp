// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/score_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/plot/page.hpp"

namespace difftrack::image {

namespace {

constexpr double kDark = 0.0, kBright = 2.0, kDifference = 0.2;  // RSP

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::string region_line(const std::string& name, const RegionScore& region) {
  if (region.voxels == 0) return "";
  return fmt::format("{:<14} {:>8} voxels   mean {:.4f}   expected {:.4f} ({:+.2f} %)   mean |difference| {:.4f}\n",
                     name, region.voxels, region.mean, region.expected, region.percent(), region.mae);
}

/// Regions with the names that text and page give them.
std::vector<std::pair<std::string, RegionScore>> regions(const ImageScore& score) {
  return {{"body", score.body}, {"soft tissue", score.soft}, {"bone", score.bone}, {"phantom", score.all}};
}

/// What text and page say of a target, in the order of their columns.
std::vector<std::string> target_cells(const TargetScore& t) {
  return {t.name,
          fmt::format("{:.1f}", t.radius),
          fmt::format("{:.4f}", t.region.mean),
          t.mean_sd > 0.0 ? fmt::format("{:.4f}", t.mean_sd) : "-",
          fmt::format("{:.4f}", t.region.expected),
          fmt::format("{:.4f}", t.blurred),
          t.region.expected > 0.1 ? fmt::format("{:+.2f}", t.region.percent()) : "-",
          t.region.expected > 0.1 ? fmt::format("{:+.2f}", t.blurred_percent()) : "-",
          t.blur > 0.0 ? fmt::format("{:.2f} +- {:.2f}", t.blur, t.blur_sd) : "-",
          t.blur > 0.0 ? fmt::format("{:.2f}", mtf10(t.blur)) : "-",
          t.lines ? fmt::format("{:.2f}", t.modulation) : "-"};
}

/// Noise, WEPL along rays, what another image is beside, and the blur of all targets, a line each.
std::string summary(const ImageScore& score, const std::optional<Comparison>& beside) {
  std::string text = fmt::format("noise of a voxel in the body {:.4f}\n", score.noise);
  text += fmt::format("WEPL along {} straight rays: mean difference {:+.2f} mm, rms {:.2f} mm\n", score.rays.rays,
                      score.rays.mean, score.rays.rms);
  if (beside)
    text += fmt::format("against the other image: mean difference {:+.3f} %, rms {:.4f}, N_eff {:.3f} of the other's\n",
                        beside->mean, beside->rms, beside->noise_ratio);
  if (!score.targets.empty())
    text += fmt::format("blur of all targets together {:.2f} mm, MTF10 {:.2f} lp/cm\n", score.blur, mtf10(score.blur));
  return text;
}

nlohmann::ordered_json region_json(const RegionScore& region) {
  return {{"voxels", region.voxels},
          {"mean", region.mean},
          {"expected", region.expected},
          {"percent", region.percent()},
          {"mae", region.mae}};
}

/// A slice as pictures want it: x to the right, z downwards.
struct Slice {
  std::vector<float> image, expected, difference;
};

Slice middle_slice(const Volume& image, const event::ReferenceImage& reference) {
  Slice slice;
  const std::int64_t times = reference.counts[0] / image.counts[0], j = image.counts[1] / 2;
  for (std::int64_t k = 0; k < image.counts[2]; ++k)
    for (std::int64_t i = 0; i < image.counts[0]; ++i) {
      double sum = 0.0;
      for (std::int64_t n = 0; n < times * times; ++n)
        sum += static_cast<double>(reference.rsp[at(
            ((k * times + n / times) * reference.counts[1] + j) * reference.counts[0] + i * times + n % times)]);
      slice.image.push_back(image.values[image.index(i, j, k)]);
      slice.expected.push_back(static_cast<float>(sum / static_cast<double>(times * times)));
      slice.difference.push_back(slice.image.back() - slice.expected.back());
    }
  return slice;
}

/// Values along x in the row at z [mm], of the image and as they should be.
plot::Figure profile(const Volume& image, const Slice& slice, double z) {
  const std::int64_t k = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(std::floor(z / image.spacing[2] + 0.5 * static_cast<double>(image.counts[2]))), 0,
      image.counts[2] - 1);
  plot::Figure figure{fmt::format("Profile at z = {:.1f} mm", image.centre(2, k)), {"x [mm]"}, {"RSP"}};
  const auto line = [&](const std::string& label, const std::vector<float>& values, int colour) {
    plot::Series series{label, {}, {}};
    series.colour = colour;
    for (std::int64_t i = 0; i < image.counts[0]; ++i) {
      series.x.push_back(image.centre(0, i));
      series.y.push_back(static_cast<double>(values[at(k * image.counts[0] + i)]));
    }
    figure.series.push_back(std::move(series));
  };
  line("what it should be", slice.expected, 5);
  line("image", slice.image, 1);
  return figure;
}

plot::Raster picture(const Volume& image, const std::vector<float>& values, double low, double high,
                     const std::string& title) {
  return {title,
          values,
          image.counts[0],
          image.counts[2],
          low,
          high,
          std::max<std::int64_t>(1, 400 / image.counts[0]),
          fmt::format("{}, RSP {:g} (black) to {:g} (white); x to the right, z downwards.", title, low, high)};
}

/// The numbers of score_table as cells.
plot::Table targets_table(const ImageScore& score) {
  plot::Table table{{"target", "r [mm]", "mean", "sd", "expected", "blurred", "raw [%]", "blurred [%]", "blur [mm]",
                     "MTF10 [lp/cm]", "modulation"},
                    {}};
  for (const TargetScore& t : score.targets) table.rows.push_back(target_cells(t));
  return table;
}

plot::Table regions_table(const ImageScore& score) {
  plot::Table table{{"region", "voxels", "mean", "expected", "difference [%]", "mean |difference|"}, {}};
  for (const auto& [name, region] : regions(score))
    if (region.voxels > 0)
      table.rows.push_back({name, fmt::format("{}", region.voxels), fmt::format("{:.4f}", region.mean),
                            fmt::format("{:.4f}", region.expected), fmt::format("{:+.2f}", region.percent()),
                            fmt::format("{:.4f}", region.mae)});
  return table;
}

}  // namespace

std::string score_table(const ImageScore& score, const std::optional<Comparison>& beside) {
  std::string text;
  for (const auto& [name, region] : regions(score)) text += region_line(name, region);
  text += summary(score, beside);
  if (score.targets.empty()) return text;
  const auto row = [&text](const std::vector<std::string>& c) {
    text += fmt::format("{:<16} {:>6} {:>8} {:>8} {:>8} {:>9} {:>8} {:>8} {:>13} {:>6} {:>6}\n", c[0], c[1], c[2], c[3],
                        c[4], c[5], c[6], c[7], c[8], c[9], c[10]);
  };
  text += "\n";
  row({"target", "r [mm]", "mean", "sd", "expected", "blurred", "raw %", "blur %", "blur [mm]", "MTF10", "modul."});
  for (const TargetScore& t : score.targets) row(target_cells(t));
  return text;
}

std::string score_json(const ImageScore& score, const std::optional<Comparison>& beside) {
  nlohmann::ordered_json json{{"body", region_json(score.body)},     {"noise", score.noise},
                              {"soft", region_json(score.soft)},     {"bone", region_json(score.bone)},
                              {"phantom", region_json(score.all)},   {"blur_mm", score.blur},
                              {"mtf10_lp_per_cm", mtf10(score.blur)}};
  json["rays"] = {{"rays", score.rays.rays}, {"mean_mm", score.rays.mean}, {"rms_mm", score.rays.rms}};
  if (beside) json["against"] = {{"n_eff", beside->noise_ratio}, {"mean_percent", beside->mean}, {"rms", beside->rms}};
  json["targets"] = nlohmann::ordered_json::array();
  for (const TargetScore& t : score.targets)
    json["targets"].push_back({{"name", t.name},
                               {"radius_mm", t.radius},
                               {"region", region_json(t.region)},
                               {"mean_sd", t.mean_sd},
                               {"blurred", t.blurred},
                               {"blurred_percent", t.blurred_percent()},
                               {"blur_mm", t.blur},
                               {"blur_sd_mm", t.blur_sd},
                               {"mtf10_lp_per_cm", mtf10(t.blur)},
                               {"modulation", t.modulation}});
  return json.dump(1) + "\n";
}

std::string score_page(const std::string& title, const Volume& image, const event::ReferenceImage& reference,
                       const ImageScore& score, const std::optional<Comparison>& beside) {
  const Slice slice = middle_slice(image, reference);
  plot::Page page{title, "", {}};
  plot::Section pictures{"The middle slice"};
  pictures.rasters = {picture(image, slice.image, kDark, kBright, "Image"),
                      picture(image, slice.expected, kDark, kBright, "What it should be"),
                      picture(image, slice.difference, -kDifference, kDifference, "Difference")};
  pictures.figures.push_back(profile(image, slice, 0.0));
  if (!reference.targets.empty()) pictures.figures.push_back(profile(image, slice, reference.targets.front().z));
  page.sections.push_back(std::move(pictures));
  plot::Section numbers{"Regions", summary(score, beside)};
  numbers.tables.push_back(regions_table(score));
  page.sections.push_back(std::move(numbers));
  if (!score.targets.empty()) {
    plot::Section targets{"Targets"};
    targets.tables.push_back(targets_table(score));
    page.sections.push_back(std::move(targets));
  }
  return plot::html(page);
}

}  // namespace difftrack::image
