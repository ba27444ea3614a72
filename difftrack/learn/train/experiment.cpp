// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "difftrack/core/toml_fields.hpp"
#include "difftrack/network/scorer/registry.hpp"

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

/// Whether an option of the network that came after the first runs says what was always so.
bool is_later_default(const network::Description& model, std::string_view option) {
  if (option == "network" || option == "hidden") return false;
  bool same = false;
  core::for_each_field<network::Description>([&](const auto& each) {
    if (each.name == option) same = model.*(each.member) == network::Description{}.*(each.member);
  });
  return same;
}

}  // namespace

std::vector<std::string> fixed_fields(const std::string& table) {
  if (table == "pixels") return {"events_per_frame", "frame_time", "threads"};
  return {};
}

detector::HitConfig hit_config(const Experiment& experiment, const std::string& source) {
  detector::HitConfig hits;
  hits.hits = experiment.data.hits;
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
  network::check_description(experiment.model, source);
  check_choice(source, "path", experiment.model.path, {"fast", "plain"});
  check_choice(source, "loss", experiment.loss.loss, {"bce", "hamming", "own"});
  assign::check_assign(experiment.assign, source);
  check_choice(source, "convention", experiment.estimator.convention, {"published", "scale_free"});
  check_choice(source, "estimator", experiment.estimator.estimator,
               {"blackbox", "identity", "implicit_mle", "spo_plus", "fenchel_young"});
  if (experiment.loss.loss != "bce" && (experiment.loss.loss == "own") != experiment.estimator.is_loss())
    throw core::InputError({source, "estimator", experiment.estimator.estimator},
                           "does not go with loss = '" + experiment.loss.loss +
                               "': spo_plus and fenchel_young have a loss of their own (loss = 'own')");
  if (const auto obstacle = network::no_training_kernels(experiment.model); obstacle && experiment.model.path == "fast")
    throw core::InputError({source, obstacle->option, obstacle->value},
                           "has no fast path (it needs " + obstacle->needed + "); use path = 'plain'");
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
      if (table == "model" && is_later_default(experiment.model, each.name)) return;  // likewise
      if (std::find(free.begin(), free.end(), each.name) == free.end())
        text += fmt::format("{}.{} = {}\n", table, each.name, config.*(each.member));
    });
  });
  for (const std::string& file : experiment.files.training) text += "data.training = " + file + "\n";
  for (const std::string& file : experiment.files.validation) text += "data.validation = " + file + "\n";
  return text;
}

}  // namespace difftrack::learn
