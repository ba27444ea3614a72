// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace difftrack::cli {

inline constexpr int kCannotStart = 127;  ///< exit code when the program is not there or not to be run

/// Runs a program of the PATH and hands on each line of its standard output as it comes; standard error is shared.
/// Returns the exit code, or minus the signal that ended it. Once this process is interrupted (interruptible.hpp) the
/// child is ended and Interrupted thrown; it also ends when this process dies.
int run_child(const std::vector<std::string>& command, const std::function<void(const std::string& line)>& on_line);

}  // namespace difftrack::cli
