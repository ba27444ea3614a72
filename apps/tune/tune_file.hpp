// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/tune/proposer.hpp"

namespace difftrack::tune_app {

/// Which way is better.
enum class Goal { Maximise, Minimise };
/// Names of the goals.
constexpr core::Choices<Goal, 2> choices(Goal) {
  return {{{Goal::Maximise, "maximise"}, {Goal::Minimise, "minimise"}}};
}

/// Table [objective]: what is run, and where its figure stands.
struct Objective {
  std::vector<std::string>
      command;  ///< program and arguments; {NAME} is a parameter's value, {trial} the trial's folder
  std::string figure;
  std::string report;
  std::string curve;
  Goal goal = Goal::Maximise;
  std::int32_t stop_after = 0;

  static constexpr auto fields() {
    using core::field;
    using C = Objective;
    return std::tuple{
        field("figure", &C::figure, "", "Place of the figure in the report, a JSON pointer such as /all/f1."),
        field("report", &C::report, "", "File of the report in the trial's folder; empty: the last JSON line printed."),
        field("curve", &C::curve, "",
              "Place in printed JSON lines of a value that grows into the figure, as training goes."),
        field("goal", &C::goal, "", "Better direction of the figure."),
        field("stop_after", &C::stop_after, "", {0, 1e9},
              "Values of the curve before a bad trial may be stopped; 0: none is stopped."),
    };
  }
};

/// Options of the run beside objective and space.
struct TuneConfig {
  std::int32_t trials = 50;
  std::int32_t per_round = 1;
  tune::ProposerConfig proposer = {};

  static constexpr auto fields() {
    using core::field;
    using C = TuneConfig;
    return std::tuple{
        field("trials", &C::trials, "", {1, 1e6}, "Trials in all, up to whole rounds."),
        field("per_round", &C::per_round, "", {1, 1e4}, "Trials that are chosen together and run side by side."),
        core::part(&C::proposer),
    };
  }
};

/// What a TUNE.toml says.
struct TuneFile {
  Objective objective;
  tune::Space space;
  TuneConfig config;
};

/// Reads the tables [objective], [space.NAME] and [tune]; options of `flags` that were given on the command line of
/// `app` stand over those of the file. Throws core::InputError (file, key, value): unknown key, no command, a parameter
/// that no argument has, an argument with a parameter that is none, an empty space, an option without effect.
TuneFile read_tune_file(const std::string& path, const CLI::App& app, const TuneConfig& flags);

/// All that trials depend on, one line each; not how many there are.
std::string settings_of(const TuneFile& file);

}  // namespace difftrack::tune_app
