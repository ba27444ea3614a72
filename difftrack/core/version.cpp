// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/version.hpp"

namespace difftrack::core {

std::string version() { return DIFFTRACK_VERSION; }

}  // namespace difftrack::core
