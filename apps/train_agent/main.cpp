// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/interruptible.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/train_agent/commands.hpp"

int main(int argc, char** argv) {
  using namespace difftrack;
  CLI::App app{"Trains the single agent, a walker that follows one track at a time, and tracks with it.",
               "difftrack train-agent"};
  app.require_subcommand(1);
  app.footer(
      "Example:\n"
      "  difftrack simulate --phantom water:100 --primaries 10000 --seed 102 -o train.npz\n"
      "  difftrack train-agent learn experiments/agent/supervised.toml --set data.training='[\"train.npz\"]' -o "
      "runs/agent\n"
      "  difftrack train-agent track runs/agent/model.safetensors steps.npz --per-frame 50 -o tracks\n"
      "One core is used. difftrack train-agent COMMAND --help tells more. docs/policy.md says what comes out.");
  std::function<void()> run;
  train_agent_app::add_learn_command(app, run);
  train_agent_app::add_track_command(app, run);
  return cli::run_program(app, argc, argv, [&] {
    cli::run_interruptible(run);
    return cli::kExitSuccess;
  });
}
