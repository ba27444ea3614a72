// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "difftrack/image/volume.hpp"

namespace difftrack::image {

/// A straight line, by depth: x(z) = x + slope_x z, the same for y; beam frame, isocentre = 0.
struct Line {
  double x = 0.0, y = 0.0;              ///< [mm] at z = 0
  double slope_x = 0.0, slope_y = 0.0;  ///< per mm of z
};

/// A phantom turned by an angle about the vertical axis: (x, y, z) of the beam frame is (x cos - z sin, y, x sin + z
/// cos) in its own.
struct Rotation {
  explicit Rotation(double angle);  ///< [rad]
  double cosine, sine;
  double x(double beam_x, double beam_z) const { return cosine * beam_x - sine * beam_z; }  ///< in the phantom
  double z(double beam_x, double beam_z) const { return sine * beam_x + cosine * beam_z; }  ///< in the phantom
  double beam_x(double x, double z) const { return cosine * x + sine * z; }                 ///< back again
  double beam_z(double x, double z) const { return -sine * x + cosine * z; }                ///< back again
};

/// A x² + B y² + C z² + D xy + E xz + F yz + G x + H y + I z + J <= 0 in the phantom's frame [mm], in PCT's order.
struct Quadric {
  std::array<double, 10> coefficients{};
};

/// An upright cylinder about the axis of rotation; radius in mm.
Quadric upright_cylinder(double radius);

/// Where there is phantom: inside it protons lose energy and scatter, outside they fly straight.
class Hull {
 public:
  /// Depths [mm] in the beam frame at which a line enters and leaves it.
  struct Chord {
    double front = 0.0, back = 0.0;
  };

  Hull() = default;  ///< not known: see chord()
  explicit Hull(const Quadric& quadric) : shape_(quadric) {}
  /// Voxels of `mask` with 1 are inside, the others outside.
  explicit Hull(Volume mask) : shape_(std::move(mask)) {}

  bool known() const { return !std::holds_alternative<std::monostate>(shape_); }  ///< whether it has a shape

  /// First and last crossing of a line; none where it misses. A hull that is not known is taken as a slab as thick as
  /// `wepl` [mm], its middle at the isocentre: water where nothing better is known.
  std::optional<Chord> chord(const Line& line, const Rotation& rotation, double wepl) const;

  /// Largest distance from the axis of rotation [mm]; 0 where the hull is not known, infinite where it does not end.
  double reach() const;

 private:
  std::variant<std::monostate, Quadric, Volume> shape_;
};

/// The hull in a first image: voxels above `threshold` (RSP), the largest piece of each slice that hangs together
/// through faces, holes filled. Throws InputError when there is no such voxel.
Volume find_hull(const Volume& image, double threshold);

/// Reads "none", "cylinder:RADIUS" or "quadric:A,B,C,D,E,F,G,H,I,J"; `key` names it in errors. Throws InputError.
Hull parse_hull(const std::string& text, const std::string& file, const std::string& key);

}  // namespace difftrack::image
