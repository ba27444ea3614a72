// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/cli/interruptible.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/root_files.hpp"
#include "apps/train_agent/commands.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/folder_lock.hpp"
#include "difftrack/core/input_files.hpp"
#include "difftrack/learn/agent/agent_training.hpp"
#include "difftrack/learn/train/frames.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"

namespace difftrack::train_agent_app {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string file, out;
  std::vector<std::string> set;
  bool resume = false, quiet = false;
};

/// Mean of the last hundredth of a curve, and of ten steps at least.
double end_of(const std::vector<double>& curve) {
  const std::size_t n = std::min(curve.size(), std::max<std::size_t>(10, curve.size() / 100));
  double sum = 0.0;
  for (std::size_t i = curve.size() - n; i < curve.size(); ++i) sum += curve[i];
  return sum / static_cast<double>(n);
}

void learn_agent(const Options& options) {
  learn::AgentExperiment experiment = learn::read_agent_experiment(options.file);
  for (const std::string& option : options.set) learn::set_agent_option(experiment, option, "--set");
  learn::check_agent_experiment(experiment, options.file);
  cli::refuse_root_files(experiment.files);
  experiment.files = core::input_files(experiment.files, "", reconstruct::hits_in_folder());
  const fs::path folder =
      options.out.empty() ? fs::path("runs") / "agent" / fs::path(options.file).stem() : fs::path(options.out);
  learn::AgentRun run;
  run.checkpoint = (folder / "checkpoint.safetensors").string();
  if (!options.resume && fs::exists(run.checkpoint))
    throw core::InputError({run.checkpoint, "", ""}, "is of a run before; --resume goes on, or name another folder");
  const std::vector<event::Frame> frames =
      learn::load_frames(experiment.files, detector::read_detector(experiment.data.detector),
                         experiment.data.frames.per_frame, experiment.data.max_frames);
  fs::create_directories(folder);
  const core::FolderLock lock(folder.string());
  run.stop = [] { return cli::interrupted != 0; };
  if (!options.quiet) run.progress = cli::progress_bar("steps");
  const learn::TrainedAgent trained = learn::train_agent(experiment, frames, run);

  const std::string model = (folder / "model.safetensors").string();
  learn::write_agent(model, *trained.network, experiment);
  const bool supervised = experiment.training.method == learn::AgentMethod::Supervised;
  const char* figure = supervised ? "right" : "reward";
  const nlohmann::ordered_json metrics{{"steps", trained.step}, {"loss", trained.loss}, {figure, trained.figure}};
  core::AtomicFile json((folder / "metrics.json").string());
  json.write(metrics.dump(1) + "\n");
  json.commit();
  if (options.quiet) return;
  if (!trained.finished)
    fmt::print("stopped after step {} of {}; go on with --resume\n", trained.step, experiment.training.steps);
  fmt::print("{}: loss {:.4f}, {} {:.3f}\n", model, end_of(trained.loss),
             supervised ? "true steps that are the likeliest" : "mean reward of a step", end_of(trained.figure));
}

}  // namespace

void add_learn_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("learn", "trains an agent, on true steps or by rewards");
  auto options = std::make_shared<Options>();
  command->add_option("experiment", options->file, "Training (TOML); experiments/agent has the published ones.")
      ->required();
  command->add_option("-o,--out", options->out, "Folder of the run; none: runs/agent/ and the experiment's name.");
  command->add_flag("--resume", options->resume, "Start from the last checkpoint in the folder, to the same bits.");
  command
      ->add_option("--set", options->set,
                   "TABLE.KEY=VALUE: any option of the experiment; repeatable. Files are from here then.")
      ->allow_extra_args(false);
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  command->footer(
      "Examples:\n"
      "  difftrack train-agent learn experiments/agent/supervised.toml -o runs/agent\n"
      "  difftrack train-agent learn experiments/agent/corrected.toml --set training.steps=100 --set training.seed=2\n"
      "The folder holds model.safetensors, checkpoint.safetensors and metrics.json. Ctrl-C ends the training after "
      "the\n"
      "step, with a model of the steps so far; --resume goes on.");
  command->callback([options, &run] { run = [options] { learn_agent(*options); }; });
}

}  // namespace difftrack::train_agent_app
