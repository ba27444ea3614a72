// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/run_folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/version.hpp"
#include "difftrack/network/weights.hpp"

namespace difftrack::learn {

namespace {

namespace fs = std::filesystem;

constexpr const char* kCheckpoint = "checkpoint.safetensors";

/// What a model's file says of its making, beside where on the curve it was taken.
std::map<std::string, std::string> model_metadata(const Experiment& experiment, const detector::Detector& detector) {
  std::map<std::string, std::string> metadata{
      {"difftrack", core::version()},
      {"detector", detector.name},
      {"loss", experiment.loss.loss},
      {"assignment", std::string(core::name_of(experiment.assign.mode))},
      {"unassigned_cost", fmt::format("{}", experiment.assign.unassigned_cost)},
      {"seed", std::to_string(experiment.schedule.seed)},
  };
  if (experiment.data.hits.from_pixels()) metadata["hits"] = core::name_of(experiment.data.hits.hits);
  for (const auto& [key, value] : experiment.objectives.kind(experiment.loss.loss, "").metadata())
    metadata[key] = value;
  return metadata;
}

/// The first line of `a` that differs from `b`'s.
std::string first_difference(const std::string& a, const std::string& b) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size() && a[i] == b[i]; ++i)
    if (a[i] == '\n') line = i + 1;
  return a.substr(line, a.find('\n', line) - line);
}

std::string metrics(const TrainingState& state, const std::string& ended) {
  nlohmann::json curve = nlohmann::json::array();
  for (const Validation& v : state.validations) {
    curve.push_back({{"step", v.step}});
    if (v.has_truth())
      curve.back().update({{"purity", v.purity}, {"efficiency", v.efficiency}, {"tpr", v.tpr}, {"fpr", v.fpr}});
    if (v.has_merit()) curve.back()["merit"] = v.merit;
  }
  nlohmann::json all{{"steps", state.step}, {"ended", ended}, {"loss", state.losses}, {"validation", curve}};
  if (!state.figures.empty()) all["figures"] = state.figures;
  if (state.best_validation >= 0) all["best"] = curve[static_cast<std::size_t>(state.best_validation)];
  return all.dump(1) + "\n";
}

}  // namespace

std::string reason_to_end(const TrainingState& state, const ScheduleConfig& schedule) {
  if (is_flat(state.validations, schedule.stop_when_flat, schedule.flat_tolerance)) return "flat";
  return state.step >= schedule.steps ? "steps" : "";
}

RunFolder::RunFolder(const Experiment& experiment, const detector::Detector& detector, network::ParameterLayout layout,
                     const RunOptions& options)
    : options_(options),
      result_options_(result_options(experiment)),
      schedule_(experiment.schedule),
      layout_(std::move(layout)),
      metadata_(model_metadata(experiment, detector)) {
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) throw core::InputError({options.out, "", ""}, "cannot be made: " + error.message());
  if (writes()) lock_.emplace(options.out);
  if (fs::exists(path(kCheckpoint)) && !options.resume)
    throw core::InputError({options.out, "", ""},
                           "already holds a run; continue it with --resume or choose another --out");
}

std::string RunFolder::path(const std::string& name) const { return (fs::path(options_.out) / name).string(); }

std::optional<TrainingState> RunFolder::checkpoint() const {
  const std::string file = path(kCheckpoint);
  if (!fs::exists(file)) return std::nullopt;
  TrainingState state = read_checkpoint(file, layout_);
  if (state.options != result_options_)
    throw core::InputError({file, "", ""}, fmt::format("the run was started with '{}', the experiment now says '{}'",
                                                       first_difference(state.options, result_options_),
                                                       first_difference(result_options_, state.options)));
  return state;
}

void RunFolder::begin(TrainingState& state) {
  if (!writes()) return;
  const bool fresh = state.tensorboard_bytes == 0;
  if (fresh) {
    for (const auto& entry : fs::directory_iterator(options_.out))  // of a run killed before its first checkpoint
      if (entry.path().filename().string().starts_with("events.out.tfevents.")) fs::remove(entry.path());
    state.options = result_options_;
    state.tensorboard_file = tensorboard_file_name();
  }
  curves_.emplace(path(state.tensorboard_file), state.tensorboard_bytes);
  if (fresh)
    save(state);
  else
    write_results(state);  // a kill may have come between the checkpoint and these
}

void RunFolder::add_step(const TrainingState& state) {
  if (!writes()) return;
  curves_->add_scalar("Loss/train", state.step, state.losses.back());
  for (const auto& [name, values] : state.figures) curves_->add_scalar("Objective/" + name, state.step, values.back());
}

void RunFolder::add_validation(const TrainingState& state) {
  if (!writes()) return;
  const Validation& now = state.validations.back();
  if (now.has_merit()) curves_->add_scalar("Performance/merit_val", now.step, now.merit);
  if (!now.has_truth()) return;
  curves_->add_scalar("Performance/pur_val", now.step, now.purity);
  curves_->add_scalar("Performance/eff_val", now.step, now.efficiency);
  curves_->add_scalar("Performance/tpr_val", now.step, now.tpr);
  curves_->add_scalar("Performance/fpr_val", now.step, now.fpr);
}

void RunFolder::report(const TrainingState& state) const {
  if (!options_.progress || !writes()) return;
  std::string note = fmt::format("loss {:.3g}", state.losses.back());
  if (!state.validations.empty() && state.validations.back().has_merit())
    note += fmt::format("  merit {:.4g}", state.validations.back().merit);
  if (!state.validations.empty() && state.validations.back().has_truth())
    note += fmt::format("  purity {:.1f} %  efficiency {:.1f} %", 100 * state.validations.back().purity,
                        100 * state.validations.back().efficiency);
  options_.progress({state.step, schedule_.steps, note});
}

void RunFolder::keep(const TrainingState& state) const {
  if (!writes()) return;
  fs::create_directories(path("checkpoints"));
  network::Weights weights = network::to_weights(state.model, layout_);
  weights.metadata["step"] = std::to_string(state.step);
  network::write_weights(path(fmt::format("checkpoints/step_{:06}.safetensors", state.step)), weights);
}

void RunFolder::save(TrainingState& state) {
  if (!writes()) return;
  // The curves first, then the checkpoint that knows their length; what follows from the checkpoint comes last.
  state.tensorboard_bytes = curves_->flush();
  write_checkpoint(path(kCheckpoint), state);
  write_results(state);
}

void RunFolder::write_results(const TrainingState& state) const {
  core::AtomicFile file(path("metrics.json"));
  file.write(metrics(state, reason_to_end(state, schedule_)));
  file.commit();
  const Validation* best = state.best_so_far();
  if (best == nullptr) return;
  network::Weights weights = network::to_weights(state.best, layout_);
  for (const auto& [name, value] : metadata_) weights.metadata[name] = value;
  weights.metadata["step"] = std::to_string(best->step);
  if (best->has_merit()) weights.metadata["validation_merit"] = fmt::format("{:.6f}", best->merit);
  if (best->has_truth()) {
    weights.metadata["validation_purity"] = fmt::format("{:.6f}", best->purity);
    weights.metadata["validation_efficiency"] = fmt::format("{:.6f}", best->efficiency);
  }
  network::write_weights(path("model.safetensors"), weights);
}

}  // namespace difftrack::learn
