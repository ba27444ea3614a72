// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/root_files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "apps/cli/child_process.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/python.hpp"
#include "difftrack/core/shipped_files.hpp"

namespace difftrack::cli {

namespace fs = std::filesystem;
using core::InputError;

namespace {

// Exit codes of tools/root_to_npz.py beside 0.
constexpr int kRefused = 2;
constexpr int kNoUproot = 3;

[[noreturn]] void fail_without_python(const std::string& path, int exit_code) {
  const std::string chosen = chosen_python();
  if (!chosen.empty())
    throw InputError({"", "DIFFTRACK_PYTHON", chosen},
                     exit_code == kNoUproot
                         ? "has no uproot, which reads ROOT files: " + chosen + " -m pip install uproot"
                         : "cannot be started; it must be a Python 3 with uproot");
  throw InputError({path, "", ""},
                   "is a ROOT file, which Python reads with uproot; this gives you both: python3 -m venv "
                   "~/.difftrack-python && ~/.difftrack-python/bin/pip install uproot");
}

/// Takes what the script says line by line.
struct Listener {
  RootTable table;
  std::string error;
  const core::ProgressCallback& progress;
  const std::function<void(const std::string& tree)>& on_tree;

  void operator()(const std::string& line) {
    const auto after = [&](std::string_view kind) {
      return line.starts_with(kind) ? line.substr(kind.size()) : std::string();
    };
    if (const std::string text = after("tree: "); !text.empty()) {
      table.tree = text;
      if (on_tree) on_tree(text);
    }
    if (const std::string text = after("note: "); !text.empty()) table.notes.push_back(text);
    if (const std::string text = after("error: "); !text.empty()) error = text;
    core::Progress rows;
    if (std::sscanf(line.c_str(), "rows: %ld %ld", &rows.done, &rows.total) != 2) return;
    table.rows = rows.done;
    if (progress) progress(rows);
  }
};

/// An open file without a name in the temporary folder.
int temporary_file() {
  std::string name = (fs::temp_directory_path() / "difftrack-XXXXXX").string();
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) throw InputError({name, "", ""}, std::string("cannot be written: ") + std::strerror(errno));
  unlink(name.c_str());
  return descriptor;
}

}  // namespace

RootTable convert_root_file(const std::string& path, const std::string& tree, const std::string& target,
                            const core::ProgressCallback& progress,
                            const std::function<void(const std::string& tree)>& on_tree) {
  const std::string warning = event::check_root_file(*event::open_file(path));
  const std::string script = core::find_shipped("tools", "root_to_npz", ".py");
  int exit_code = kCannotStart;
  for (const std::string& python : pythons(script)) {
    Listener listener{{}, "", progress, on_tree};
    exit_code = run_child({python, script, fs::absolute(path).string(), target, "--tree", tree}, std::ref(listener));
    if (exit_code == kCannotStart || exit_code == kNoUproot) continue;
    if (exit_code == kRefused && !listener.error.empty()) throw InputError({path, "", ""}, listener.error);
    if (exit_code != 0)
      throw std::runtime_error(exit_code < 0 ? fmt::format("{} was ended by signal {}", script, -exit_code)
                                             : fmt::format("{} ended with exit code {}", script, exit_code));
    if (!warning.empty()) listener.table.notes.push_back(warning);
    return listener.table;
  }
  fail_without_python(path, exit_code);
}

PythonWithUproot python_with_uproot() {
  // Says nothing where uproot is not there, so that only an answer is a version.
  const std::string question =
      "import importlib.util as u\nif u.find_spec('uproot'):\n import importlib.metadata as m\n "
      "print(m.version('uproot'))";
  std::string script;
  try {
    script = core::find_shipped("tools", "root_to_npz", ".py");
  } catch (const InputError&) {
    return {};  // an installation without it reads no ROOT files
  }
  for (const std::string& python : pythons(script)) {
    PythonWithUproot found{python, ""};
    const int exit_code = run_child({python, "-c", question}, [&](const std::string& line) { found.version = line; });
    if (exit_code == 0 && !found.version.empty()) return found;
  }
  return {};
}

ReadableFiles::ReadableFiles(const std::vector<std::string>& inputs, const std::string& tree, bool quiet)
    : paths_(inputs) {
  for (std::string& path : paths_) {
    if (!is_root_file(path)) continue;
    const int descriptor = temporary_file();
    temporaries_.push_back({descriptor, fmt::format("/proc/self/fd/{}", descriptor), path});
    const auto say = [&](const std::string& text) {
      if (!quiet) fmt::print(stderr, "{}: {}\n", path, text);
    };
    const bool bar = !quiet && isatty(STDERR_FILENO) != 0;
    const RootTable table = convert_root_file(
        path, tree, temporaries_.back().path, bar ? progress_bar("rows") : core::ProgressCallback{},
        [&](const std::string& name) {
          say("its tree '" + name + "' is read through a temporary .npz; 'difftrack convert' makes one to keep");
        });
    for (const std::string& note : table.notes) say(note);
    path = temporaries_.back().path;
  }
  if (temporaries_.empty() && !tree.empty())
    throw InputError({"", "--tree", tree}, "is of no use: no input is a ROOT file");
}

ReadableFiles::~ReadableFiles() {
  for (const Temporary& each : temporaries_) close(each.descriptor);
}

std::string ReadableFiles::named(std::string message) const {
  // Later files first: their descriptors are higher, and fd/1 begins fd/12.
  for (auto each = temporaries_.rbegin(); each != temporaries_.rend(); ++each)
    for (std::size_t at = 0; (at = message.find(each->path, at)) != std::string::npos; at += each->original.size())
      message.replace(at, each->path.size(), each->original);
  return message;
}

}  // namespace difftrack::cli
