// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>

#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/sha256.hpp"
#include "difftrack/event/io/safetensors.hpp"

namespace difftrack::study {

namespace {

namespace fs = std::filesystem;

std::string name_of_file(const std::string& path) {
  const fs::path file(path);
  const std::string stem = file.stem().string();
  const std::string folder = fs::absolute(file).parent_path().filename().string();
  return stem == "model" || stem == "checkpoint" ? folder : stem;
}

/// "ptt" of "ptt_3".
std::string group_of(const std::string& name) {
  const std::size_t bar = name.find_last_of('_');
  if (bar == std::string::npos || bar == 0 || bar + 1 == name.size()) return name;
  const bool number = std::all_of(name.begin() + static_cast<std::ptrdiff_t>(bar) + 1, name.end(),
                                  [](unsigned char c) { return std::isdigit(c) != 0; });
  return number ? name.substr(0, bar) : name;
}

/// The description in a checkpoint's lines "model.option = value".
network::Description description_in(const std::string& options, const std::string& path) {
  network::Description description;
  std::istringstream lines(options);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos || !line.starts_with("model.")) continue;
    const std::string option = line.substr(6, equals - 6), value = line.substr(equals + 3);
    core::for_each_field<network::Description>([&](const auto& each) {
      if (each.name == option) each.of(description) = core::parse_field(each, value, path, option);
    });
  }
  return description;
}

Model from_checkpoint(const std::string& path, const event::SafeTensors& content) {
  const auto options = content.metadata.find("options");
  if (options == content.metadata.end())
    throw core::InputError({path, "options", ""},
                           "is missing: a checkpoint without its experiment does not say which network it is of");
  Model model;
  model.layout = network::parameter_layout(description_in(options->second, path), path);
  const std::vector<float> values = content.tensors.at("parameters").floats();
  model.values.assign(values.begin(), values.end());
  const auto statistics = content.tensors.find("statistics");
  if (statistics != content.tensors.end()) model.statistics = statistics->second.floats();
  if (model.values.size() != model.layout.n_parameters || model.statistics.size() != model.layout.n_statistics)
    throw core::InputError(
        {path, "parameters", std::to_string(model.values.size())},
        fmt::format("do not fit the network of its experiment, which has {}", model.layout.n_parameters));
  return model;
}

}  // namespace

Model read_model(const std::string& path) {
  Model model;
  if (const event::SafeTensors content = event::read_safetensors(path); content.tensors.contains("parameters")) {
    model = from_checkpoint(path, content);
  } else {
    const network::Weights weights = network::read_weights(path);
    model.layout = network::layout_of(weights, path);
    network::FlatParameters flat = network::flatten(weights, model.layout, path);
    model.values.assign(flat.values.begin(), flat.values.end());
    model.statistics = std::move(flat.statistics);
  }
  if (const auto& gate = model.layout.description.kink_gate)
    throw core::InputError({path, "kink_gate", fmt::format("{}", *gate)},
                           "is of a network on gated kinks; the study computes with all of them");
  model.file = path;
  model.name = name_of_file(path);
  model.group = group_of(model.name);
  return model;
}

std::vector<Model> read_models(const std::vector<std::string>& paths) {
  if (paths.empty())
    throw core::InputError({"", "models", ""}, "names no model; give files that difftrack train has written");
  std::vector<Model> models;
  for (const std::string& path : paths) {
    if (std::count(paths.begin(), paths.end(), path) > 1)
      throw core::InputError({path, "models", ""}, "is named twice; a model is always like itself");
    models.push_back(read_model(path));
    core::for_each_field<network::Description>([&](const auto& each) {
      const auto& first = each.of(models.front().layout.description);
      const auto& here = each.of(models.back().layout.description);
      if (first != here)
        throw core::InputError({path, std::string(each.name), core::field_text(each, here)},
                               "is another architecture than that of " + paths.front() + " (" +
                                   core::field_text(each, first) + "); the study compares models of one");
    });
  }
  return models;
}

network::FlatParameters to_flat(const Model& model, std::span<const double> values) {
  network::FlatParameters flat;
  flat.values.reserve(values.size());
  for (const double value : values) flat.values.push_back(static_cast<float>(value));
  flat.statistics = model.statistics;
  return flat;
}

void write_point(const std::string& path, const Model& model, std::span<const double> values) {
  network::write_weights(path, network::to_weights(to_flat(model, values), model.layout));
}

std::string fingerprint(const Model& model) {
  core::Sha256 hash;
  hash.add(std::as_bytes(std::span(model.values)));
  hash.add(std::as_bytes(std::span(model.statistics)));
  return hash.hex();
}

}  // namespace difftrack::study
