// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>

#include "difftrack/core/error.hpp"

namespace difftrack::cli {

/// Exit codes of every difftrack program.
inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;   ///< the work was done and its verdict is "no", or an internal fault
inline constexpr int kExitBadInput = 2;  ///< a bad file, option or value, told in one sentence

/// Parses the command line, runs `run` and turns errors into one sentence on standard error and an exit code.
inline int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& run) {
  try {
    app.parse(argc, argv);
    return run();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    fmt::print(stderr, "{}: error: {} (see {} --help)\n", app.get_name(), error.what(), app.get_name());
    return kExitBadInput;
  } catch (const core::InputError& error) {
    fmt::print(stderr, "{}: error: {}\n", app.get_name(), error.what());
    return kExitBadInput;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "{}: error: not enough memory\n", app.get_name());
    return kExitFailure;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: internal error: {}\n", app.get_name(), error.what());
    return kExitFailure;
  }
}

}  // namespace difftrack::cli
