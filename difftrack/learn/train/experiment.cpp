// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "difftrack/core/toml_fields.hpp"

namespace difftrack::learn {

namespace {

namespace fs = std::filesystem;

std::string resolve(const fs::path& folder, const std::string& path) {
  return path.empty() || fs::path(path).is_absolute() ? path : (folder / path).lexically_normal().string();
}

/// Takes the list of paths `key` out of the table.
std::vector<std::string> take_paths(toml::table& table, const std::string& key, const std::string& file) {
  std::vector<std::string> paths;
  if (!table.contains(key)) return paths;
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

void check_choice(const std::string& source, const std::string& key, const std::string& value,
                  const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  throw core::InputError({source, key, value}, fmt::format("must be one of: {}", fmt::join(choices, ", ")));
}

}  // namespace

std::vector<std::string> fixed_fields(const std::string& table) {
  if (table == "pixels") return {"events_per_frame", "frame_time", "threads"};
  if (table == "assign" || table == "estimator") return {"threads"};  // frames run side by side
  return {};
}

detector::HitConfig hit_config(const Experiment& experiment, const std::string& source) {
  detector::HitConfig hits;
  hits.hits = core::parse_choice<detector::HitSource>(experiment.data.hits, source, "hits");
  hits.fold_electrons = experiment.data.fold_electrons;
  hits.pixels = experiment.pixels;
  detector::check_hits(hits, source);
  return hits;
}

Experiment read_experiment(const std::string& path) {
  toml::table root = core::parse_toml_file(path);
  core::check_keys(root, path, {"model", "data", "pixels", "loss", "assign", "estimator", "optimiser", "schedule"});
  Experiment experiment;
  if (toml::table* data = root["data"].as_table()) {
    experiment.files.training = take_paths(*data, "training", path);
    experiment.files.validation = take_paths(*data, "validation", path);
  }
  for_each_table(experiment, [&](const std::string& name, auto& config) {
    if (!root.contains(name)) return;
    const toml::table* table = root[name].as_table();
    if (table == nullptr) throw core::InputError({path, name, ""}, "must be a table: [" + name + "]");
    for (const std::string& fixed : fixed_fields(name))
      if (table->contains(fixed))
        throw core::InputError({path, name + "." + fixed, ""}, "is no option of an experiment");
    core::read_fields(*table, path, config);
  });
  experiment.model.init_from = resolve(fs::path(path).parent_path(), experiment.model.init_from);
  return experiment;
}

void check_experiment(const Experiment& experiment, const std::string& source) {
  for_each_table(experiment, [&](const std::string&, const auto& config) { core::check_fields(config, source); });
  hit_config(experiment, source);
  check_choice(source, "network", experiment.model.network, {"line_graph", "hit_graph"});
  check_choice(source, "path", experiment.model.path, {"fast", "plain"});
  check_choice(source, "loss", experiment.loss.loss, {"bce", "hamming", "own"});
  check_choice(source, "estimator", experiment.estimator.estimator,
               {"blackbox", "identity", "implicit_mle", "spo_plus", "fenchel_young"});
  if (experiment.loss.loss != "bce" && (experiment.loss.loss == "own") != experiment.estimator.is_loss())
    throw core::InputError({source, "estimator", experiment.estimator.estimator},
                           "does not go with loss = '" + experiment.loss.loss +
                               "': spo_plus and fenchel_young have a loss of their own (loss = 'own')");
  if (experiment.model.path == "fast" && experiment.model.network != "line_graph")
    throw core::InputError({source, "path", "fast"},
                           "the fast path has the line-graph network only; use path = 'plain'");
  if (experiment.model.path == "fast" && experiment.model.device != "cpu")
    throw core::InputError({source, "device", experiment.model.device},
                           "the fast path runs on the cpu; use path = 'plain'");
  if (experiment.files.training.empty())
    throw core::InputError({source, "data.training", ""}, "names no file; make some with: difftrack simulate");
  if (experiment.files.validation.empty())
    throw core::InputError({source, "data.validation", ""}, "names no file; make some with: difftrack simulate");
}

std::string result_options(const Experiment& experiment) {
  const std::vector<std::string> free{"steps", "stop_when_flat", "flat_tolerance", "checkpoint_every", "threads"};
  std::string text;
  const bool pixels = experiment.data.hits == "pixels";
  for_each_table(experiment, [&](const std::string& table, const auto& config) {
    if (table == "pixels" && !pixels) return;  // of no effect
    core::for_each_field<std::remove_cvref_t<decltype(config)>>([&](const auto& each) {
      if (each.name == "hits" && !pixels) return;  // runs from before there was a choice go on
      if (std::find(free.begin(), free.end(), each.name) == free.end())
        text += fmt::format("{}.{} = {}\n", table, each.name, core::field_text(each, each.of(config)));
    });
  });
  for (const std::string& file : experiment.files.training) text += "data.training = " + file + "\n";
  for (const std::string& file : experiment.files.validation) text += "data.validation = " + file + "\n";
  return text;
}

}  // namespace difftrack::learn
