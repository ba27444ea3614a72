// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Where tests find what they read. Functions, so that objects do not depend on the folder of the clone.
namespace difftrack::paths {

std::string source();   ///< of this repository
std::string shared();   ///< data beside it, which may be missing
std::string golden();   ///< known answers of the published code
std::string program();  ///< of the programs that were built

}  // namespace difftrack::paths
