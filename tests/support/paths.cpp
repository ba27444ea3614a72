// SPDX-License-Identifier: Apache-2.0
#include "tests/support/paths.hpp"

namespace difftrack::paths {

std::string source() { return DIFFTRACK_SOURCE_DIR; }
std::string shared() { return source() + "/../shared"; }
std::string golden() { return source() + "/tests/data/golden"; }
std::string program() { return DIFFTRACK_PROGRAM_DIR; }

}  // namespace difftrack::paths
