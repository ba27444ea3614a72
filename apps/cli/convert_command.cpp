// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/root_files.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  std::vector<std::string> files;
  std::string tree, output;
  bool quiet = false;
};

void convert(const Options& options) {
  if (options.files.size() > 1)
    throw core::InputError({options.files[1], "", ""}, "is one file too many: convert takes one at a time");
  const std::string& file = options.files.front();
  check_outputs({options.output}, {file});
  if (!is_root_file(file))
    throw core::InputError({file, "", ""}, "is no ROOT file; .npz, .npy and .csv are read as they are");
  core::AtomicFile out(options.output);
  const RootTable table = convert_root_file(file, options.tree, out.temporary_path(),
                                            options.quiet ? core::ProgressCallback{} : progress_bar("rows"));
  out.commit();
  if (options.quiet) return;
  for (const std::string& note : table.notes) fmt::print(stderr, "{}: {}\n", file, note);
  fmt::print("{}: {} rows of the tree '{}' of {}\n", options.output, table.rows, table.tree, file);
}

}  // namespace

void add_convert_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("convert", "a ROOT file (GATE, Geant4) → .npz; needs Python with uproot");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->files, "The ROOT file.")->required();
  command->add_option("--tree", options->tree, kTreeHelp);
  command->add_option("-o,--output", options->output, "The .npz to write.")->required();
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  command->footer(
      "All columns of numbers are kept under their names, in one table. Text and columns with more or fewer numbers "
      "per\n"
      "row are left out, and named. Of a tree with several cycles the last is taken.\n"
      "Python is $DIFFTRACK_PYTHON, else the first that has uproot of ~/.difftrack-python, build/python (from make)\n"
      "and python3. This sets one up:\n"
      "  python3 -m venv ~/.difftrack-python && ~/.difftrack-python/bin/pip install uproot\n\n"
      "Examples:\n"
      "  difftrack convert gate.root -o steps.npz\n"
      "  difftrack convert gate10.root --tree PhaseSpace -o steps.npz");
  command->callback([options, &run] { run = [options] { run_interruptible([&] { convert(*options); }); }; });
}

}  // namespace difftrack::cli
