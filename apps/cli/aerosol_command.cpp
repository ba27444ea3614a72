// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "apps/cli/commands.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/aerosol/boxes/rows_file.hpp"
#include "difftrack/aerosol/boxes/sample_boxes.hpp"

namespace difftrack::cli {

namespace {

using aerosol::SampleBoxes;

/// The options that decide the rows.
std::string command_line(const SampleBoxes::Config& config) {
  std::string text = "difftrack aerosol simulate";
  core::for_each_field<SampleBoxes::Config>([&](const auto& each) {
    if (each.name != "threads")
      text += fmt::format(" {} {}", flag_name(each.name), core::field_text(each, each.of(config)));
  });
  return text;
}

void simulate(const SampleBoxes::Config& config, const std::string& output, bool quiet) {
  const SampleBoxes sample(config);
  event::NpzWriter out(output, {.level = 1, .threads = config.threads});
  const auto bar = quiet ? core::ProgressCallback{} : progress_bar("boxes");
  const aerosol::Rows rows = sample([&](const core::Progress& progress) {
    stop_if_interrupted();
    if (bar) bar(progress);
  });
  aerosol::write_rows(out, rows, command_line(config));
  out.commit();
  if (!quiet) fmt::print("{}: {} steps of M7 in {} boxes\n", output, rows.size(), config.boxes);
}

void add_simulate(CLI::App& aerosol, std::function<void()>& run) {
  auto* command = aerosol.add_subcommand("simulate", "boxes of air through M7, as a table of steps to learn from");
  struct Options {
    SampleBoxes::Config config;
    std::string output;
    bool quiet = false;
  };
  auto options = std::make_shared<Options>();
  add_field_options(*command, options->config, "Boxes");
  command->add_option("-o,--output", options->output, "The .npz of rows to write.")->required();
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  command->footer(
      "Examples:\n"
      "  difftrack aerosol simulate --boxes 90000 --seed 1 -o train.npz\n"
      "  difftrack aerosol simulate --boxes 10000 --seed 2 -o test.npz\n"
      "  difftrack aerosol simulate --regime dust --boxes 10 --samples 96 --most-spacing 1 --least-spacing 1 -o "
      "day.npz\n"
      "The same seed gives the same file to the byte for any number of threads. A row takes 0.4 kB of memory.\n"
      "docs/emulator.md section 3 says what the columns are.");
  command->callback([options, &run] {
    run = [options] { run_interruptible([&] { simulate(options->config, options->output, options->quiet); }); };
  });
}

}  // namespace

void add_aerosol_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("aerosol", "the microphysics of aerosol particles: boxes to learn from");
  command->require_subcommand(1);
  add_simulate(*command, run);
}

}  // namespace difftrack::cli
