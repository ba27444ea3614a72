// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/range_calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/core/toml_fields.hpp"
#include "difftrack/detector/layer_matter.hpp"

namespace difftrack::image {

namespace {

constexpr std::size_t kFewestProtons = 20;
constexpr double kSameMatter = 1e-3;  // relative difference of a detector's depth in water

double detector_depth(const detector::Detector& detector) {
  const auto matter = detector::layer_matter(detector);
  return matter.plane_wet(static_cast<std::int32_t>(matter.plane_z.size()) - 1);
}

struct Line {
  double value, slope;
};

// Straight line through the points near `at`, weighted by a Gaussian in x.
Line local_line(const std::vector<double>& x, const std::vector<double>& y, double at, double width) {
  double w = 0.0, wx = 0.0, wy = 0.0, wxx = 0.0, wxy = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double d = x[i] - at, weight = std::exp(-0.5 * d * d / (width * width));
    w += weight, wx += weight * d, wy += weight * y[i], wxx += weight * d * d, wxy += weight * d * y[i];
  }
  const double slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  return {(wy - slope * wx) / w, slope};
}

// Fritsch and Carlson's slopes of a monotone cubic, by the harmonic mean of the neighbouring secants.
std::vector<double> monotone_slopes(const std::vector<RangeCalibration::Knot>& knots) {
  const std::size_t n = knots.size();
  std::vector<double> secant(n - 1), slopes(n);
  for (std::size_t i = 0; i + 1 < n; ++i)
    secant[i] = (knots[i + 1].wepl - knots[i].wepl) / (knots[i + 1].range - knots[i].range);
  slopes.front() = secant.front();
  slopes.back() = secant.back();
  for (std::size_t i = 1; i + 1 < n; ++i) slopes[i] = 2.0 * secant[i - 1] * secant[i] / (secant[i - 1] + secant[i]);
  return slopes;
}

}  // namespace

Core core_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  double mean = values[n / 2], sd = (values[9 * n / 10] - values[n / 10]) / 2.563;
  std::int64_t inside = 0;
  for (int round = 0; round < 50; ++round) {
    const auto low = std::lower_bound(values.begin(), values.end(), mean - 3.0 * sd);
    const auto high = std::upper_bound(values.begin(), values.end(), mean + 3.0 * sd);
    const std::int64_t count = high - low;
    if (count == inside || count == 0) break;
    inside = count;
    double sum = 0.0, square = 0.0;
    for (auto i = low; i != high; ++i) sum += *i;
    const double centre = sum / static_cast<double>(count);
    for (auto i = low; i != high; ++i) square += (*i - centre) * (*i - centre);
    mean = centre;
    sd = std::sqrt(square / static_cast<double>(count));
  }
  return {mean, sd, inside};
}

RangeCalibration::RangeCalibration(std::string detector, double energy, double deposit_scale, double detector_wet,
                                   std::vector<Knot> knots)
    : detector_(std::move(detector)),
      energy_(energy),
      deposit_scale_(deposit_scale),
      detector_wet_(detector_wet),
      knots_(std::move(knots)) {
  if (knots_.size() < 2) throw core::InputError({"", "range", ""}, "needs two rows at least");
  for (std::size_t i = 0; i + 1 < knots_.size(); ++i)
    if (!(knots_[i + 1].range > knots_[i].range && knots_[i + 1].wepl < knots_[i].wepl))
      throw core::InputError({"", fmt::format("wepl, row {}", i + 1), fmt::format("{}", knots_[i + 1].wepl)},
                             "ranges have to rise and WEPLs to fall from row to row");
  slopes_ = monotone_slopes(knots_);
}

RangeCalibration RangeCalibration::fit(const detector::Detector& detector, double energy, double deposit_scale,
                                       const std::vector<CalibrationStep>& steps, const Config& config) {
  core::check_fields(config, "");
  if (steps.size() < 4)
    throw core::InputError({"", "steps", std::to_string(steps.size())},
                           "a calibration needs four thicknesses at least");
  std::vector<double> wepl, mean, variance;
  for (const CalibrationStep& step : steps) {
    if (step.ranges.size() < kFewestProtons)
      throw core::InputError({"", fmt::format("water {} mm", step.wepl), std::to_string(step.ranges.size())},
                             "protons came into the detector; too few for a calibration");
    const Core core = core_of(step.ranges);
    wepl.push_back(step.wepl);
    mean.push_back(core.mean);
    variance.push_back(core.sd * core.sd);
  }
  std::vector<Knot> knots;
  const auto [thinnest, thickest] = std::minmax_element(wepl.begin(), wepl.end());
  const double first = *thinnest, last = *thickest;
  const auto rows = std::max<std::int64_t>(2, std::llround((last - first) / config.knots) + 1);
  for (std::int64_t i = rows - 1; i >= 0; --i) {
    const double at = first + (last - first) * static_cast<double>(i) / static_cast<double>(rows - 1);
    const Line range = local_line(wepl, mean, at, config.smoothing);
    const double spread = std::sqrt(std::max(0.0, local_line(wepl, variance, at, 2.0 * config.smoothing).value));
    knots.push_back({range.value, at, spread / std::max(0.1, std::abs(range.slope))});
  }
  return {detector.name, energy, deposit_scale, detector_depth(detector), std::move(knots)};
}

double RangeCalibration::wepl(double range) const {
  if (range <= knots_.front().range) return knots_.front().wepl + (knots_.front().range - range);
  if (range >= knots_.back().range) return knots_.back().wepl + (knots_.back().range - range);
  const auto above =
      std::upper_bound(knots_.begin(), knots_.end(), range, [](double r, const Knot& k) { return r < k.range; });
  const auto i = static_cast<std::size_t>(above - knots_.begin()) - 1;
  const double h = knots_[i + 1].range - knots_[i].range, f = (range - knots_[i].range) / h;
  const double g = f * f * (3.0 - 2.0 * f);
  return knots_[i].wepl + g * (knots_[i + 1].wepl - knots_[i].wepl) +
         h * f * (1.0 - f) * ((1.0 - f) * slopes_[i] - f * slopes_[i + 1]);
}

double RangeCalibration::wepl_sd(double range) const {
  if (range <= knots_.front().range) return knots_.front().sd;
  if (range >= knots_.back().range) return knots_.back().sd;
  const auto above =
      std::upper_bound(knots_.begin(), knots_.end(), range, [](double r, const Knot& k) { return r < k.range; });
  const auto i = static_cast<std::size_t>(above - knots_.begin()) - 1;
  const double f = (range - knots_[i].range) / (knots_[i + 1].range - knots_[i].range);
  return knots_[i].sd + f * (knots_[i + 1].sd - knots_[i].sd);
}

void RangeCalibration::check_detector(const detector::Detector& other, const std::string& file) const {
  if (other.name != detector_)
    throw core::InputError({file, "detector", detector_}, "is a calibration of another detector than " + other.name +
                                                              "; 'difftrack calibrate' makes one");
  if (const double depth = detector_depth(other); std::abs(depth / detector_wet_ - 1.0) > kSameMatter)
    throw core::InputError({file, "detector_wet", fmt::format("{:.2f} mm", detector_wet_)},
                           fmt::format("the described {} has {:.2f} mm of water before its last plane: it was changed "
                                       "since; 'difftrack calibrate' makes a new calibration",
                                       other.name, depth));
}

std::string RangeCalibration::text(const std::string& how) const {
  std::string out = "# Range to water-equivalent path length, made by:\n#   " + how + "\n";
  out += fmt::format("detector = \"{}\"\n", detector_);
  out += fmt::format("energy = {}          # MeV, of the beam\n", energy_);
  out += fmt::format("deposit_scale = {}   # measured deposit over that of the mean energy loss\n", deposit_scale_);
  out += fmt::format("detector_wet = {}    # mm of water before the last plane\n", detector_wet_);
  out += "knots = [            # range, WEPL, standard deviation of a proton's WEPL, mm of water\n";
  for (const Knot& knot : knots_) out += fmt::format("  [{}, {}, {}],\n", knot.range, knot.wepl, knot.sd);
  return out + "]\n";
}

RangeCalibration RangeCalibration::parse(const std::string& text, const std::string& file) {
  const toml::table table = core::parse_toml(text, file);
  core::check_keys(table, file, {"detector", "energy", "deposit_scale", "detector_wet", "knots"});
  const auto number = [&](const char* key) {
    const auto value = table[key].value<double>();
    if (!value || !(*value > 0.0)) throw core::InputError({file, key, ""}, "has to be a number above 0");
    return *value;
  };
  const auto name = table["detector"].value<std::string>();
  const toml::array* rows = table["knots"].as_array();
  if (!name) throw core::InputError({file, "detector", ""}, "has to be the name of a detector");
  if (rows == nullptr) throw core::InputError({file, "knots", ""}, "has to be a list of [range, WEPL, sd]");
  std::vector<Knot> knots;
  for (const auto& row : *rows) {
    const toml::array* values = row.as_array();
    std::vector<double> v;
    if (values != nullptr)
      for (const auto& each : *values)
        if (const auto value = each.value<double>(); value && std::isfinite(*value)) v.push_back(*value);
    if (v.size() != 3)
      throw core::InputError({file, fmt::format("knots, row {}", knots.size()), ""}, "has to be [range, WEPL, sd]");
    knots.push_back({v[0], v[1], v[2]});
  }
  try {
    return {*name, number("energy"), number("deposit_scale"), number("detector_wet"), std::move(knots)};
  } catch (const core::InputError& error) {
    if (!error.where().file.empty()) throw;
    throw core::InputError({file, error.where().field, error.where().value},
                           "ranges have to rise and WEPLs to fall from row to row");
  }
}

RangeCalibration read_range_calibration(const std::string& name_or_path) {
  const std::string path = core::find_shipped("detectors", name_or_path, ".range");
  std::ifstream in(path);
  if (!in) throw core::InputError({path, "", ""}, "cannot be read; 'difftrack calibrate' makes a calibration");
  std::stringstream content;
  content << in.rdbuf();
  return RangeCalibration::parse(content.str(), path);
}

}  // namespace difftrack::image
