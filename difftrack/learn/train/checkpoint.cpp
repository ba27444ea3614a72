// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/checkpoint.hpp"

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/safetensors.hpp"

namespace difftrack::learn {

namespace {

constexpr std::int64_t kValidationColumns = 5;
constexpr const char* kMerit = "merits";                // of the validations, where the objective tells them
constexpr const char* kFigure = "figure/";              // before the name of a figure
constexpr const char* kTensorBoardFile = "event_file";  // as runs have always called it, so that old ones go on

template <class T>
event::NamedTensor vector_tensor(std::vector<T> values) {
  return {{static_cast<std::int64_t>(values.size())}, std::move(values)};
}

/// Tensors of a checkpoint with the checks that each needs.
class Content {
 public:
  explicit Content(const std::string& path) : path_(path), content_(event::read_safetensors(path)) {}

  template <class T>
  std::vector<T> values(const std::string& name) const {
    const auto found = content_.tensors.find(name);
    if (found == content_.tensors.end() || !std::holds_alternative<std::vector<T>>(found->second.values))
      throw core::InputError({path_, name, ""}, "is missing: not a checkpoint of difftrack train");
    return std::get<std::vector<T>>(found->second.values);
  }
  template <class T>
  std::vector<T> values(const std::string& name, std::size_t size) const {
    auto all = values<T>(name);
    if (all.size() != size)
      throw core::InputError({path_, name, std::to_string(all.size())},
                             "has the wrong size for this experiment; expected " + std::to_string(size));
    return all;
  }
  /// The objective's figures, one number per step each.
  std::map<std::string, std::vector<double>> figures(std::size_t steps) const {
    std::map<std::string, std::vector<double>> figures;
    for (const auto& [name, tensor] : content_.tensors)
      if (name.starts_with(kFigure))
        figures[name.substr(std::string_view(kFigure).size())] = values<double>(name, steps);
    return figures;
  }
  bool has(const std::string& name) const { return content_.tensors.contains(name); }
  std::string text(const std::string& name) const {
    const auto found = content_.metadata.find(name);
    if (found == content_.metadata.end())
      throw core::InputError({path_, name, ""}, "is missing: not a checkpoint of difftrack train");
    return found->second;
  }

 private:
  std::string path_;
  event::SafeTensors content_;
};

}  // namespace

void add_validation(TrainingState& state, const Validation& validation) {
  const Validation* best = state.best_so_far();
  const bool better = best == nullptr || validation.deciding() > best->deciding();
  state.validations.push_back(validation);
  if (!better) return;
  state.best_validation = static_cast<std::int64_t>(state.validations.size()) - 1;
  state.best = state.model;
}

void write_checkpoint(const std::string& path, const TrainingState& state) {
  event::SafeTensors content;
  content.tensors["parameters"] = vector_tensor(state.model.values);
  content.tensors["statistics"] = vector_tensor(state.model.statistics);
  content.tensors["square_average"] = vector_tensor(state.square_average);
  content.tensors["best_parameters"] = vector_tensor(state.best.values);
  content.tensors["best_statistics"] = vector_tensor(state.best.statistics);
  content.tensors["losses"] = vector_tensor(state.losses);
  content.tensors["position"] =
      vector_tensor(std::vector<std::int64_t>{state.step, state.best_validation, state.tensorboard_bytes});
  for (const auto& [name, values] : state.figures) content.tensors[kFigure + name] = vector_tensor(values);
  std::vector<double> rows;
  for (const Validation& v : state.validations)
    rows.insert(rows.end(), {static_cast<double>(v.step), v.purity, v.efficiency, v.tpr, v.fpr});
  content.tensors["validations"] = {{static_cast<std::int64_t>(state.validations.size()), kValidationColumns}, rows};
  if (!state.validations.empty() && state.validations.front().has_merit()) {
    std::vector<double> merits;
    for (const Validation& v : state.validations) merits.push_back(v.merit);
    content.tensors[kMerit] = vector_tensor(merits);
  }
  content.metadata["options"] = state.options;
  content.metadata[kTensorBoardFile] = state.tensorboard_file;
  event::write_safetensors(path, content);
}

TrainingState read_checkpoint(const std::string& path, const network::ParameterLayout& layout) {
  const Content content(path);
  TrainingState state;
  state.model = {content.values<float>("parameters", layout.n_parameters),
                 content.values<float>("statistics", layout.n_statistics)};
  state.square_average = content.values<float>("square_average", layout.n_parameters);
  state.best = {content.values<float>("best_parameters", layout.n_parameters),
                content.values<float>("best_statistics", layout.n_statistics)};
  const auto position = content.values<std::int64_t>("position", 3);
  state.step = position[0];
  state.best_validation = position[1];
  state.tensorboard_bytes = position[2];
  state.losses = content.values<double>("losses", static_cast<std::size_t>(state.step));
  state.figures = content.figures(state.losses.size());
  const auto rows = content.values<double>("validations");
  for (std::size_t i = 0; i + kValidationColumns <= rows.size(); i += kValidationColumns)
    state.validations.push_back(
        {static_cast<std::int64_t>(rows[i]), rows[i + 1], rows[i + 2], rows[i + 3], rows[i + 4]});
  if (content.has(kMerit)) {
    const auto merits = content.values<double>(kMerit, state.validations.size());
    for (std::size_t i = 0; i < merits.size(); ++i) state.validations[i].merit = merits[i];
  }
  state.options = content.text("options");
  state.tensorboard_file = content.text(kTensorBoardFile);
  return state;
}

}  // namespace difftrack::learn
