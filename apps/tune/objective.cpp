// SPDX-License-Identifier: Apache-2.0
#include "apps/tune/objective.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/cli/child_process.hpp"
#include "difftrack/core/error.hpp"

namespace difftrack::tune_app {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Calls text(part) and name(part) for the parts of an argument, in order.
template <class Text, class Name>
void for_each_part(const std::string& argument, Text text, Name name) {
  for (std::size_t i = 0; i < argument.size();) {
    const std::size_t close = argument.find('}', i);
    if (argument.compare(i, 2, "{{") == 0 || argument.compare(i, 2, "}}") == 0) {
      text(argument.substr(i, 1));
      i += 2;
    } else if (argument[i] == '{' && close != std::string::npos) {
      name(argument.substr(i + 1, close - i - 1));
      i = close + 1;
    } else {
      text(argument.substr(i++, 1));
    }
  }
}

/// A finite number at the place, if there is one.
std::optional<double> number_at(const Json& json, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  if (!json.contains(place) || !json[place].is_number()) return std::nullopt;
  const double value = json[place].get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<Json> parse(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() || !json.is_structured() ? std::nullopt : std::optional(std::move(json));
}

std::string end_of(int exit_code, const std::string& program) {
  if (exit_code == cli::kCannotStart) return "'" + program + "' cannot be started";
  return exit_code < 0 ? fmt::format("ended by signal {}", -exit_code) : fmt::format("exit code {}", exit_code);
}

}  // namespace

std::vector<std::string> placeholders(const std::string& argument) {
  std::vector<std::string> names;
  for_each_part(
      argument, [](const std::string&) {}, [&](const std::string& name) { names.push_back(name); });
  return names;
}

Outcome run_trial(const TuneFile& file, const tune::Setting& setting, const std::string& folder,
                  const tune::MedianRule& rule) {
  const Objective& objective = file.objective;
  fs::create_directories(folder);
  std::map<std::string, std::string> values{{kTrialFolder, folder}};
  for (std::size_t i = 0; i < setting.size(); ++i)
    values[file.space.parameters()[i].name] = file.space.text(i, setting[i]);
  std::vector<std::string> command;
  for (const std::string& argument : objective.command) {
    std::string& filled = command.emplace_back();
    for_each_part(
        argument, [&](const std::string& text) { filled += text; },
        [&](const std::string& name) { filled += values.at(name); });
  }

  Outcome outcome{.setting = setting, .figure = {}, .failure = {}};
  const double sign = objective.goal == Goal::Maximise ? 1.0 : -1.0;
  std::optional<Json> report;
  std::vector<double> signed_curve;
  const auto read = [&](const std::string& line) {
    if (outcome.stopped) return;  // what was on its way depends on the hour
    std::optional<Json> json = parse(line);
    if (!json) return;
    if (const auto value = objective.curve.empty() ? std::nullopt : number_at(*json, objective.curve)) {
      outcome.curve.push_back(*value);
      signed_curve.push_back(sign * *value);
      outcome.stopped = outcome.stopped || (objective.stop_after > 0 && rule.stops(signed_curve));
    }
    report = std::move(json);
  };
  const int exit_code =
      cli::run_child(command, read, {.errors = folder + "/log.txt", .ended_early = [&] { return outcome.stopped; }});
  if (outcome.stopped) {
    outcome.figure = sign * *std::max_element(signed_curve.begin(), signed_curve.end());
    return outcome;
  }
  if (exit_code != 0) {
    outcome.failure = end_of(exit_code, command.front());
    return outcome;
  }
  if (!objective.report.empty()) {
    std::ifstream in(fs::path(folder) / objective.report);
    report = parse({std::istreambuf_iterator<char>(in), {}});
  }
  if (report) outcome.figure = number_at(*report, objective.figure);
  if (!outcome.figure)
    outcome.failure = report                     ? fmt::format("no number at {}", objective.figure)
                      : objective.report.empty() ? "no JSON was printed"
                                                 : "no JSON in " + objective.report;
  return outcome;
}

std::string to_line(const tune::Space& space, const Outcome& outcome) {
  Json line;
  for (std::size_t i = 0; i < outcome.setting.size(); ++i) {
    const tune::Parameter& parameter = space.parameters()[i];
    if (parameter.kind == tune::ParameterKind::Choice)
      line["setting"][parameter.name] = space.text(i, outcome.setting[i]);
    else
      line["setting"][parameter.name] = outcome.setting[i];
  }
  line["figure"] = outcome.figure ? Json(*outcome.figure) : Json(nullptr);
  if (!outcome.failure.empty()) line["failure"] = outcome.failure;
  if (outcome.stopped) line["stopped"] = true;
  if (!outcome.curve.empty()) line["curve"] = outcome.curve;
  return line.dump();
}

Outcome from_line(const tune::Space& space, const std::string& line, const std::string& file, std::size_t number) {
  const auto fail = [&](const std::string& problem) {
    throw core::InputError({file, fmt::format("line {}", number), ""}, problem);
  };
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("setting") || !json["setting"].is_object() || !json.contains("figure"))
    fail("is no trial of a journal");
  Outcome outcome;
  const Json& setting = json["setting"];
  for (const tune::Parameter& parameter : space.parameters()) {
    if (!setting.contains(parameter.name)) fail("is of another space: it has no '" + parameter.name + "'");
    const Json& value = setting[parameter.name];
    if (parameter.kind == tune::ParameterKind::Choice) {
      const auto& options = parameter.options;
      const auto at =
          value.is_string() ? std::find(options.begin(), options.end(), value.get<std::string>()) : options.end();
      if (at == options.end()) fail("is of another space: " + parameter.name + " = " + value.dump() + " is no option");
      outcome.setting.push_back(static_cast<double>(at - options.begin()));
    } else {
      if (!value.is_number() || value.get<double>() < parameter.low || value.get<double>() > parameter.high)
        fail("is of another space: " + parameter.name + " = " + value.dump() + " is out of its range");
      outcome.setting.push_back(value.get<double>());
    }
  }
  if (setting.size() != space.parameters().size()) fail("is of another space: it has more parameters");
  if (json["figure"].is_number()) outcome.figure = json["figure"].get<double>();
  outcome.failure = json.value("failure", "");
  outcome.stopped = json.value("stopped", false);
  outcome.curve = json.value("curve", std::vector<double>{});
  return outcome;
}

}  // namespace difftrack::tune_app
