// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/tune/tune_file.hpp"
#include "difftrack/tune/median_rule.hpp"

namespace difftrack::tune_app {

inline constexpr const char* kTrialFolder = "trial";  ///< {trial}: the folder of a trial

/// The names in braces of an argument; "{{" stands for a brace.
std::vector<std::string> placeholders(const std::string& argument);

/// A trial that has ended: what is written down of it.
struct Outcome {
  tune::Setting setting;
  std::optional<double> figure;    ///< as the report has it; none: it failed
  std::string failure;             ///< why, in a few words; empty: it did not fail
  bool stopped = false;            ///< by the curve; the figure is the best of it then
  std::vector<double> curve = {};  ///< values that were printed, as they came
};

/// Runs the command once, with values and folder put in; what it prints as errors goes to FOLDER/log.txt. Whatever the
/// command does ends as an Outcome. `rule` says of curves whose sign is turned where the goal is to minimise.
Outcome run_trial(const TuneFile& file, const tune::Setting& setting, const std::string& folder,
                  const tune::MedianRule& rule);

/// One line of JSON, without its end: setting by name, figure or failure, curve.
std::string to_line(const tune::Space& space, const Outcome& outcome);
/// The inverse. Throws core::InputError (file, "line n") for what is no such line, or one of another space.
Outcome from_line(const tune::Space& space, const std::string& line, const std::string& file, std::size_t number);

}  // namespace difftrack::tune_app
