// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/terminal.hpp"

#include <unistd.h>

#include <cstdlib>

namespace difftrack::cli {

bool has_colour(std::FILE* stream) {
  const char* refused = std::getenv("NO_COLOR");
  if (refused != nullptr && *refused != '\0') return false;
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) != "dumb" && isatty(fileno(stream)) != 0;
}

std::string painted(std::string_view text, Ink ink, std::FILE* stream) {
  if (!has_colour(stream)) return std::string(text);
  const char* code = ink == Ink::Red ? "31" : ink == Ink::Yellow ? "33" : "32";
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

}  // namespace difftrack::cli
