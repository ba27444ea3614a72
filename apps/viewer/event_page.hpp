// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "apps/viewer/event_data.hpp"
#include "apps/viewer/phantom_outline.hpp"
#include "difftrack/detector/description.hpp"

namespace difftrack::viewer {

/// The event display as one HTML file that needs no network: data, three.js and the display's own script in it.
/// `detector` where its description is at hand; it gives planes, and what physics expects of kinks and deposits.
std::string event_page(const EventData& data, const std::optional<detector::Detector>& detector,
                       const std::optional<PhantomOutline>& phantom, const std::string& version);

}  // namespace difftrack::viewer
