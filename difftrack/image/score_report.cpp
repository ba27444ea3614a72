// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/score_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "difftrack/image/picture.hpp"

namespace difftrack::image {

namespace {

constexpr double kDark = 0.0, kBright = 2.0, kDifference = 0.2;  // RSP
constexpr int kWide = 560, kHigh = 180;                          // of a profile

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::string region_line(const char* name, const RegionScore& region) {
  if (region.voxels == 0) return "";
  return fmt::format("{:<14} {:>8} voxels   mean {:.4f}   expected {:.4f} ({:+.2f} %)   mean |difference| {:.4f}\n",
                     name, region.voxels, region.mean, region.expected, region.percent(), region.mae);
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

/// Values along x in the row at z [mm], image and reference, as SVG.
std::string profile(const Volume& image, const Slice& slice, double z) {
  const std::int64_t k = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(std::floor(z / image.spacing[2] + 0.5 * static_cast<double>(image.counts[2]))), 0,
      image.counts[2] - 1);
  const auto line = [&](const std::vector<float>& values, const char* colour) {
    std::string points;
    for (std::int64_t i = 0; i < image.counts[0]; ++i) {
      const double value = static_cast<double>(values[at(k * image.counts[0] + i)]);
      points +=
          fmt::format("{:.1f},{:.1f} ", kWide * (static_cast<double>(i) + 0.5) / static_cast<double>(image.counts[0]),
                      kHigh * (1.0 - std::clamp((value + 0.1) / (kBright + 0.3), 0.0, 1.0)));
    }
    return fmt::format("<polyline fill=\"none\" stroke=\"{}\" points=\"{}\"/>", colour, points);
  };
  return fmt::format(
      "<figure><svg width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">{2}{3}</svg>"
      "<figcaption>along x at z = {4:.1f} mm: image (red) and what it should be (grey), RSP -0.1 to 2.2"
      "</figcaption></figure>\n",
      kWide, kHigh, line(slice.expected, "#999"), line(slice.image, "#c22"), image.centre(2, k));
}

std::string picture(const Volume& image, const std::vector<float>& values, double low, double high,
                    const std::string& caption) {
  const std::int64_t times = std::max<std::int64_t>(1, 400 / image.counts[0]);
  const std::string png = grey_png(values, image.counts[0], image.counts[2], low, high, times);
  return fmt::format("<figure><img src=\"data:image/png;base64,{}\"><figcaption>{}</figcaption></figure>\n",
                     base64(png), caption);
}

}  // namespace

std::string score_table(const ImageScore& score, const std::optional<Comparison>& beside) {
  std::string text = region_line("body", score.body) + region_line("soft tissue", score.soft) +
                     region_line("bone", score.bone) + region_line("phantom", score.all);
  text += fmt::format("noise of a voxel in the body {:.4f}\n", score.noise);
  if (beside)
    text += fmt::format("against the other image: mean difference {:+.3f} %, rms {:.4f}, N_eff {:.3f} of the other's\n",
                        beside->mean, beside->rms, beside->noise_ratio);
  if (score.targets.empty()) return text;
  text += fmt::format("blur of all targets together {:.2f} mm, MTF10 {:.2f} lp/cm\n\n", score.blur, mtf10(score.blur));
  text += fmt::format("{:<16} {:>6} {:>8} {:>8} {:>8} {:>9} {:>8} {:>8} {:>13} {:>6} {:>6}\n", "target", "r [mm]",
                      "mean", "sd", "expected", "blurred", "raw %", "blur %", "blur [mm]", "MTF10", "modul.");
  for (const TargetScore& t : score.targets)
    text += fmt::format(
        "{:<16} {:>6.1f} {:>8.4f} {:>8} {:>8.4f} {:>9.4f} {:>8} {:>8} {:>13} {:>6} {:>6}\n", t.name, t.radius,
        t.region.mean, t.mean_sd > 0.0 ? fmt::format("{:.4f}", t.mean_sd) : "-", t.region.expected, t.blurred,
        t.region.expected > 0.1 ? fmt::format("{:+.2f}", t.region.percent()) : "-",
        t.region.expected > 0.1 ? fmt::format("{:+.2f}", t.blurred_percent()) : "-",
        t.blur > 0.0 ? fmt::format("{:.2f} +- {:.2f}", t.blur, t.blur_sd) : "-",
        t.blur > 0.0 ? fmt::format("{:.2f}", mtf10(t.blur)) : "-", t.lines ? fmt::format("{:.2f}", t.modulation) : "-");
  return text;
}

std::string score_json(const ImageScore& score, const std::optional<Comparison>& beside) {
  nlohmann::ordered_json json{{"body", region_json(score.body)},     {"noise", score.noise},
                              {"soft", region_json(score.soft)},     {"bone", region_json(score.bone)},
                              {"phantom", region_json(score.all)},   {"blur_mm", score.blur},
                              {"mtf10_lp_per_cm", mtf10(score.blur)}};
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
  std::string escaped;
  for (const char c : title) escaped += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  const Slice slice = middle_slice(image, reference);
  std::string html =
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + escaped +
      "</title><style>body{font-family:sans-serif;margin:2em}figure{display:inline-block;margin:0 1em 1em "
      "0}img{image-rendering:pixelated}</style></head><body>\n<h1>" +
      escaped + "</h1>\n";
  html += picture(image, slice.image, kDark, kBright, "image, RSP 0 to 2; x to the right, z downwards");
  html += picture(image, slice.expected, kDark, kBright, "what it should be");
  html += picture(image, slice.difference, -kDifference, kDifference, "difference, -0.2 to 0.2");
  html += profile(image, slice, 0.0);
  if (!reference.targets.empty()) html += profile(image, slice, reference.targets.front().z);
  return html + "<pre>\n" + score_table(score, beside) + "</pre>\n</body></html>\n";
}

}  // namespace difftrack::image
