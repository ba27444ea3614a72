// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/progress.hpp"
#include "difftrack/event/io/root_header.hpp"

namespace difftrack::cli {

/// Help of --tree in every command.
inline constexpr const char* kTreeHelp =
    "Tree of a ROOT file; none: the only one with an energy deposit and positions.";

/// Whether the file is one of ROOT's. Throws InputError when there is no such file.
inline bool is_root_file(const std::string& path) { return event::is_root_file(*event::open_file(path)); }

/// Throws InputError when one of the files is ROOT's, for programs that read each file several times.
inline void refuse_root_files(const std::vector<std::string>& paths) {
  for (const std::string& path : paths)
    if (is_root_file(path))
      throw core::InputError({path, "", ""}, "is a ROOT file; 'difftrack convert' makes the .npz that is wanted here");
}

/// What was converted, and what the user should know of it.
struct RootTable {
  std::string tree;
  std::int64_t rows = 0;
  std::vector<std::string> notes;
};

/// Writes one tree of a ROOT file as a table in an .npz at `target`: the named one, or the only one with an energy
/// deposit and positions. Python with uproot does it (tools/root_to_npz.py). The Python is $DIFFTRACK_PYTHON; else
/// the first that has uproot of ~/.difftrack-python, the one that `make` sets up in build/python, and python3.
/// `on_tree` hears which tree it is before its rows are read. Throws InputError when the file is not whole, holds no
/// such tree, or when no Python has uproot; what is at `target` then is of no use.
RootTable convert_root_file(const std::string& path, const std::string& tree, const std::string& target,
                            const core::ProgressCallback& progress,
                            const std::function<void(const std::string& tree)>& on_tree = {});

/// A Python that has uproot, and its version; both empty where there is none.
struct PythonWithUproot {
  std::string path, version;
};

/// The one that convert_root_file() would use. Throws Interrupted.
PythonWithUproot python_with_uproot();

/// The inputs of a command with each ROOT file converted to a temporary .npz. Those files have no name, so they vanish
/// with this object or this process, however it ends.
class ReadableFiles {
 public:
  /// `tree` as in convert_root_file; it is refused when no input is a ROOT file. Says what is done on standard error
  /// unless `quiet`.
  ReadableFiles(const std::vector<std::string>& inputs, const std::string& tree, bool quiet);
  ~ReadableFiles();
  ReadableFiles(const ReadableFiles&) = delete;
  ReadableFiles& operator=(const ReadableFiles&) = delete;

  /// What to read, in the order of the inputs.
  const std::vector<std::string>& paths() const { return paths_; }

  /// A message about paths() with the names that the user gave.
  std::string named(std::string message) const;

  /// The value of `read()`, whose InputErrors get the names that the user gave.
  template <class Read>
  auto name_errors(Read&& read) const {
    try {
      return read();
    } catch (const core::InputError& error) {
      throw core::InputError({}, named(error.what()));
    }
  }

 private:
  struct Temporary {
    int descriptor;
    std::string path, original;
  };
  std::vector<std::string> paths_;
  std::vector<Temporary> temporaries_;
};

}  // namespace difftrack::cli
