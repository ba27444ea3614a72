// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/interruptible.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/study/request.hpp"

int main(int argc, char** argv) {
  using namespace difftrack;
  CLI::App app{"Why models that were trained alike disagree, and how far a track may be trusted.", "difftrack study"};
  app.require_subcommand(1);
  app.footer(
      "Example:\n"
      "  difftrack study similarity --models models/study/ptt_*.safetensors --frames data/water100_test.npz:0:10 -o "
      "runs/cka\n"
      "A run that was killed goes on when it is started again; mpirun -n 4 difftrack study ... shares the work.\n"
      "difftrack study COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 bad input.");
  std::function<void()> run;
  study_app::add_hessian_command(app, run);
  study_app::add_landscape_command(app, run);
  study_app::add_connect_command(app, run);
  study_app::add_similarity_command(app, run);
  study_app::add_stability_command(app, run);
  return cli::run_program(app, argc, argv, [&] {
    cli::run_interruptible(run);
    return cli::kExitSuccess;
  });
}
