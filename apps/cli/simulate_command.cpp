// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "apps/cli/commands.hpp"
#include "apps/cli/file_queue.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/core/units.hpp"
#include "difftrack/simulate/phantom.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/simulate/steps_writer.hpp"

namespace difftrack::cli {

namespace {

/// The options that decide the output; neither its name nor the number of threads does.
std::string command_line(const simulate::SimulationConfig& config) {
  std::string text = "difftrack simulate";
  core::for_each_field<simulate::SimulationConfig>([&](const auto& each) {
    if (each.name != "threads")
      text += fmt::format(" {} {}", flag_name(each.name), core::field_text(each, each.of(config)));
  });
  return text;
}

/// `with_rotation`: write the rotation into a column also where it is 0.
void simulate(const simulate::SimulationConfig& config, const std::string& output, bool with_rotation, bool quiet) {
  check_outputs({output}, {config.detector, config.hu_table, simulate::volume_file(config)});
  const simulate::Simulation simulation(config);
  simulate::StepsWriter::Config columns{.scan = simulation.beam().is_scan(), .threads = config.threads};
  if (with_rotation || config.rotation != 0.0) columns.rotation = static_cast<float>(config.rotation);
  simulate::StepsWriter writer(output, simulation.detector(), columns);
  simulation.run(
      [&](const event::Steps& steps) {
        stop_if_interrupted();
        writer.append(steps);
      },
      quiet ? core::ProgressCallback{} : progress_bar("protons"));
  writer.commit(command_line(config));
  if (!quiet)
    fmt::print("{}: {} steps of {} {} in {}\n", output, writer.rows(), config.primaries,
               config.particle == matter::BeamParticle::Helium ? fmt::format("4He of {} MeV/u", config.beam.energy)
                                                               : fmt::format("protons of {} MeV", config.beam.energy),
               simulation.detector().name);
}

/// Many files of one kind: file i is that of the seed + i.
void simulate_many(const simulate::SimulationConfig& config, FileQueue queue, std::int32_t files, bool with_rotation) {
  for (std::int32_t i = 0; i < files; ++i) queue.names.push_back(fmt::format("steps_{:04}.npz", i));
  queue.run([&](std::size_t i) {
    simulate::SimulationConfig one = config;
    one.seed += static_cast<decltype(one.seed)>(i);
    simulate(one, queue.path(i), with_rotation, true);
  });
}

}  // namespace

void add_simulate_command(CLI::App& app, std::function<void()>& run) {
  auto* command =
      app.add_subcommand("simulate", "protons or helium through a phantom and a detector, as a file of steps");
  struct Options {
    simulate::SimulationConfig config;
    std::string output;
    bool quiet = false;
    std::int32_t files = 0;
    std::string shard;
  };
  auto options = std::make_shared<Options>();
  add_field_options(*command, options->config, "Simulation");
  command->add_option("-o,--output", options->output, "The .npz of steps to write; with --files a folder.")->required();
  command
      ->add_option("--files", options->files,
                   "Number of files steps_0000.npz ... of the seeds from --seed on; a killed run goes on.")
      ->check(CLI::Range(1, 1000000));
  command->add_option("--shard", options->shard,
                      "Part i/n of --files, on machines that share the folder; mpirun needs none.");
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  command->footer(
      "Examples:\n"
      "  difftrack simulate --phantom water:100 --primaries 10000 --seed 1 -o steps.npz\n"
      "  difftrack simulate --detector gate-3mm-al --phantom water:250 --energy 250 --sigma 0 --divergence 0\n"
      "      --emittance 0 --primaries 5000 -o gate-like.npz\n"
      "  difftrack simulate --phantom ctp404 --rotation 30deg --sigma 2 --divergence 2.5mrad --emittance 3mm-mrad\n"
      "      --spots-x 22 --spots-y 3 --primaries 66000 -o view-030.npz\n"
      "  difftrack simulate --particle helium --energy 220 --phantom water:100 -o helium.npz\n"
      "The same seed gives the same file to the byte for any number of threads.");
  command->callback([options, command, &run] {
    if (options->config.phantom == "none")
      for (const char* flag : {"--phantom-z", "--rotation", "--phantom-step"})
        refuse_option(*command, flag, "is of no use to --phantom none");
    if (options->config.spots_x == 1 && options->config.spots_y == 1)
      for (const char* flag : {"--spot-pitch", "--steering-distance"})
        refuse_option(*command, flag, "is of no use to one spot; --spots-x and --spots-y make a scan");
    const bool with_rotation = command->count("--rotation") > 0;
    if (options->files == 0) refuse_option(*command, "--shard", "is of no use without --files");
    const std::string given = given_options(*command, {"--threads", "--quiet", "--shard", "--output"});
    run = [options, with_rotation, given] {
      if (options->files > 0)
        return run_interruptible([&] {
          simulate_many(options->config, {options->output, given, options->shard, options->quiet, {}}, options->files,
                        with_rotation);
        });
      run_interruptible([&] { simulate(options->config, options->output, with_rotation, options->quiet); });
    };
  });
}

}  // namespace difftrack::cli
