// SPDX-License-Identifier: Apache-2.0
#include "apps/tune/tune_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "apps/cli/options.hpp"
#include "apps/tune/objective.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/toml_fields.hpp"

namespace difftrack::tune_app {

namespace {

/// Table [space.NAME] of a number; that of a choice has `options` alone.
struct NumberTable {
  double low = 0.0, high = 0.0;
  bool log = false, integer = false;

  static constexpr auto fields() {
    using core::field;
    using C = NumberTable;
    return std::tuple{field("low", &C::low, "", "Smallest value."), field("high", &C::high, "", "Largest value."),
                      field("log", &C::log, "", "Ratios rather than differences."),
                      field("integer", &C::integer, "", "Whole numbers alone.")};
  }
};

std::vector<std::string> texts(const toml::table& table, const std::string& file, const std::string& table_name,
                               const std::string& key) {
  const toml::array* entries = table[key].as_array();
  std::vector<std::string> values;
  if (entries != nullptr)
    for (const auto& entry : *entries) {
      const auto text = entry.value<std::string>();
      if (!text) break;
      values.push_back(*text);
    }
  if (entries == nullptr || values.size() != entries->size() || values.empty())
    throw core::InputError({file, table_name + "." + key, ""}, "must be a list of texts");
  return values;
}

toml::table table_of(const toml::table& root, const std::string& file, const std::string& key) {
  const toml::table* table = root[key].as_table();
  if (table == nullptr) throw core::InputError({file, key, ""}, "is missing: a table [" + key + "]");
  return *table;
}

tune::Space read_space(const toml::table& tables, const std::string& file) {
  std::vector<tune::Parameter> parameters;
  for (const auto& [key, node] : tables) {
    const std::string name(key.str()), section = "space." + name;
    const toml::table* table = node.as_table();
    if (table == nullptr) throw core::InputError({file, section, ""}, "must be a table with low and high, or options");
    tune::Parameter parameter{.name = name};
    if (table->contains("options")) {
      core::check_keys(*table, file, {"options"});
      parameter.kind = tune::ParameterKind::Choice;
      parameter.options = texts(*table, file, section, "options");
    } else {
      NumberTable number;
      core::check_keys(*table, file, {"low", "high", "log", "integer", "options"});
      core::read_fields(*table, file, number, section);
      for (const char* needed : {"low", "high"})
        if (!table->contains(needed)) throw core::InputError({file, section + "." + needed, ""}, "is missing");
      parameter.kind = number.integer ? tune::ParameterKind::Integer : tune::ParameterKind::Real;
      parameter.low = number.low;
      parameter.high = number.high;
      parameter.logarithmic = number.log;
    }
    parameters.push_back(std::move(parameter));
  }
  return tune::Space(std::move(parameters), file);
}

/// Every parameter stands in an argument, and nothing else stands in braces.
void check_command(const TuneFile& tune, const std::string& path) {
  std::vector<std::string> names{kTrialFolder};
  for (const auto& parameter : tune.space.parameters()) names.push_back(parameter.name);
  std::set<std::string> used;
  for (const std::string& argument : tune.objective.command)
    for (const std::string& name : placeholders(argument)) {
      if (std::find(names.begin(), names.end(), name) == names.end())
        throw core::InputError({path, "objective.command", argument},
                               fmt::format("has no parameter {{{}}} in the space; did you mean {{{}}}?", name,
                                           core::nearest(name, names)));
      used.insert(name);
    }
  for (const auto& parameter : tune.space.parameters())
    if (!used.contains(parameter.name))
      throw core::InputError(
          {path, "space." + parameter.name, ""},
          fmt::format("would have no effect: no argument of the command has {{{}}}", parameter.name));
}

void check_objective(const Objective& objective, const std::string& path) {
  const auto pointer = [&](const char* key, const std::string& text, bool needed) {
    if (text.empty() ? needed : text[0] != '/')
      throw core::InputError(
          {path, std::string("objective.") + key, text},
          text.empty() ? "is missing: a JSON pointer such as /all/f1" : "is no JSON pointer; it begins with /");
  };
  pointer("figure", objective.figure, true);
  pointer("curve", objective.curve, false);
  if (objective.stop_after > 0 && objective.curve.empty())
    throw core::InputError({path, "objective.stop_after", std::to_string(objective.stop_after)},
                           "is of no use without objective.curve");
}

/// An option without effect is a misunderstanding, whether a key or a flag.
void refuse_unused(const TuneConfig& config, const toml::table& root, const std::string& path, const CLI::App& app) {
  for (const auto& [name, without] :
       tune::unused_options(config.proposer, static_cast<std::size_t>(config.per_round))) {
    const std::string why = fmt::format("is of no use without {}", without);
    cli::refuse_option(app, cli::flag_name(name), why);
    if (root["tune"].is_table() && root["tune"].as_table()->contains(name))
      throw core::InputError({path, std::string("tune.") + name, ""}, why);
  }
}

}  // namespace

TuneFile read_tune_file(const std::string& path, const CLI::App& app, const TuneConfig& flags) {
  const toml::table root = core::parse_toml_file(path);
  core::check_keys(root, path, {"objective", "space", "tune"});
  toml::table objective = table_of(root, path, "objective");
  TuneFile file{{}, read_space(table_of(root, path, "space"), path), {}};
  file.objective.command = texts(objective, path, "objective", "command");
  objective.erase("command");
  core::read_fields(objective, path, file.objective, "objective");
  check_objective(file.objective, path);
  check_command(file, path);
  if (root.contains("tune")) core::read_fields(table_of(root, path, "tune"), path, file.config, "tune");
  core::for_each_field<TuneConfig>([&](const auto& each) {
    if (app.get_option(cli::flag_name(each.name))->count() > 0) each.of(file.config) = each.of(flags);
  });
  core::check_fields(file.config, path);
  refuse_unused(file.config, root, path, app);
  return file;
}

std::string settings_of(const TuneFile& file) {
  std::string text = fmt::format("command = {}\n", fmt::join(file.objective.command, " "));
  const auto add = [&](const auto& config) {
    core::for_each_field<std::remove_cvref_t<decltype(config)>>([&](const auto& each) {
      if (each.name != "trials") text += fmt::format("{} = {}\n", each.name, core::field_text(each, each.of(config)));
    });
  };
  add(file.objective);
  text += file.space.describe();
  add(file.config);
  return text;
}

}  // namespace difftrack::tune_app
