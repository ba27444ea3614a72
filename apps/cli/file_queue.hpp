// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace difftrack::cli {

/// Output files that are made one by one, each whole or not at all, as tasks of a core::WorkQueue: a run that was
/// killed goes on, and processes that share the folder share the work.
struct FileQueue {
  std::string folder;              ///< of the output files; the queue keeps its notes in FOLDER/queue
  std::string settings;            ///< what the files depend on
  std::string shard;               ///< i/n, or empty: all, or what mpirun says
  bool quiet = false;              ///< no progress, no summary
  std::vector<std::string> names;  ///< of the output files, without folder

  /// Calls make(i) for each file of this process's share that is not there yet; it must leave FOLDER/NAME. Throws
  /// InputError when two names are equal, and when the folder holds files of other settings.
  void run(const std::function<void(std::size_t i)>& make) const;
  /// FOLDER/NAME of file i.
  std::string path(std::size_t i) const;
};

/// What was said on the command line, as lines of settings, without the flags of `skip`.
std::string given_options(const CLI::App& command, const std::set<std::string>& skip);

}  // namespace difftrack::cli
