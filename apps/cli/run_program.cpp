// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/run_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "apps/cli/terminal.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::cli {

namespace {

/// The command that was chosen: the last of `difftrack simulate`.
const CLI::App& chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : chosen(*commands.front());
}

std::string full_name(const CLI::App& app, const CLI::App& command) {
  return &app == &command ? app.get_name() : app.get_name() + " " + command.get_name();
}

std::vector<std::string> flags_of(const CLI::App& command) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    for (const std::string& name : option->get_fnames())
      if (name.size() > 1) flags.push_back("--" + name);
  }
  return flags;
}

/// The flag that was probably meant: one that begins so, or else the nearest by letters.
std::string meant(const std::string& flag, const std::vector<std::string>& flags) {
  const auto longer =
      std::find_if(flags.begin(), flags.end(), [&](const auto& each) { return each.starts_with(flag); });
  return flag.size() > 2 && longer != flags.end() ? *longer : core::nearest(flag, flags);
}

/// What is wrong with a command line, in one sentence.
std::string problem_of(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen(app);
  const std::string name = full_name(app, command);
  // An unknown option is told before a missing one, which it was probably meant to be.
  for (const std::string& word : app.remaining(true)) {
    if (word.size() < 2 || word[0] != '-' || (word[1] >= '0' && word[1] <= '9')) continue;
    const std::string flag = word.substr(0, word.find('='));
    return fmt::format("'{}' is no option of {}; did you mean '{}'? (see {} --help)", flag, name,
                       meant(flag, flags_of(command)), name);
  }
  return fmt::format("{} (see {} --help)", error.what(), name);
}

}  // namespace

void flush_standard_output() {
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "standard output");
}

void tell_error(const std::string& program, const std::string& kind, const std::string& problem) {
  std::fputs(fmt::format("{}: {} {}\n", program, painted(kind + ":", Ink::Red, stderr), problem).c_str(), stderr);
}

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& run) {
  const std::string& name = app.get_name();
  try {
    app.parse(argc, argv);
    const int exit_code = run();
    flush_standard_output();
    return exit_code;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    tell_error(name, "error", problem_of(app, error));
    return kExitBadInput;
  } catch (const core::InputError& error) {
    tell_error(name, "error", error.what());
    return kExitBadInput;
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::broken_pipe) return kExitClosedPipe;
    tell_error(name, "error", error.what());
    return kExitFailure;
  } catch (const std::bad_alloc&) {
    tell_error(name, "error", "not enough memory");
    return kExitFailure;
  } catch (const std::exception& error) {
    tell_error(name, "internal error", error.what());
    return kExitFailure;
  }
}

}  // namespace difftrack::cli
