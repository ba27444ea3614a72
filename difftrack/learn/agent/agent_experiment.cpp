// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/agent_experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <type_traits>

#include "difftrack/core/field_text.hpp"
#include "difftrack/core/toml_fields.hpp"

namespace difftrack::learn {

namespace {

namespace fs = std::filesystem;

template <class AnyExperiment, class Visit>
void for_each_table(AnyExperiment& experiment, const Visit& visit) {
  visit("data", experiment.data);
  visit("training", experiment.training);
  visit("ppo", experiment.ppo);
}

std::string resolve(const fs::path& folder, const std::string& path) {
  return fs::path(path).is_absolute() ? path : (folder / path).lexically_normal().string();
}

/// Takes data.training out of [data].
void take_files(toml::table& data, const std::string& file, std::vector<std::string>& files) {
  if (!data.contains("training")) return;
  const toml::array* list = data["training"].as_array();
  const core::InputError problem({file, "data.training", ""}, "must be a list of files of steps");
  if (list == nullptr) throw problem;
  files.clear();
  for (const auto& entry : *list) {
    const auto text = entry.value<std::string>();
    if (!text) throw problem;
    files.push_back(resolve(fs::path(file).parent_path(), *text));
  }
  data.erase("training");
}

void read_tables(toml::table& root, const std::string& file, AgentExperiment& experiment) {
  core::check_keys(root, file, {"data", "training", "ppo"});
  if (toml::table* data = root["data"].as_table()) take_files(*data, file, experiment.files);
  for_each_table(experiment, [&](const char* name, auto& config) {
    if (!root.contains(name)) return;
    const toml::table* table = root[name].as_table();
    if (table == nullptr) throw core::InputError({file, name, ""}, fmt::format("must be a table: [{}]", name));
    core::read_fields(*table, file, config, name);
  });
  const bool ppo = experiment.training.method == AgentMethod::Ppo;
  if (!ppo && root.contains("ppo"))
    throw core::InputError({file, "ppo", ""}, "is of no use to training.method = 'supervised'");
  if (const toml::table* training = root["training"].as_table();
      ppo && training != nullptr && training->contains("batch"))
    throw core::InputError({file, "training.batch", ""}, "is of no use to training.method = 'ppo'; see ppo.minibatch");
}

}  // namespace

AgentExperiment read_agent_experiment(const std::string& path) {
  toml::table root = core::parse_toml_file(path);
  AgentExperiment experiment;
  read_tables(root, path, experiment);
  return experiment;
}

void set_agent_option(AgentExperiment& experiment, const std::string& option, const std::string& source) {
  const std::size_t equals = option.find('='), dot = option.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals)
    throw core::InputError({"", source, option}, "must be TABLE.KEY=VALUE");
  const std::string table = option.substr(0, dot), key = option.substr(dot + 1, equals - dot - 1);
  const std::string value = option.substr(equals + 1);
  const auto parsed = [&](const std::string& text) {
    return core::parse_toml(fmt::format("[{}]\n{} = {}\n", table, key, text), source);
  };
  toml::table root;
  try {
    root = parsed(value);
  } catch (const core::InputError&) {
    root = parsed(fmt::format("'{}'", value));  // text without quotes
  }
  if (table == "data" && key == "training")
    for (toml::node& file : *root["data"]["training"].as_array())
      if (const auto text = file.value<std::string>()) file.ref<std::string>() = fs::absolute(*text).string();
  read_tables(root, source, experiment);
}

void check_agent_experiment(const AgentExperiment& experiment, const std::string& source) {
  for_each_table(experiment, [&](const char*, const auto& config) { core::check_fields(config, source); });
  if (experiment.files.empty())
    throw core::InputError({source, "data.training", ""}, "names no file; make some with: difftrack simulate");
}

std::string agent_options(const AgentExperiment& experiment) {
  std::string text;
  for_each_table(experiment, [&](const std::string& table, const auto& config) {
    if (table == "ppo" && experiment.training.method != AgentMethod::Ppo) return;
    core::for_each_field<std::remove_cvref_t<decltype(config)>>([&](const auto& each) {
      const bool free = each.name == "checkpoint_every" || (each.name == "steps" && !experiment.training.cosine);
      if (!free) text += fmt::format("{}.{} = {}\n", table, each.name, core::field_text(each, each.of(config)));
    });
  });
  for (const std::string& file : experiment.files) text += "data.training = " + file + "\n";
  return text;
}

}  // namespace difftrack::learn
