// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace difftrack::core {

/// Which files of a folder are meant when the folder is named.
struct FolderFilter {
  std::function<bool(const std::string& path)> takes;  ///< whether a file of a folder is one
  std::string what;                                    ///< for the sentence when there is none, e.g. "file of hits"
};

/// Whether the name ends as files of steps, hits or pixels do: .npz, .npy, .csv, .csv.gz, .txt, .dat, .root.
bool has_input_ending(const std::string& path);

/// The files that the arguments of a command mean, in the order of the arguments. An argument is a file, a folder (its
/// files that `folder` takes, hidden ones not, sorted by name, folders in it not), or a pattern with *, ? or [ that is
/// no file's name (glob(3), sorted; what it matches is taken as if it had been named). `files_from`, when not empty, is
/// a text file with one more argument per line, relative to the list's folder; lines that are empty or start with # are
/// none.
///
/// Throws InputError for what does not exist or is no plain file or folder, for a pattern, folder or list that gives
/// nothing, when nothing is named at all, and for a file that is named twice, also through a link: it would count
/// twice.
std::vector<std::string> input_files(const std::vector<std::string>& arguments, const std::string& files_from,
                                     const FolderFilter& folder);

}  // namespace difftrack::core
