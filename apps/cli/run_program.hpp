// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <system_error>

#include "difftrack/core/error.hpp"

namespace difftrack::cli {

/// Exit codes of every difftrack program.
inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;   ///< the work was done and its verdict is "no", or an internal fault
inline constexpr int kExitBadInput = 2;  ///< a bad file, option or value, told in one sentence

/// The reader of standard output has gone, as after `| head`: its right, and no fault to tell. This is the exit code of
/// SIGPIPE, by which the process has ended already unless it was started with that signal ignored.
inline constexpr int kExitClosedPipe = 128 + SIGPIPE;

/// Throws std::system_error when what was printed does not reach standard output.
inline void flush_standard_output() {
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "standard output");
}

/// One line on standard error. That it cannot be told, as on a full disk, is no reason to end otherwise.
inline void tell_error(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

/// Parses the command line, runs `run` and turns errors into one sentence on standard error and an exit code.
inline int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& run) {
  try {
    app.parse(argc, argv);
    const int exit_code = run();
    flush_standard_output();
    return exit_code;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    tell_error(fmt::format("{0}: error: {1} (see {0} --help)", app.get_name(), error.what()));
    return kExitBadInput;
  } catch (const core::InputError& error) {
    tell_error(fmt::format("{}: error: {}", app.get_name(), error.what()));
    return kExitBadInput;
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::broken_pipe) return kExitClosedPipe;
    tell_error(fmt::format("{}: error: {}", app.get_name(), error.what()));
    return kExitFailure;
  } catch (const std::bad_alloc&) {
    tell_error(fmt::format("{}: error: not enough memory", app.get_name()));
    return kExitFailure;
  } catch (const std::exception& error) {
    tell_error(fmt::format("{}: internal error: {}", app.get_name(), error.what()));
    return kExitFailure;
  }
}

}  // namespace difftrack::cli
