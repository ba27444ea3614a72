// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::cli {

/// Throws InputError when an output is one of the inputs: what a program reads it never overwrites.
inline void check_outputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs) {
  for (const std::string& output : outputs)
    for (const std::string& input : inputs) {
      std::error_code ignored;  // files that do not exist are equal to none
      if (std::filesystem::equivalent(output, input, ignored))
        throw core::InputError({output, "", ""}, "is an input, too; give the output another name");
    }
}

}  // namespace difftrack::cli
