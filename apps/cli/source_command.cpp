// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/source_command.hpp"

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz.hpp"

namespace difftrack::cli {

std::optional<std::string> source_command(const std::string& source) {
  try {
    const event::NpzFile file(source);
    if (!file.has("command")) return std::nullopt;
    return file.read("command").text;
  } catch (const core::InputError&) {
    return std::nullopt;  // moved, or of another format
  }
}

}  // namespace difftrack::cli
