// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace difftrack::cli {

inline constexpr int kCannotStart = 127;  ///< exit code when the program is not there or not to be run

/// What a child gets beside its arguments.
struct ChildOptions {
  std::string errors = {};                 ///< file for its standard error; empty: shared with this process
  std::function<bool()> ended_early = {};  ///< asked now and then; true: the child is ended by SIGTERM
};

/// Runs a program of the PATH and hands on each line of its standard output as it comes. Returns the exit code, or
/// minus the signal that ended it. Once this process is interrupted (interruptible.hpp) the child is ended and
/// Interrupted thrown; it also ends when the thread that called dies. Throws core::InputError when `errors` cannot be
/// written.
int run_child(const std::vector<std::string>& command, const std::function<void(const std::string& line)>& on_line,
              const ChildOptions& options = {});

}  // namespace difftrack::cli
