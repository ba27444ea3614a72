// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "difftrack/detector/description.hpp"

namespace difftrack::viewer {

/// A phantom as it is drawn: a box or an upright cylinder on the beam axis.
struct PhantomOutline {
  std::string name;                                 ///< as difftrack simulate names it
  bool cylinder = false;                            ///< of radius half_x and half height half_y
  double half_x = 0.0, half_y = 0.0, half_z = 0.0;  ///< [mm]
  double z = 0.0;                                   ///< [mm] of its centre
  double rotation = 0.0;                            ///< [rad] about the vertical axis
};

/// The command that a file of steps keeps of its making; none where it has none, or is gone.
std::optional<std::string> source_command(const std::string& source);

/// `phantom` as difftrack simulate names it; with "auto" what the command that made `source` (a file of steps) tells,
/// and none where that is not known; "none": none. Throws core::InputError for a phantom that does not exist or does
/// not fit before the detector.
std::optional<PhantomOutline> phantom_outline(const std::string& phantom, const std::string& source,
                                              const detector::Detector& detector);

}  // namespace difftrack::viewer
