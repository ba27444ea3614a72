// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace difftrack::cli {

/// The Python that the user has named in DIFFTRACK_PYTHON; empty: none.
std::string chosen_python();

/// Pythons that may have what a script of tools/ needs, in the order in which they are tried: the chosen one alone, or
/// ~/.difftrack-python, build/python beside the script's folder, python3 of the PATH.
std::vector<std::string> pythons(const std::string& script);

}  // namespace difftrack::cli
