// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "difftrack/simulate/phantom.hpp"

namespace difftrack::simulate {

/// Upright boxes, turned about the vertical, in an upright cylinder or in air. Boxes do not overlap and lie within the
/// cylinder.
class BoxPhantom : public Phantom {
 public:
  /// Lengths in mm.
  struct Box {
    std::shared_ptr<const Medium> medium;
    Vector centre;
    Vector half;        ///< half sizes along its own axes
    double turn = 0.0;  ///< [rad] from x towards z
  };
  /// `body` may be null: air.
  BoxPhantom(std::unique_ptr<CylinderPhantom> body, std::vector<Box> boxes, std::vector<event::Target> targets);
  Stretch ahead(const Vector& position, const Vector& direction) const override;
  Vector half_size() const override { return half_; }
  std::vector<event::Target> targets() const override { return targets_; }

  const std::vector<Box>& boxes() const { return boxes_; }  ///< as given

 private:
  std::unique_ptr<CylinderPhantom> body_;
  std::vector<Box> boxes_;
  std::vector<event::Target> targets_;
  Vector half_{};
};

/// Resolution of the Catphan's kind (CTP528): 97 aluminium boxes, 2 mm thick and 40 mm high, in groups of 1 to 21 line
/// pairs per cm, as wide as their gaps, on a circle of 47.5 mm in epoxy of 75 mm radius. Group n has its middle at
/// (n - 1) / 21 of a turn from x towards z. The toolkit's list of boxes has the same number, gaps and circle; how many
/// stand in a group (2, 3, 4, 4, 4, then 5) is ours. Each group is a target.
std::unique_ptr<Phantom> make_line_pairs();

/// Slanted edges: aluminium boxes, 10 mm wide and 40 mm high, turned by 3 degrees against their radius, at 0, 15, 30,
/// 45 and 58 mm from the axis of a water cylinder of 75 mm radius, 72 degrees apart. No turn and no mirror brings them
/// back onto themselves. Each is a target.
std::unique_ptr<Phantom> make_edges();

/// Water for x below 0, air above: `thickness` mm along z. A spot at its edge holds protons of two ranges.
std::unique_ptr<Phantom> make_step(double thickness);

}  // namespace difftrack::simulate
