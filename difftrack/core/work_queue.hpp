// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/core/progress.hpp"
#include "difftrack/core/share.hpp"

namespace difftrack::core {

/// Long work as a list of independent tasks: result i is a pure function of the settings and of i, and appears whole
/// under its number in a folder, FOLDER/LIST/000042. So nothing but the file system joins those who work on it: threads
/// of a process, processes that mpirun started, machines that share the folder. Which of them computed a result does
/// not show in its bytes, a run that was killed goes on with what is missing, and whoever finds all results there may
/// put them together.
///
/// Work that is a chain of lists, where a later one depends on the results of an earlier one (a surface that is refined
/// where it is steep), is several lists of one queue.
class WorkQueue {
 public:
  /// Where, what and who.
  struct Options {
    std::string folder;    ///< made where it does not exist
    std::string settings;  ///< all that the results depend on, as lines of text
    Share share = {};      ///< what this process does
    int threads = 0;       ///< 0: all cores
    bool wait = false;     ///< whether the others run at this moment, so that what is missing may be waited for
    ProgressCallback progress = {};   ///< over the tasks of the list at hand, others' included
    std::function<bool()> stop = {};  ///< asked before each task; true: no further one is begun
  };
  /// One task: its result as bytes. `thread` in [0, threads), for scratch space only.
  using Task = std::function<std::string(std::int64_t index, int thread)>;

  /// Opens the folder, or makes it. Throws InputError (folder, line of the settings, its value) when it holds results
  /// of other settings, and when it cannot be written.
  explicit WorkQueue(Options options);

  /// Does the tasks of this process's share that have no result yet. Returns all `n` results in order, or nothing when
  /// some are still missing: others' that are not waited for, or own ones after `stop`. `list` is the name of the
  /// folder within. Throws what the task with the smallest index threw, after all others have ended.
  std::optional<std::vector<std::string>> run(const std::string& list, std::int64_t n, const Task& task);

  /// Results of the last list that was run which were there at its end.
  std::int64_t done() const { return done_; }
  const Options& options() const { return options_; }  ///< as given

 private:
  std::string path_of(const std::string& list, std::int64_t index) const;

  Options options_;
  std::int64_t done_ = 0;
};

/// Numbers as the bytes of a result, and back; every one to the bit. Throws InputError for bytes that are no such row.
std::string to_bytes(const std::vector<double>& numbers);
/// The inverse.
std::vector<double> from_bytes(std::string_view bytes);

}  // namespace difftrack::core
