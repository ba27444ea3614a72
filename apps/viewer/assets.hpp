// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace difftrack::viewer {

/// A file of apps/viewer/web by name, as it was when the program was built (cmake/embed.cmake).
std::string_view asset(std::string_view name);

/// All scripts in the order in which they have to run: three.js and its parts first, then the display's own.
std::vector<std::string_view> scripts();

}  // namespace difftrack::viewer
