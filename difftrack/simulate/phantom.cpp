// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/phantom.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parse_number.hpp"
#include "difftrack/matter/material.hpp"
#include "difftrack/simulate/box_phantom.hpp"
#include "difftrack/simulate/voxel_volume.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kNudge = 1e-6;            // [mm] looks just behind a boundary
constexpr double kWaterHalfWidth = 200.0;  // [mm]
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double positive_length(const std::string& text, const std::string& whole) {
  const auto value = core::parse_number(text);
  if (!value) throw core::InputError({"", "phantom", whole}, "'" + text + "' is not a thickness in mm");
  if (!(*value > 0.0 && *value <= 10000.0))
    throw core::InputError({"", "phantom", whole}, "the thickness must be above 0 and at most 10000 mm");
  return *value;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// Where a ray enters and leaves an upright circle, in distance along the ray; entry > exit when it misses.
std::array<double, 2> circle_crossing(const Vector& p, const Vector& u, double x, double z, double radius) {
  const double a = u[0] * u[0] + u[2] * u[2];
  const double dx = p[0] - x, dz = p[2] - z;
  const double b = dx * u[0] + dz * u[2];
  const double c = dx * dx + dz * dz - radius * radius;
  if (a < 1e-18) return c < 0.0 ? std::array{-kInfinity, kInfinity} : std::array{kInfinity, -kInfinity};
  const double root = b * b - a * c;
  if (root <= 0.0) return {kInfinity, -kInfinity};
  const double s = std::sqrt(root);
  return {(-b - s) / a, (-b + s) / a};
}

}  // namespace

SlabPhantom::SlabPhantom(std::vector<Layer> layers, double half_width)
    : layers_(std::move(layers)), half_width_(half_width) {
  for (const auto& layer : layers_) total_ += layer.thickness;
  surfaces_.push_back(-0.5 * total_);
  for (const auto& layer : layers_) surfaces_.push_back(surfaces_.back() + layer.thickness);
}

Stretch SlabPhantom::ahead(const Vector& p, const Vector& u) const {
  double side = kInfinity;  // distance to the side walls
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (std::abs(p[axis] + kNudge * u[axis]) >= half_width_) return {nullptr, -1.0};
    if (u[axis] != 0.0) side = std::min(side, ((u[axis] > 0 ? half_width_ : -half_width_) - p[axis]) / u[axis]);
  }
  const double z = p[2] + kNudge * u[2];
  if (z < surfaces_.front()) return {nullptr, u[2] > 0.0 ? (surfaces_.front() - p[2]) / u[2] : -1.0};
  if (z >= surfaces_.back()) return {nullptr, u[2] < 0.0 ? (surfaces_.back() - p[2]) / u[2] : -1.0};
  std::size_t index = 0;
  while (index + 1 < layers_.size() && z >= surfaces_[index + 1]) ++index;
  const double depth = u[2] == 0.0 ? kInfinity : (surfaces_[u[2] > 0.0 ? index + 1 : index] - p[2]) / u[2];
  return {layers_[index].medium.get(), std::max(std::min(depth, side), kNudge)};
}

CylinderPhantom::CylinderPhantom(std::shared_ptr<const Medium> body, double radius, double half_height,
                                 std::vector<Insert> inserts)
    : body_(std::move(body)), radius_(radius), half_height_(half_height), inserts_(std::move(inserts)) {}

Stretch CylinderPhantom::ahead(const Vector& p, const Vector& u) const {
  const auto outer = circle_crossing(p, u, 0.0, 0.0, radius_);
  if (outer[0] > outer[1] || outer[1] <= kNudge || std::abs(p[1] + kNudge * u[1]) >= half_height_)
    return {nullptr, -1.0};
  if (outer[0] > kNudge) return {nullptr, outer[0]};
  double end = outer[1];
  if (u[1] != 0.0) end = std::min(end, ((u[1] > 0 ? half_height_ : -half_height_) - p[1]) / u[1]);
  for (const auto& insert : inserts_) {
    const auto inner = circle_crossing(p, u, insert.x, insert.z, insert.radius);
    if (inner[0] > inner[1] || inner[1] <= kNudge) continue;
    if (inner[0] <= kNudge) return {insert.medium.get(), std::max(std::min(end, inner[1]), kNudge)};
    end = std::min(end, inner[0]);
  }
  return {body_.get(), std::max(end, kNudge)};
}

std::vector<event::Target> CylinderPhantom::targets() const {
  std::vector<event::Target> targets;
  for (const Insert& insert : inserts_)
    targets.push_back({.name = insert.name,
                       .x = insert.x,
                       .z = insert.z,
                       .half_x = insert.radius,
                       .half_z = insert.radius,
                       .half_y = half_height_,
                       .round = true});
  return targets;
}

std::unique_ptr<Phantom> make_ctp404() {
  constexpr const char* kInserts[8] = {"air", "polystyrene", "ldpe", "pmp", "air", "teflon", "delrin", "pmma"};
  std::vector<CylinderPhantom::Insert> inserts;
  for (std::size_t i = 0; i < 8; ++i) {
    const double angle = 0.25 * std::numbers::pi * static_cast<double>(i);
    inserts.push_back({std::make_shared<Medium>(matter::named_material(kInserts[i])), 58.5 * std::cos(angle),
                       58.5 * std::sin(angle), 6.1, kInserts[i]});
  }
  return std::make_unique<CylinderPhantom>(std::make_shared<Medium>(matter::named_material("epoxy")), 75.0, 100.0,
                                           std::move(inserts));
}

std::string volume_file(const SimulationConfig& config) {
  constexpr std::string_view kVolume = "volume:";
  return config.phantom.starts_with(kVolume) ? config.phantom.substr(kVolume.size()) : "";
}

std::unique_ptr<Phantom> make_phantom(const SimulationConfig& config) {
  const std::string& text = config.phantom;
  const auto colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (kind != "volume" && !config.hu_table.empty())
    throw core::InputError({"", "hu_table", config.hu_table},
                           "is of no use to phantom '" + text + "', only to a volume");
  if (text == "none") return nullptr;
  if (text == "ctp404") return make_ctp404();
  if (text == "line-pairs") return make_line_pairs();
  if (text == "edges") return make_edges();
  if (kind == "step" && colon != std::string::npos) return make_step(positive_length(rest, text));
  if (kind == "volume") return read_voxel_volume(volume_file(config), config.hu_table);
  std::vector<SlabPhantom::Layer> layers;
  if (kind == "slabs") {
    for (const auto& part : split(rest, ',')) {
      const auto at = part.find(':');
      if (at == std::string::npos)
        throw core::InputError({"", "phantom", text}, "expected slabs:MATERIAL:MM,MATERIAL:MM,...");
      layers.push_back({std::make_shared<Medium>(matter::named_material(part.substr(0, at))),
                        positive_length(part.substr(at + 1), text)});
    }
  } else if (colon != std::string::npos) {
    layers.push_back({std::make_shared<Medium>(matter::named_material(kind)), positive_length(rest, text)});
  } else {
    throw core::InputError(
        {"", "phantom", text},
        "unknown; expected none, water:MM, slabs:MATERIAL:MM,..., ctp404, line-pairs, edges, step:MM or "
        "volume:FILE.mhd");
  }
  return std::make_unique<SlabPhantom>(std::move(layers), kWaterHalfWidth);
}

}  // namespace difftrack::simulate
