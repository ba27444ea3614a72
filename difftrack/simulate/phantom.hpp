// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "difftrack/event/reference_image.hpp"
#include "difftrack/simulate/config.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// What lies ahead of a particle in the phantom.
struct Stretch {
  const Medium* medium = nullptr;
  double length = 0.0;   ///< to the next boundary along the direction [mm]
  double density = 1.0;  ///< relative to the medium's own: physics sees length * density
};

/// An object between source and detector, in its own frame: the origin is its centre, y is vertical.
class Phantom {
 public:
  virtual ~Phantom() = default;
  /// The medium at `position` + a little along `direction`, and how far it goes. Outside: nullptr and the distance to
  /// the surface, or a negative length when the ray never meets it.
  virtual Stretch ahead(const Vector& position, const Vector& direction) const = 0;
  /// Half extents of the bounding box [mm]; rays are followed inside it only.
  virtual Vector half_size() const = 0;
  /// Its parts that an image is judged by.
  virtual std::vector<event::Target> targets() const { return {}; }
};

/// Slabs along z of the given materials and thicknesses [mm], `half_width` wide in x and y.
class SlabPhantom : public Phantom {
 public:
  /// One slab.
  struct Layer {
    std::shared_ptr<const Medium> medium;
    double thickness;  ///< [mm]
  };
  /// `half_width` [mm].
  SlabPhantom(std::vector<Layer> layers, double half_width);
  Stretch ahead(const Vector& position, const Vector& direction) const override;
  Vector half_size() const override { return {half_width_, half_width_, 0.5 * total_}; }

 private:
  std::vector<Layer> layers_;
  std::vector<double> surfaces_;  // z of the boundaries, ascending
  double half_width_, total_ = 0.0;
};

/// Upright cylinder with upright cylindrical inserts.
class CylinderPhantom : public Phantom {
 public:
  /// A cylinder within the body, as high as it.
  struct Insert {
    std::shared_ptr<const Medium> medium;
    double x, z, radius;    ///< [mm]
    std::string name = {};  ///< of its material
  };
  /// Lengths in mm.
  CylinderPhantom(std::shared_ptr<const Medium> body, double radius, double half_height, std::vector<Insert> inserts);
  Stretch ahead(const Vector& position, const Vector& direction) const override;
  Vector half_size() const override { return {radius_, half_height_, radius_}; }
  std::vector<event::Target> targets() const override;  ///< its inserts

 private:
  std::shared_ptr<const Medium> body_;
  double radius_, half_height_;
  std::vector<Insert> inserts_;
};

/// CTP404 sensitometry module: epoxy cylinder of 75 mm radius, eight inserts of 6.1 mm radius at 58.5 mm.
std::unique_ptr<Phantom> make_ctp404();

/// The file of a phantom 'volume:FILE', empty for any other.
std::string volume_file(const SimulationConfig& config);

/// Reads Config::phantom; null for "none". Throws InputError for an unknown kind or material or a thickness <= 0.
std::unique_ptr<Phantom> make_phantom(const SimulationConfig& config);

}  // namespace difftrack::simulate
