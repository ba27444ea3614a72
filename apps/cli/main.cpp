// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/run_program.hpp"
#include "difftrack/core/fields.hpp"

namespace {

// Programs of their own, because they load LibTorch: found beside this one, as git finds its subcommands.
constexpr std::array kPrograms = {"train", "check-gradient", "physics"};

std::vector<std::string> known_commands(const CLI::App& app) {
  std::vector<std::string> known(kPrograms.begin(), kPrograms.end());
  for (const CLI::App* each : app.get_subcommands(nullptr)) known.push_back(each->get_name());
  return known;
}

int unknown_command(const std::string& name, const std::vector<std::string>& known) {
  fmt::print(stderr, "difftrack: error: '{}' is no command; did you mean '{}'? (see difftrack --help)\n", name,
             difftrack::core::nearest(name, known));
  return difftrack::cli::kExitBadInput;
}

int run_beside(const char* name, char** argv) {
  const std::string program = std::string("difftrack-") + name;
  std::error_code ignored;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / program;
  if (!std::filesystem::exists(beside)) {
    fmt::print(stderr, "difftrack: error: {} is not installed beside difftrack; build it with LibTorch (make build)\n",
               program);
    return difftrack::cli::kExitBadInput;
  }
  execv(beside.c_str(), argv);
  fmt::print(stderr, "difftrack: error: {} cannot be started: {}\n", beside.string(), std::strerror(errno));
  return difftrack::cli::kExitFailure;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace difftrack::cli;
  if (argc > 1)
    for (const char* name : kPrograms)
      if (std::strcmp(argv[1], name) == 0) return run_beside(name, argv + 1);

  CLI::App app{"difftrack: charged-particle tracking, differentiable end to end", "difftrack"};
  app.set_version_flag("--version", "difftrack " DIFFTRACK_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Programs of their own:\n"
      "  train EXPERIMENT.toml       train a network, through the assignment if asked\n"
      "  check-gradient FILES        the assignment's gradient against finite differences\n"
      "  physics                     the simulation's acceptance list as a page\n\n"
      "First steps:\n"
      "  difftrack simulate --detector bergen-dtc --phantom water:100 --primaries 1000 --seed 1 -o steps.npz\n"
      "  difftrack inspect steps.npz\n"
      "  difftrack reconstruct steps.npz --model models/bergen-dtc.safetensors --per-frame 100 -o tracks.npz\n"
      "  difftrack evaluate tracks.npz\n\n"
      "difftrack COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 bad input.");
  std::function<void()> run;
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
  const auto known = known_commands(app);
  if (argc > 1 && argv[1][0] != '-' && std::find(known.begin(), known.end(), argv[1]) == known.end())
    return unknown_command(argv[1], known);
  return run_program(app, argc, argv, [&] {
    run();
    return kExitSuccess;
  });
}
