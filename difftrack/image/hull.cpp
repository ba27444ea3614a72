// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/hull.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parse_number.hpp"

namespace difftrack::image {

namespace {

std::optional<Hull::Chord> quadric_chord(const Quadric& quadric, const Line& line, const Rotation& r) {
  const auto& q = quadric.coefficients;
  // Point and direction of the line in the phantom's frame: p + z u.
  const double px = r.x(line.x, 0.0), py = line.y, pz = r.z(line.x, 0.0);
  const double ux = r.x(line.slope_x, 1.0), uy = line.slope_y, uz = r.z(line.slope_x, 1.0);
  const double a = q[0] * ux * ux + q[1] * uy * uy + q[2] * uz * uz + q[3] * ux * uy + q[4] * ux * uz + q[5] * uy * uz;
  const double b = 2.0 * (q[0] * px * ux + q[1] * py * uy + q[2] * pz * uz) + q[3] * (px * uy + py * ux) +
                   q[4] * (px * uz + pz * ux) + q[5] * (py * uz + pz * uy) + q[6] * ux + q[7] * uy + q[8] * uz;
  const double c = q[0] * px * px + q[1] * py * py + q[2] * pz * pz + q[3] * px * py + q[4] * px * pz + q[5] * py * pz +
                   q[6] * px + q[7] * py + q[8] * pz + q[9];
  const double root = b * b - 4.0 * a * c;
  if (!(a > 0.0) || root <= 0.0) return std::nullopt;
  const double s = std::sqrt(root);
  return Hull::Chord{(-b - s) / (2.0 * a), (-b + s) / (2.0 * a)};
}

std::optional<Hull::Chord> mask_chord(const Volume& mask, const Line& line, const Rotation& r) {
  const double half_x = 0.5 * mask.spacing[0] * static_cast<double>(mask.counts[0]);
  const double half_z = 0.5 * mask.spacing[2] * static_cast<double>(mask.counts[2]);
  const double reach = std::sqrt(half_x * half_x + half_z * half_z), step = 0.25 * mask.spacing[0];
  const auto inside = [&](double z) {
    const double x = line.x + line.slope_x * z, y = line.y + line.slope_y * z;
    const std::array<double, 3> at{r.x(x, z), y, r.z(x, z)};
    std::array<std::int64_t, 3> cell{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      cell[axis] = static_cast<std::int64_t>(
          std::floor(at[axis] / mask.spacing[axis] + 0.5 * static_cast<double>(mask.counts[axis])));
      if (cell[axis] < 0 || cell[axis] >= mask.counts[axis]) return false;
    }
    return mask.values[mask.index(cell[0], cell[1], cell[2])] > 0.5F;
  };
  double front = -reach;
  while (front <= reach && !inside(front)) front += step;
  if (front > reach) return std::nullopt;
  double back = reach;
  while (back > front && !inside(back)) back -= step;  // a sliver may lie between the samples from this side
  return Hull::Chord{front - 0.5 * step, std::max(back, front) + 0.5 * step};
}

// Marks the voxels of a slice that hang together with (i, k) and have `from`, with `to`; returns how many.
std::int64_t flood(Volume& volume, std::int64_t j, std::int64_t i0, std::int64_t k0, float from, float to) {
  std::vector<std::array<std::int64_t, 2>> open{{i0, k0}};
  std::int64_t count = 0;
  while (!open.empty()) {
    const auto [i, k] = open.back();
    open.pop_back();
    if (i < 0 || k < 0 || i >= volume.counts[0] || k >= volume.counts[2]) continue;
    float& value = volume.values[volume.index(i, j, k)];
    if (value != from) continue;
    value = to;
    ++count;
    open.insert(open.end(), {{i - 1, k}, {i + 1, k}, {i, k - 1}, {i, k + 1}});
  }
  return count;
}

}  // namespace

Rotation::Rotation(double angle) : cosine(std::cos(angle)), sine(std::sin(angle)) {}

Quadric upright_cylinder(double radius) { return {{1, 0, 1, 0, 0, 0, 0, 0, 0, -radius * radius}}; }

std::optional<Hull::Chord> Hull::chord(const Line& line, const Rotation& rotation, double wepl) const {
  if (const auto* quadric = std::get_if<Quadric>(&shape_)) return quadric_chord(*quadric, line, rotation);
  if (const auto* mask = std::get_if<Volume>(&shape_)) return mask_chord(*mask, line, rotation);
  if (wepl <= 1.0) return std::nullopt;
  return Chord{-0.5 * wepl, 0.5 * wepl};
}

double Hull::reach() const {
  if (const auto* mask = std::get_if<Volume>(&shape_)) {
    double reach = 0.0;
    for (std::int64_t k = 0; k < mask->counts[2]; ++k)
      for (std::int64_t j = 0; j < mask->counts[1]; ++j)
        for (std::int64_t i = 0; i < mask->counts[0]; ++i)
          if (mask->values[mask->index(i, j, k)] > 0.5F)
            reach = std::max(reach, std::hypot(mask->centre(0, i), mask->centre(2, k)));
    return reach;
  }
  const auto* quadric = std::get_if<Quadric>(&shape_);
  if (quadric == nullptr) return 0.0;
  double reach = 0.0;  // of its section with the plane y = 0, seen from all sides
  constexpr int kDirections = 360;
  for (int i = 0; i < kDirections; ++i) {
    const auto chord = quadric_chord(*quadric, Line{}, Rotation(2.0 * 3.141592653589793 * i / kDirections));
    if (!chord) return std::numeric_limits<double>::infinity();
    reach = std::max({reach, std::abs(chord->front), std::abs(chord->back)});
  }
  return reach;
}

Volume find_hull(const Volume& image, double threshold) {
  constexpr float kOutside = 0.0F, kInside = 1.0F, kSeen = 2.0F, kAround = 3.0F;
  Volume mask = image;
  for (float& value : mask.values) value = static_cast<double>(value) > threshold ? kInside : kOutside;
  bool any = false;
  for (std::int64_t j = 0; j < mask.counts[1]; ++j) {
    std::int64_t most = 0, best_i = 0, best_k = 0;
    const auto each = [&](auto&& visit) {
      for (std::int64_t k = 0; k < mask.counts[2]; ++k)
        for (std::int64_t i = 0; i < mask.counts[0]; ++i) visit(i, k, mask.values[mask.index(i, j, k)]);
    };
    each([&](std::int64_t i, std::int64_t k, float& value) {
      if (value != kInside) return;
      if (const std::int64_t count = flood(mask, j, i, k, kInside, kSeen); count > most)
        most = count, best_i = i, best_k = k;
    });
    if (most == 0) continue;
    any = true;
    flood(mask, j, best_i, best_k, kSeen, kInside);
    each([](std::int64_t, std::int64_t, float& value) { value = value == kInside ? kInside : kOutside; });
    each([&](std::int64_t i, std::int64_t k, const float& value) {  // what is outside hangs together with the edge
      if (value == kOutside && (i == 0 || k == 0 || i + 1 == mask.counts[0] || k + 1 == mask.counts[2]))
        flood(mask, j, i, k, kOutside, kAround);
    });
    each([](std::int64_t, std::int64_t, float& value) { value = value == kAround ? kOutside : kInside; });
  }
  if (!any)
    throw core::InputError({"", "hull_threshold", std::to_string(threshold)},
                           "no voxel of the first image lies above it: there is nothing in the field");
  return mask;
}

Hull parse_hull(const std::string& text, const std::string& file, const std::string& key) {
  const auto colon = text.find(':');
  const std::string kind = text.substr(0, colon), rest = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (text == "none") return Hull();
  std::vector<double> numbers;
  for (std::size_t begin = 0; begin <= rest.size();) {
    const std::size_t end = std::min(rest.find(',', begin), rest.size());
    const auto number = core::parse_number(rest.substr(begin, end - begin));
    if (!number || !std::isfinite(*number)) break;
    numbers.push_back(*number);
    begin = end + 1;
    if (end == rest.size()) break;
  }
  if (kind == "cylinder" && numbers.size() == 1 && numbers[0] > 0.0) return Hull(upright_cylinder(numbers[0]));
  if (kind == "quadric" && numbers.size() == 10) {
    Quadric quadric;
    std::copy(numbers.begin(), numbers.end(), quadric.coefficients.begin());
    return Hull(quadric);
  }
  throw core::InputError({file, key, text},
                         "is no hull; expected found, none, cylinder:RADIUS [mm] or quadric:A,B,C,D,E,F,G,H,I,J");
}

}  // namespace difftrack::image
