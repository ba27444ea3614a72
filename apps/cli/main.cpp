// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/run_program.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/core/version.hpp"

namespace {

using difftrack::cli::kPrograms;
using difftrack::cli::tell_error;

std::vector<std::string> known_commands(const CLI::App& app) {
  std::vector<std::string> known(kPrograms.begin(), kPrograms.end());
  for (const CLI::App* each : app.get_subcommands(nullptr)) known.push_back(each->get_name());
  return known;
}

int unknown_command(const std::string& name, const std::vector<std::string>& known) {
  tell_error("difftrack", "error",
             fmt::format("'{}' is no command; did you mean '{}'? (see difftrack --help)", name,
                         difftrack::core::nearest(name, known)));
  return difftrack::cli::kExitBadInput;
}

int run_beside(const char* name, char** argv) {
  const std::string program = std::string("difftrack-") + name;
  std::error_code ignored;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / program;
  if (!std::filesystem::exists(beside)) {
    tell_error("difftrack", "error",
               program + " is not installed beside difftrack; build it with LibTorch (make build)");
    return difftrack::cli::kExitBadInput;
  }
  execv(beside.c_str(), argv);
  tell_error("difftrack", "error", fmt::format("{} cannot be started: {}", beside.string(), std::strerror(errno)));
  return difftrack::cli::kExitFailure;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace difftrack::cli;
  if (argc > 1)
    for (const char* name : kPrograms)
      if (std::strcmp(argv[1], name) == 0) return run_beside(name, argv + 1);

  CLI::App app{"difftrack: charged-particle tracking, differentiable end to end", "difftrack"};
  app.set_version_flag("--version", "difftrack " + difftrack::core::version());
  app.require_subcommand(1);
  app.footer(
      "Programs of their own:\n"
      "  train EXPERIMENT.toml       train a network, through the assignment if asked\n"
      "  check-gradient FILES        the assignment's gradient against finite differences\n"
      "  train-emulator KIND         networks in the place of a model: transfer, published, layer\n"
      "  train-agent learn | track   the published single agent, a walker that follows one track at a time\n"
      "  physics                     the simulation's acceptance list as a page\n"
      "  study KIND                  why models disagree: Hessian, landscape, curves, similarity, stability\n"
      "  tune TUNE.toml              the setting of any command that gives the best figure\n\n"
      "First steps:\n"
      "  difftrack simulate --detector bergen-dtc --phantom water:100 --primaries 1000 --seed 1 -o steps.npz\n"
      "  difftrack inspect steps.npz\n"
      "  difftrack reconstruct steps.npz --model models/bergen-dtc.safetensors --per-frame 100 -o tracks.npz\n"
      "  difftrack evaluate tracks.npz\n"
      "  difftrack show tracks.npz -o event.html\n\n"
      "difftrack COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 bad input.");
  std::function<void()> run;
  int exit_code = kExitSuccess;
  add_simulate_command(app, run);
  add_convert_command(app, run);
  add_inspect_command(app, run);
  add_reconstruct_command(app, run);
  add_evaluate_command(app, run);
  add_fit_likelihood_command(app, run);
  add_calibrate_command(app, run);
  add_scan_command(app, run);
  add_image_command(app, run);
  add_export_command(app, run);
  add_score_command(app, run);
  add_check_image_command(app, run);
  add_aerosol_command(app, run);
  add_show_command(app, run);
  add_report_command(app, run);
  add_doctor_command(app, run, exit_code);
  const auto known = known_commands(app);
  if (argc > 1 && argv[1][0] != '-' && std::find(known.begin(), known.end(), argv[1]) == known.end())
    return unknown_command(argv[1], known);
  return run_program(app, argc, argv, [&] {
    run();
    return exit_code;
  });
}
