// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace difftrack::core {

/// The version of this library, as "0.1.0", by semantic versioning; files that are written say it.
std::string version();

}  // namespace difftrack::core
