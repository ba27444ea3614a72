// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace difftrack::cli {

/// The command that made a file of steps, which it keeps; none for a file that is gone or not one of ours.
std::optional<std::string> source_command(const std::string& source);

}  // namespace difftrack::cli
