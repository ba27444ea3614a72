// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>
#include <string>

namespace difftrack::cli {

/// Exit codes of every difftrack program.
inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;   ///< the work was done and its verdict is "no", or an internal fault
inline constexpr int kExitBadInput = 2;  ///< a bad file, option or value, told in one sentence

/// The reader of standard output has gone, as after `| head`: its right, and no fault to tell. This is the exit code of
/// SIGPIPE, by which the process has ended already unless it was started with that signal ignored.
inline constexpr int kExitClosedPipe = 128 + SIGPIPE;

/// Throws std::system_error when what was printed does not reach standard output.
void flush_standard_output();

/// "PROGRAM: KIND: PROBLEM" on standard error, the kind in red where that has colour. That it cannot be told, as on a
/// full disk, is no reason to end otherwise.
void tell_error(const std::string& program, const std::string& kind, const std::string& problem);

/// Parses the command line, runs `run` and turns errors into one sentence on standard error and an exit code. An
/// unknown option is answered with the nearest one of its command.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& run);

}  // namespace difftrack::cli
