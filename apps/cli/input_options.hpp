// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "difftrack/core/input_files.hpp"

namespace difftrack::cli {

/// What a command that reads several files was told to read.
struct InputOptions {
  std::vector<std::string> named;  ///< files, folders, patterns
  std::string files_from;          ///< a list of more

  /// The files that are meant; throws InputError as core::input_files does.
  std::vector<std::string> files(const core::FolderFilter& folder) const {
    return core::input_files(named, files_from, folder);
  }
};

/// The positional arguments and --files-from; `what` says what the files are.
inline void add_input_options(CLI::App& app, InputOptions& input, const std::string& what) {
  app.add_option("files", input.named, what + "; also folders of them, and quoted patterns ('run*/hits*.npz').");
  app.add_option("--files-from", input.files_from,
                 "List of such files, one per line, from the list's folder; # starts a comment.");
}

}  // namespace difftrack::cli
