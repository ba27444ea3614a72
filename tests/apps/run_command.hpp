// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/support/paths.hpp"

namespace difftrack::apps {

struct CommandResult {
  int exit_code = -1;
  std::string output;  ///< standard output and standard error
};

/// Runs a command line in the shell, with the folder of the built programs first in PATH.
inline CommandResult run_command(const std::string& command) {
  CommandResult result;
  const std::string line = "PATH=" + paths::program() + ":$PATH; " + command + " 2>&1";
  std::FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    result.output.append(buffer.data(), n);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

}  // namespace difftrack::apps
