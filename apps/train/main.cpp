// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "apps/cli/hit_options.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/root_files.hpp"
#include "apps/cli/run_program.hpp"
#include "difftrack/core/input_files.hpp"
#include "difftrack/learn/train/trainer.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"

namespace {

using namespace difftrack;

struct Options {
  std::string file;
  learn::Experiment flags;  ///< values of the flags that were given
  learn::RunOptions run;
  std::vector<std::string> set;  ///< TABLE.KEY=VALUE
  bool quiet = false;
};

/// What stands before the flag of an option, where its name alone would not tell what it is of.
std::string flag_prefix(const std::string& table, std::string_view field) {
  if (table == "pixels") return cli::kPixelPrefix;
  return table == "estimator" && field == "seed" ? "estimator_" : "";
}

std::string flag_of(const std::string& table, std::string_view field) {
  return cli::flag_name(flag_prefix(table, field) + std::string(field));
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("experiment", options.file, "Experiment (TOML); experiments/ has the published ones.")->required();
  app.add_option("-o,--out", options.run.out, "Folder of the run; none: runs/ and the experiment's name.");
  app.add_flag("--resume", options.run.resume, "Start from the last checkpoint in the folder, to the same bits.");
  app.add_option("--threads", options.run.threads,
                 "Number of frames side by side, without effect on the result; 0: all cores.")
      ->check(CLI::Range(0, 1024));
  app.add_option("--training", options.flags.files.training,
                 "Files of steps to train on, folders of them or quoted patterns, instead of the experiment's.");
  app.add_option("--validation", options.flags.files.validation, "Files of steps to validate on, likewise.");
  app.add_option("--set", options.set,
                 "TABLE.KEY=VALUE: any option of the experiment, such as one of an objective's own table; repeatable.")
      ->allow_extra_args(false);
  app.add_flag("-q,--quiet", options.quiet, "Nothing printed but errors.");
  learn::for_each_table(options.flags, [&](const std::string& table, auto& config) {
    cli::add_field_options(app, config, "[" + table + "] instead of the experiment's", learn::fixed_fields(table),
                           [&](std::string_view field) { return flag_prefix(table, field); });
  });
  app.footer(
      "Examples:\n"
      "  difftrack train experiments/demo/ptt.toml --out runs/ptt\n"
      "  difftrack train experiments/line_graph/pat_lambda_25.toml --init-from runs/ptt/model.safetensors --seed 2\n"
      "Ctrl-C finishes the step and writes a checkpoint; --resume goes on. tensorboard --logdir runs shows the "
      "curves.");
}

/// The experiment of the file with the flags that were given laid over it.
learn::Experiment merged(const CLI::App& app, const Options& options) {
  learn::Experiment experiment = learn::read_experiment(options.file);
  for (const std::string& option : options.set) learn::set_option(experiment, option, "--set");
  const auto lay_over = [&](const std::string& table, auto& config, const auto& given) {
    const std::vector<std::string> fixed = learn::fixed_fields(table);
    core::for_each_field<std::remove_cvref_t<decltype(config)>>([&](const auto& each) {
      if (std::find(fixed.begin(), fixed.end(), each.name) != fixed.end()) return;
      if (app.get_option(flag_of(table, each.name))->count() > 0) each.of(config) = each.of(given);
    });
  };
  learn::for_each_table(experiment, [&](const std::string& table, auto& config) {
    learn::for_each_table(options.flags, [&](const std::string& other, const auto& given) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(config)>, std::remove_cvref_t<decltype(given)>>)
        if (table == other) lay_over(table, config, given);
    });
  });
  if (app.get_option("--training")->count() > 0) experiment.files.training = options.flags.files.training;
  if (app.get_option("--validation")->count() > 0) experiment.files.validation = options.flags.files.validation;
  return experiment;
}

/// Refuses flags that the merged experiment has no use for; its file may hold them for other runs.
void check_flags(const CLI::App& app, const learn::Experiment& experiment, const std::string& source) {
  const std::string& loss = experiment.loss.loss;
  if (!experiment.objectives.kind(loss, source).through_assignment()) {
    const std::string why = "is of no use to --loss " + loss + "; did you mean --loss hamming?";
    cli::refuse_field_options<assign::EstimatorConfig>(
        app, why, learn::fixed_fields("estimator"),
        [](std::string_view field) { return flag_prefix("estimator", field); });
    cli::refuse_option(app, "--margin", why);
  }
  using assign::Estimator;
  const Estimator estimator = experiment.estimator.estimator;
  const std::string why = fmt::format("is of no use to --estimator {}", core::name_of(estimator));
  if (estimator != Estimator::Blackbox && estimator != Estimator::ImplicitMle)
    for (const char* flag : {"--convention", "--lambda"}) cli::refuse_option(app, flag, why);
  if (estimator != Estimator::ImplicitMle && estimator != Estimator::FenchelYoung)
    for (const char* flag : {"--temperature", "--samples", "--estimator-seed"}) cli::refuse_option(app, flag, why);
  if (experiment.schedule.stop_when_flat == 0)
    cli::refuse_option(app, "--flat-tolerance", "is of no use without --stop-when-flat");
  if (!experiment.assign.free()) cli::refuse_option(app, "--unassigned-cost", "is of no use to --mode forced");
}

int train(const CLI::App& app, Options& options) {
  learn::Experiment experiment = merged(app, options);
  check_flags(app, experiment, options.file);
  cli::refuse_root_files(experiment.files.training);
  cli::refuse_root_files(experiment.files.validation);
  cli::check_hit_options(app, learn::hit_config(experiment, options.file));
  learn::check_experiment(experiment, options.file);  // which names files, then
  for (std::vector<std::string>* files : {&experiment.files.training, &experiment.files.validation})
    *files = core::input_files(*files, "", reconstruct::hits_in_folder());
  if (options.run.out.empty()) {
    const std::filesystem::path file(options.file);
    options.run.out = (std::filesystem::path("runs") / file.parent_path().filename() / file.stem()).string();
  }
  cli::watch_for_interrupts();
  options.run.stop = [] { return cli::interrupted != 0; };
  if (!options.quiet) options.run.progress = cli::progress_bar("steps");

  const learn::TrainingState state = learn::train(experiment, options.file, options.run);
  if (options.quiet) return cli::kExitSuccess;
  if (learn::reason_to_end(state, experiment.schedule) == "flat")
    fmt::print("ended after step {}: the validation curve has been flat for {} steps\n", state.step,
               experiment.schedule.stop_when_flat);
  else if (state.step < experiment.schedule.steps)
    fmt::print("stopped after step {} of {}; go on with --resume\n", state.step, experiment.schedule.steps);
  if (const learn::Validation* best = state.best_so_far())
    fmt::print("{}/model.safetensors: best at step {}, validation purity {:.1f} %, efficiency {:.1f} %\n",
               options.run.out, best->step, 100 * best->purity, 100 * best->efficiency);
  return cli::kExitSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a network on simulated steps, on segment scores or through the assignment.", "difftrack train"};
  Options options;
  add_options(app, options);
  return difftrack::cli::run_program(app, argc, argv, [&] { return train(app, options); });
}
