// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "difftrack/core/field_text.hpp"
#include "difftrack/core/toml_fields.hpp"
#include "difftrack/network/scorer/registry.hpp"

namespace difftrack::learn {

namespace {

namespace fs = std::filesystem;

std::string resolve(const fs::path& folder, const std::string& path) {
  return path.empty() || fs::path(path).is_absolute() ? path : (folder / path).lexically_normal().string();
}

/// Takes the list of paths `key` out of the table, if it is there.
std::optional<std::vector<std::string>> take_paths(toml::table& table, const std::string& key,
                                                   const std::string& file) {
  if (!table.contains(key)) return std::nullopt;
  std::vector<std::string> paths;
  const toml::array* list = table[key].as_array();
  if (list == nullptr) throw core::InputError({file, "data." + key, ""}, "must be a list of files of steps");
  for (const auto& entry : *list) {
    const auto text = entry.value<std::string>();
    if (!text) throw core::InputError({file, "data." + key, ""}, "must be a list of files of steps");
    paths.push_back(resolve(fs::path(file).parent_path(), *text));
  }
  table.erase(key);
  return paths;
}

/// Whether an option of the network that came after the first runs says what was always so.
bool is_later_default(const network::Description& model, std::string_view option) {
  if (option == "network" || option == "hidden") return false;
  bool same = false;
  core::for_each_field<network::Description>([&](const auto& each) {
    if (each.name == option) same = each.of(model) == each.of(network::Description{});
  });
  return same;
}

/// Takes all options of the tables of `root`; those of keys that are absent stay as they are.
void read_tables(toml::table& root, const std::string& file, Experiment& experiment) {
  std::vector<std::string> known = experiment_tables();
  const std::vector<std::string> own = experiment.objectives.tables();
  known.insert(known.end(), own.begin(), own.end());
  core::check_keys(root, file, known);
  const auto table_of = [&](const std::string& name) {
    const toml::table* table = root[name].as_table();
    if (table == nullptr) throw core::InputError({file, name, ""}, "must be a table: [" + name + "]");
    return table;
  };
  if (toml::table* data = root["data"].as_table()) {
    if (auto paths = take_paths(*data, "training", file)) experiment.files.training = *paths;
    if (auto paths = take_paths(*data, "validation", file)) experiment.files.validation = *paths;
  }
  for_each_table(experiment, [&](const std::string& name, auto& config) {
    if (!root.contains(name)) return;
    const toml::table* table = table_of(name);
    for (const std::string& fixed : fixed_fields(name))
      if (table->contains(fixed))
        throw core::InputError({file, name + "." + fixed, ""}, "is no option of an experiment");
    core::read_fields(*table, file, config);
  });
  for (const std::string& name : own)
    if (root.contains(name)) experiment.objectives.read(name, *table_of(name), file);
}

}  // namespace

Experiment::Experiment() : Experiment(shipped_objectives()) {}

std::vector<std::string> experiment_tables() {
  // Not by way of for_each_table, which needs an experiment, whose objectives are checked against these names.
  return {"model", "data", "pixels", "loss", "assign", "estimator", "optimiser", "schedule"};
}

std::vector<std::string> fixed_fields(const std::string& table) {
  if (table == "pixels") return {"events_per_frame", "frame_time", "threads"};
  if (table == "assign" || table == "estimator") return {"threads"};  // frames run side by side
  return {};
}

detector::HitConfig hit_config(const Experiment& experiment, const std::string& source) {
  detector::check_hits(experiment.data.hits, source);
  return experiment.data.hits;
}

Experiment read_experiment(const std::string& path, Objectives objectives) {
  toml::table root = core::parse_toml_file(path);
  Experiment experiment(std::move(objectives));
  read_tables(root, path, experiment);
  experiment.model.init_from = resolve(fs::path(path).parent_path(), experiment.model.init_from);
  return experiment;
}

void set_option(Experiment& experiment, const std::string& option, const std::string& source) {
  const std::size_t equals = option.find('='), dot = option.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot == 0 || dot + 1 >= equals)
    throw core::InputError({source, "", option}, "must read TABLE.KEY=VALUE, e.g. estimator.seed=3");
  const std::string head = fmt::format("[{}]\n{} = ", option.substr(0, dot), option.substr(dot + 1, equals - dot - 1));
  const std::string value = option.substr(equals + 1);
  toml::table root;
  try {
    root = core::parse_toml(head + value, source);
  } catch (const core::InputError&) {  // a bare word
    root = core::parse_toml(head + "'" + value + "'", source);
  }
  read_tables(root, source, experiment);
}

void check_experiment(const Experiment& experiment, const std::string& source) {
  for_each_table(experiment, [&](const std::string&, const auto& config) { core::check_fields(config, source); });
  hit_config(experiment, source);
  network::check_description(experiment.model.description, source);
  const ObjectiveKind& kind = experiment.objectives.kind(experiment.loss.loss, source);
  kind.check(experiment, source);
  if (experiment.model.description.pair_width > 0 && !kind.uses_pair_head())
    throw core::InputError({source, "pair_width", std::to_string(experiment.model.description.pair_width)},
                           "is of no use to loss '" + experiment.loss.loss + "'; a policy's network has a pair head");
  if (const auto obstacle = network::no_training_kernels(experiment.model.description);
      obstacle && experiment.model.path == ComputePath::Fast)
    throw core::InputError({source, obstacle->option, obstacle->value},
                           "has no fast path (it needs " + obstacle->needed + "); use path = 'plain'");
  if (experiment.model.path == ComputePath::Fast && experiment.model.device != "cpu")
    throw core::InputError({source, "device", experiment.model.device},
                           "the fast path runs on the cpu; use path = 'plain'");
  if (experiment.files.training.empty())
    throw core::InputError({source, "data.training", ""}, "names no file; make some with: difftrack simulate");
  if (experiment.files.validation.empty())
    throw core::InputError({source, "data.validation", ""}, "names no file; make some with: difftrack simulate");
}

std::string result_options(const Experiment& experiment) {
  const std::vector<std::string> free{"steps",      "stop_when_flat", "flat_tolerance", "checkpoint_every",
                                      "keep_every", "threads"};
  std::string text;
  const bool pixels = experiment.data.hits.from_pixels();
  for_each_table(experiment, [&](const std::string& table, const auto& config) {
    if (table == "pixels" && !pixels) return;  // of no effect
    core::for_each_field<std::remove_cvref_t<decltype(config)>>([&](const auto& each) {
      if (each.name == "hits" && !pixels) return;  // runs from before there was a choice go on
      if (table == "model" && is_later_default(experiment.model.description, each.name)) return;  // likewise
      if (std::find(free.begin(), free.end(), each.name) == free.end())
        text += fmt::format("{}.{} = {}\n", table, each.name, core::field_text(each, each.of(config)));
    });
  });
  text += experiment.objectives.kind(experiment.loss.loss, "").lines(experiment.loss.loss);
  for (const std::string& file : experiment.files.training) text += "data.training = " + file + "\n";
  for (const std::string& file : experiment.files.validation) text += "data.validation = " + file + "\n";
  return text;
}

}  // namespace difftrack::learn
