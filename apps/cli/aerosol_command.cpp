// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "apps/cli/commands.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/aerosol/boxes/rows_file.hpp"
#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/aerosol/emulator/roll_out.hpp"
#include "difftrack/aerosol/emulator/scores.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/event/io/npz.hpp"

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

aerosol::EmulatorModel read_model(const std::string& name) {
  return aerosol::read_emulator(core::find_shipped("emulators", name, ".safetensors"));
}

struct EmulateOptions {
  std::string model, file, output;
  int threads = 0;
  bool quiet = false;
};

void emulate(const EmulateOptions& options) {
  check_outputs({options.output}, {options.model, options.file});
  const aerosol::Emulate emulator(read_model(options.model), {.threads = options.threads});
  const bool with_truth = event::NpzFile(options.file).has("y");
  aerosol::Rows rows;
  if (with_truth)
    rows = aerosol::read_rows(options.file);
  else
    rows.x = aerosol::read_input_rows(options.file);
  const aerosol::EmulatedRows found = aerosol::emulate_rows(emulator, rows.x);
  const auto n = static_cast<std::int64_t>(found.new_state.size() / aerosol::kNewState);
  if (!options.output.empty()) {
    event::NpzWriter out(options.output, {.level = 1, .threads = options.threads});
    const auto narrow = [](const std::vector<double>& values) {
      return std::vector<float>(values.begin(), values.end());
    };
    out.add("y", narrow(found.y), {n, static_cast<std::int64_t>(aerosol::kOutputs)});
    out.add("new_state", narrow(found.new_state), {n, static_cast<std::int64_t>(aerosol::kNewState)});
    out.add_text("command", fmt::format("difftrack aerosol emulate {} {}", options.model, options.file));
    out.commit();
  }
  if (options.quiet) return;
  fmt::print("{}: {} steps emulated\n", options.file, n);
  if (with_truth) fmt::print("{}", aerosol::score_table({aerosol::score_emulator(rows, found.y, found.new_state)}));
}

void add_emulate(CLI::App& aerosol, std::function<void()>& run) {
  auto* command = aerosol.add_subcommand("emulate", "steps of M7 by a trained network, and how good they are");
  auto options = std::make_shared<EmulateOptions>();
  command->add_option("model", options->model, "Shipped network (m7), or a file of 'difftrack train-emulator'.")
      ->required();
  command->add_option("file", options->file, "Rows whose x is emulated (.npz); with y they are judged, too.")
      ->required();
  command->add_option("-o,--output", options->output, "The .npz of y and new_state to write; none: scores alone.");
  command->add_option("--threads", options->threads, "Number of threads, without effect on the result; 0: all cores.")
      ->check(CLI::Range(0, 1024));
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  command->footer(
      "Examples:\n"
      "  difftrack aerosol simulate --boxes 10000 --seed 2 -o test.npz\n"
      "  difftrack aerosol emulate m7 test.npz\n"
      "  difftrack aerosol emulate m7 mine.npz -o answers.npz\n"
      "The array x has 32 columns of air and state, docs/emulator.md section 3; what no air has is refused.");
  command->callback([options, &run] {
    if (options->output.empty() && options->quiet)
      throw core::InputError({"", "--quiet", ""}, "leaves nothing to do without --output");
    run = [options] { run_interruptible([&] { emulate(*options); }); };
  });
}

void add_roll_out(CLI::App& aerosol, std::function<void()>& run) {
  auto* command = aerosol.add_subcommand("roll-out", "a network and M7 side by side, step after step");
  struct Options {
    aerosol::RollOutConfig config;
    std::string model, output;
    bool quiet = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, "Shipped network (m7), or a file of 'difftrack train-emulator'.")
      ->required();
  command->add_option("-o,--output", options->output, "CSV of the first box to write: particles of both, by mode.");
  command->add_flag("-q,--quiet", options->quiet, "No progress bar.");
  add_field_options(*command, options->config, "Boxes");
  command->footer(
      "Example:\n"
      "  difftrack aerosol roll-out m7 --boxes 1000 --steps 96\n"
      "Both get the same weather, sources and rain; what differs is what happens among the particles.");
  command->callback([options, &run] {
    run = [options] {
      run_interruptible([&] {
        check_outputs({options->output}, {options->model});
        const auto bar = options->quiet ? core::ProgressCallback{} : progress_bar("steps");
        const auto result =
            aerosol::roll_out(read_model(options->model), options->config, [&](const core::Progress& progress) {
              stop_if_interrupted();
              if (bar) bar(progress);
            });
        if (!options->output.empty()) {
          core::AtomicFile file(options->output);
          file.write(aerosol::roll_out_csv(result));
          file.commit();
        }
        fmt::print("{}", aerosol::roll_out_table(result, options->config));
      });
    };
  });
}

}  // namespace

void add_aerosol_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("aerosol", "the microphysics of aerosol particles, and networks that emulate it");
  command->require_subcommand(1);
  add_simulate(*command, run);
  add_emulate(*command, run);
  add_roll_out(*command, run);
}

}  // namespace difftrack::cli
