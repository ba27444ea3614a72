// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "apps/viewer/event_data.hpp"
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

/// The event display as one HTML file that needs no network: data, three.js and the display's own script in it.
/// `detector` where its description is at hand; it gives planes, and what physics expects of kinks and deposits.
std::string event_page(const EventData& data, const std::optional<detector::Detector>& detector,
                       const std::optional<PhantomOutline>& phantom, const std::string& version);

}  // namespace difftrack::viewer
