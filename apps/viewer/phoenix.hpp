// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "apps/viewer/event_data.hpp"

namespace difftrack::viewer {

/// The shown frames as events of Phoenix (HSF/phoenix, guides/developers/event_data_format.md), each with the
/// collections of tracks `Right`, `Wrong`, `Missed` (with truth) or `Reconstructed`, coloured as in the display, and
/// the hits `On tracks` and `Left over`. Positions in mm, z along the beam.
std::string phoenix_json(const EventData& data);

}  // namespace difftrack::viewer
