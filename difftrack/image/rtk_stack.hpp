// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/image/bin_protons.hpp"

namespace difftrack::image {

/// Radiographs of all views in one stack, with the geometry that RTK wants of them: radiographs.mha (u, v, view; mean
/// WEPL in mm on the plane through the isocentre) and geometry.xml, both whole or not at all. Coordinates are (u, v) =
/// (-x, y), the outermost rows stand twice, and GantryAngle is minus the rotation, as in list mode: RTK's image is the
/// phantom turned by half a turn about y. Written view by view; memory is for one.
class RtkStack {
 public:
  /// `folder` exists; `views` are those to come. Throws InputError when nothing can be written there.
  RtkStack(const std::string& folder, const GridConfig& grid, std::int64_t views, double steering_distance);

  /// Appends a view, its empty cells filled (fill_empty).
  void add(const Projection& radiograph);
  /// Puts both files under their names. Throws InputError (views) when other than the promised number came.
  void commit();

 private:
  core::AtomicFile stack_, geometry_;
  std::int64_t views_;
  double distance_;
  std::vector<double> rotations_;
};

/// Text of the geometry: a source at `distance` mm, the detector in the isocentre, one projection for each of
/// `rotations` [rad].
std::string rtk_geometry(const std::vector<double>& rotations, double distance);

}  // namespace difftrack::image
