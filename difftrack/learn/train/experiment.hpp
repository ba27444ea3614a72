// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/estimators.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/learn/train/objectives.hpp"
#include "difftrack/network/description.hpp"
#include "difftrack/network/rms_prop.hpp"

namespace difftrack::learn {

/// How gradients are computed.
enum class ComputePath : std::uint8_t { Fast, Plain };
/// Their names.
constexpr core::Choices<ComputePath, 2> choices(ComputePath) {
  return {{{ComputePath::Fast, "fast", "own kernels, for the published line graph of hidden 16, 32 or 64"},
           {ComputePath::Plain, "plain", "LibTorch, any network"}}};
}

/// What is trained: the network (network/description.hpp), where its numbers start and how they are computed.
struct ModelConfig {
  network::Description description = {};
  std::string init_from = {};
  ComputePath path = ComputePath::Fast;
  std::string device = "cpu";
  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        core::part(&ModelConfig::description),
        field("init_from", &ModelConfig::init_from, "", "Model (safetensors) to start from; empty: random weights."),
        field("path", &ModelConfig::path, "", "Way to compute gradients."),
        field("device", &ModelConfig::device, "", "Device of the plain path: cpu, cuda or cuda:N."),
    };
  }
};

/// Where the frames come from; files of steps are listed apart, in DataFiles.
struct DataConfig {
  std::string detector = "bergen-dtc";
  detector::FrameConfig frames = {};
  detector::HitConfig hits = {};  ///< its pixels are the table [pixels]
  std::int32_t max_validation_frames = 0;
  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("detector", &DataConfig::detector, "", "Detector description: a shipped name or a TOML file."),
        core::part(&DataConfig::frames, {"per_frame"}),
        core::part(&DataConfig::hits, {"hits", "fold_electrons"}),
        field("max_validation_frames", &DataConfig::max_validation_frames, "", {0, 1e7},
              "Frames of each validation file that are used; 0: all."),
    };
  }
};

/// What is minimised: an objective by its name (docs/learn.md#objectives), whose own options are the table of that
/// name; how the assignment is solved and differentiated is in [assign] and [estimator].
struct LossConfig {
  std::string loss = "bce";
  double margin = 0.0;
  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("loss", &LossConfig::loss, "",
              "Loss: bce (predict-then-track), hamming (predict-and-track), own (the estimator's), policy or joint."),
        field("margin", &LossConfig::margin, "", {0.0, 1.0}, "Margin between true and false segments in training."),
    };
  }
};

/// How long, how often, with which chance.
struct ScheduleConfig {
  std::int64_t steps = 10000;
  std::int32_t frames_per_step = 32;
  std::int64_t validate_every = 100;
  std::int64_t checkpoint_every = 100;
  std::int64_t keep_every = 0;
  std::int64_t stop_when_flat = 0;
  double flat_tolerance = 1e-3;
  std::int64_t seed = 1;
  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("steps", &ScheduleConfig::steps, "", {0, 1e9}, "Steps of the optimiser in all."),
        field("frames_per_step", &ScheduleConfig::frames_per_step, "", {1, 1e5},
              "Frames whose gradients make one step, drawn with replacement."),
        field("validate_every", &ScheduleConfig::validate_every, "steps", {1, 1e9}, "Validation interval."),
        field("checkpoint_every", &ScheduleConfig::checkpoint_every, "steps", {1, 1e9},
              "Checkpoint interval: what a kill can lose."),
        field("keep_every", &ScheduleConfig::keep_every, "steps", {0, 1e9},
              "Interval at which models are kept in checkpoints/, for the study of the way; 0: none."),
        field("stop_when_flat", &ScheduleConfig::stop_when_flat, "steps", {0, 1e9},
              "Steps of a flat validation curve after which training ends; 0: never."),
        field("flat_tolerance", &ScheduleConfig::flat_tolerance, "", {0, 1},
              "Gain of mean purity and efficiency, from the first half of those steps to the second, that is still "
              "flat."),
        field("seed", &ScheduleConfig::seed, "", {0, 4e9}, "Seed of the weights and of the draws of frames."),
    };
  }
};

/// Files of steps (npz, npy or csv), absolute or relative to the folder of the experiment.
struct DataFiles {
  std::vector<std::string> training;
  std::vector<std::string> validation;
};

/// A whole experiment as its TOML describes it: [model], [data], [pixels] (with data.hits = "pixels"), [loss], [assign]
/// (at validation too), [estimator], [optimiser], [schedule], and a table for each objective that has options.
struct Experiment {
  ModelConfig model = {};
  DataConfig data = {};
  DataFiles files = {};
  LossConfig loss = {};
  assign::AssignConfig assign = {};
  assign::EstimatorConfig estimator = {};
  network::RmsProp::Config optimiser = {};
  ScheduleConfig schedule = {};
  Objectives objectives;  ///< what [loss] loss may name, with the options of each

  /// Defaults everywhere, and the shipped objectives.
  Experiment();
  /// With other objectives.
  explicit Experiment(Objectives kinds) : objectives(std::move(kinds)) {}
};

/// Calls visit(table name, config) for every table that every experiment has.
template <class AnyExperiment, class Visitor>
void for_each_table(AnyExperiment& experiment, Visitor&& visit) {
  visit("model", experiment.model);
  visit("data", experiment.data);
  visit("pixels", experiment.data.hits.pixels);
  visit("loss", experiment.loss);
  visit("assign", experiment.assign);
  visit("estimator", experiment.estimator);
  visit("optimiser", experiment.optimiser);
  visit("schedule", experiment.schedule);
}

/// Names of those tables.
std::vector<std::string> experiment_tables();

/// Fields of a table that are no option of an experiment: they follow from others or belong to the program.
std::vector<std::string> fixed_fields(const std::string& table);

/// How the steps of an experiment's files become hits. Throws InputError (source, option, value).
detector::HitConfig hit_config(const Experiment& experiment, const std::string& source);

/// Reads an experiment. Throws InputError with file, key and value: unknown tables and keys, wrong types, values out of
/// range. Paths of data files and of init_from are resolved against the folder of the file. `objectives` are those it
/// may name.
Experiment read_experiment(const std::string& path, Objectives objectives = shipped_objectives());

/// Lays one more option over an experiment: `TABLE.KEY=VALUE` with VALUE as in TOML, quotes optional, for example
/// "estimator.seed=3". For keys that are no flags. Throws InputError as read_experiment does, with `source` as the
/// file.
void set_option(Experiment& experiment, const std::string& option, const std::string& source);

/// Checks choices and combinations once command-line flags have been merged (e.g. the fast path has no hit graph);
/// `source` names the experiment in errors.
void check_experiment(const Experiment& experiment, const std::string& source);

/// All options that the result depends on, as "table.key = value" lines: a checkpoint remembers them, so that a run
/// resumes only under the same ones. Where to stop, interval of checkpoints, threads may change.
std::string result_options(const Experiment& experiment);

}  // namespace difftrack::learn
