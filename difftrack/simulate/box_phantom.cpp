// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/box_phantom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "difftrack/core/units.hpp"
#include "difftrack/matter/material.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kNudge = 1e-6;        // [mm] looks just behind a boundary
constexpr double kRadius = 75.0;       // [mm] of the cylinders
constexpr double kHalfHeight = 100.0;  // [mm]
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Where a ray enters and leaves a box, in distance along the ray; entry > exit when it misses.
std::array<double, 2> box_crossing(const Vector& p, const Vector& u, const BoxPhantom::Box& box) {
  const double c = std::cos(box.turn), s = std::sin(box.turn);
  const auto own = [&](double x, double y, double z) { return Vector{c * x + s * z, y, -s * x + c * z}; };
  const Vector at = own(p[0] - box.centre[0], p[1] - box.centre[1], p[2] - box.centre[2]),
               along = own(u[0], u[1], u[2]);
  double entry = -kInfinity, exit = kInfinity;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (std::abs(along[axis]) < 1e-12) {
      if (std::abs(at[axis]) >= box.half[axis]) return {kInfinity, -kInfinity};
      continue;
    }
    const double a = (-box.half[axis] - at[axis]) / along[axis], b = (box.half[axis] - at[axis]) / along[axis];
    entry = std::max(entry, std::min(a, b));
    exit = std::min(exit, std::max(a, b));
  }
  return {entry, exit};
}

std::shared_ptr<const Medium> medium(const char* name) {
  return std::make_shared<Medium>(matter::named_material(name));
}

std::unique_ptr<CylinderPhantom> cylinder(const char* material) {
  return std::make_unique<CylinderPhantom>(medium(material), kRadius, kHalfHeight,
                                           std::vector<CylinderPhantom::Insert>{});
}

}  // namespace

BoxPhantom::BoxPhantom(std::unique_ptr<CylinderPhantom> body, std::vector<Box> boxes,
                       std::vector<event::Target> targets)
    : body_(std::move(body)), boxes_(std::move(boxes)), targets_(std::move(targets)) {
  if (body_) half_ = body_->half_size();
  for (const Box& box : boxes_) {
    const double c = std::abs(std::cos(box.turn)), s = std::abs(std::sin(box.turn));
    half_[0] = std::max(half_[0], std::abs(box.centre[0]) + c * box.half[0] + s * box.half[2]);
    half_[1] = std::max(half_[1], std::abs(box.centre[1]) + box.half[1]);
    half_[2] = std::max(half_[2], std::abs(box.centre[2]) + s * box.half[0] + c * box.half[2]);
  }
}

Stretch BoxPhantom::ahead(const Vector& position, const Vector& direction) const {
  Stretch around{nullptr, kInfinity};
  if (body_) {
    around = body_->ahead(position, direction);
    if (around.medium == nullptr) return around;
  }
  for (const Box& box : boxes_) {
    const auto [entry, exit] = box_crossing(position, direction, box);
    if (entry > exit || exit <= kNudge) continue;
    if (entry <= kNudge) return {box.medium.get(), std::max(std::min(around.length, exit), kNudge)};
    around.length = std::min(around.length, entry);
  }
  if (around.length == kInfinity) return {nullptr, -1.0};
  return {around.medium, std::max(around.length, kNudge)};
}

std::unique_ptr<Phantom> make_line_pairs() {
  constexpr int kGroups = 21;
  constexpr double kCircle = 47.5, kHalfThick = 1.0, kHalfTall = 20.0;
  const auto aluminium = medium("aluminium");
  std::vector<BoxPhantom::Box> boxes;
  std::vector<event::Target> targets;
  for (int group = 1; group <= kGroups; ++group) {
    const int count = group == 1 ? 2 : group == 2 ? 3 : group <= 5 ? 4 : 5;
    const double width = 5.0 / group;  // [mm] of a box, and of a gap
    const double angle = 2.0 * std::numbers::pi * (group - 1) / kGroups;
    targets.push_back({.name = fmt::format("{} lp/cm", group),
                       .x = kCircle * std::cos(angle),
                       .z = kCircle * std::sin(angle),
                       .half_x = kHalfThick,
                       .half_z = width * (count - 0.5),
                       .half_y = kHalfTall,
                       .turn = angle,
                       .frequency = 0.5 / width});
    for (int i = 0; i < count; ++i) {
      const double side = 2.0 * width * (i - 0.5 * (count - 1));  // along the circle
      boxes.push_back({aluminium,
                       {kCircle * std::cos(angle) - side * std::sin(angle), 0.0,
                        kCircle * std::sin(angle) + side * std::cos(angle)},
                       {kHalfThick, kHalfTall, 0.5 * width},
                       angle});
    }
  }
  return std::make_unique<BoxPhantom>(cylinder("epoxy"), std::move(boxes), std::move(targets));
}

std::unique_ptr<Phantom> make_edges() {
  constexpr std::array kRadii{0.0, 15.0, 30.0, 45.0, 58.0};
  constexpr double kHalf = 5.0, kHalfTall = 20.0, kTurn = 3.0 * units::degree;
  const auto aluminium = medium("aluminium");
  std::vector<BoxPhantom::Box> boxes;
  std::vector<event::Target> targets;
  for (std::size_t i = 0; i < kRadii.size(); ++i) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(kRadii.size());
    boxes.push_back({aluminium,
                     {kRadii[i] * std::cos(angle), 0.0, kRadii[i] * std::sin(angle)},
                     {kHalf, kHalfTall, kHalf},
                     angle + kTurn});
    const auto& box = boxes.back();
    targets.push_back({.name = fmt::format("edges at {:g} mm", kRadii[i]),
                       .x = box.centre[0],
                       .z = box.centre[2],
                       .half_x = kHalf,
                       .half_z = kHalf,
                       .half_y = kHalfTall,
                       .turn = box.turn});
  }
  return std::make_unique<BoxPhantom>(cylinder("water"), std::move(boxes), std::move(targets));
}

std::unique_ptr<Phantom> make_step(double thickness) {
  constexpr double kHalfWide = 100.0;  // [mm]
  return std::make_unique<BoxPhantom>(
      nullptr,
      std::vector<BoxPhantom::Box>{
          {medium("water"), {-kHalfWide, 0.0, 0.0}, {kHalfWide, 2.0 * kHalfWide, 0.5 * thickness}, 0.0}},
      std::vector<event::Target>{});
}

}  // namespace difftrack::simulate
