// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "difftrack/event/hits.hpp"

namespace difftrack::track {

/// Angle [rad] in space between the segments a → b and b → c of three hits.
double kink(const event::Hits& hits, std::int32_t a, std::int32_t b, std::int32_t c);

}  // namespace difftrack::track
