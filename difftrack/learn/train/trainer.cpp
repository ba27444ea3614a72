// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/trainer.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/folder_lock.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/torch_shim.hpp"
#include "difftrack/learn/train/event_file.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "difftrack/learn/train/frame_loss.hpp"
#include "difftrack/learn/train/frames.hpp"

namespace difftrack::learn {

namespace {

namespace fs = std::filesystem;

// Validation frames must not carry the noise of training frames.
constexpr std::int32_t kFirstValidationReadout = 1 << 30;

network::ParameterLayout layout_for(const ModelConfig& model) {
  return model.network == "line_graph" ? network::line_graph_layout(model.hidden)
                                       : network::hit_graph_layout(model.hidden);
}

/// Frames that can be trained on: at least one kink, so that every BatchNorm sees two rows.
std::vector<event::Frame> usable(std::vector<event::Frame> frames, const graph::HitGraphConfig& filter,
                                 const std::string& source) {
  std::erase_if(frames,
                [&](const event::Frame& frame) { return graph::build_hit_graph(frame, filter).n_kinks() == 0; });
  if (frames.empty())
    throw core::InputError({source, "data.training", ""}, "no frame has a pair of segments that meet in a hit");
  return frames;
}

class Trainer {
 public:
  Trainer(const Experiment& experiment, const std::string& source, const RunOptions& options)
      : experiment_(experiment),
        source_(source),
        options_(options),
        layout_(layout_for(experiment.model)),
        detector_(detector::read_detector(experiment.data.detector)),
        filter_(graph::hit_graph_config(detector_)),
        gradient_(experiment.model.path == "fast" ? kernel_gradient(layout_)
                                                  : plain_gradient(layout_, experiment.model.device)),
        training_(usable(load_frames(experiment.files.training, detector_, experiment.data.per_frame, 0, hits(0)),
                         filter_, source)),
        validation_(load_frames(experiment.files.validation, detector_, experiment.data.per_frame,
                                experiment.data.max_validation_frames, hits(kFirstValidationReadout))) {}

  TrainingState run() {
    open_state();
    EventFile events(path(state_.event_file), state_.event_bytes);
    if (state_.event_bytes == 0)
      checkpoint(events);
    else
      write_results();  // a kill may have come between the checkpoint and these
    while (state_.step < experiment_.schedule.steps && !flat()) {
      step();
      events.add_scalar("Loss/train", state_.step, state_.losses.back());
      const bool stopped = options_.stop && options_.stop();
      const bool end = state_.step == experiment_.schedule.steps;
      if (state_.step % experiment_.schedule.validate_every == 0 || end) validate_model(events);
      const bool last = end || flat();
      report();
      if (state_.step % experiment_.schedule.checkpoint_every == 0 || last || stopped) checkpoint(events);
      if (stopped) break;
    }
    if (state_.best_validation < 0 && state_.step >= experiment_.schedule.steps) {  // no step at all
      validate_model(events);
      checkpoint(events);
    }
    return state_;
  }

 private:
  detector::HitConfig hits(std::int32_t first_readout) const {
    detector::HitConfig config = hit_config(experiment_, source_);
    config.first_readout = first_readout;
    config.pixels.threads = options_.threads;
    return config;
  }

  std::string path(const std::string& name) const { return (fs::path(options_.out) / name).string(); }

  /// Fresh, or from the checkpoint.
  void open_state() {
    std::error_code error;
    fs::create_directories(options_.out, error);
    if (error) throw core::InputError({options_.out, "", ""}, "cannot be made: " + error.message());
    lock_.emplace(options_.out);
    const bool exists = fs::exists(path("checkpoint.safetensors"));
    if (exists && !options_.resume)
      throw core::InputError({options_.out, "", ""},
                             "already holds a run; continue it with --resume or choose another --out");
    if (exists) return resume();
    for (const auto& entry : fs::directory_iterator(options_.out))  // of a run killed before its first checkpoint
      if (entry.path().filename().string().starts_with("events.out.tfevents.")) fs::remove(entry.path());
    state_.model = experiment_.model.init_from.empty()
                       ? initial_parameters(layout_, static_cast<std::uint64_t>(experiment_.schedule.seed))
                       : network::flatten(network::read_weights(experiment_.model.init_from), layout_,
                                          experiment_.model.init_from);
    state_.best = state_.model;
    state_.square_average.assign(layout_.n_parameters, 0.0F);
    state_.options = result_options(experiment_);
    state_.event_file = event_file_name();
  }

  void resume() {
    const std::string file = path("checkpoint.safetensors");
    state_ = read_checkpoint(file, layout_);
    const std::string options = result_options(experiment_);
    if (state_.options == options) return;
    // The first line that differs names the option.
    std::size_t line = 0;
    for (std::size_t i = 0; i < options.size() && i < state_.options.size() && options[i] == state_.options[i]; ++i)
      if (options[i] == '\n') line = i + 1;
    const auto differing = [line](const std::string& text) { return text.substr(line, text.find('\n', line) - line); };
    throw core::InputError({file, "", ""}, fmt::format("the run was started with '{}', the experiment now says '{}'",
                                                       differing(state_.options), differing(options)));
  }

  /// One step of the optimiser.
  void step() {
    const auto drawn = draw_frames(static_cast<std::uint64_t>(experiment_.schedule.seed), state_.step, training_.size(),
                                   experiment_.schedule.frames_per_step);
    std::vector<FrameGradient> results(drawn.size());
    core::parallel_for(static_cast<std::int64_t>(drawn.size()), options_.threads, [&](std::int64_t i) {
      shim::use_one_thread_per_operation();
      const auto slot = static_cast<std::size_t>(i);
      const event::Frame& frame = training_[drawn[slot]];
      const graph::HitGraph graph = graph::build_hit_graph(frame, filter_);
      const auto stream = static_cast<std::uint64_t>(state_.step) * drawn.size() + slot;
      results[slot] = (*gradient_)(state_.model.values, frame, graph,
                                   frame_loss(experiment_, frame, graph, detector_.n_tracker_layers, stream));
    });
    double loss = 0.0;
    std::vector<float> gradient(layout_.n_parameters, 0.0F);
    for (const FrameGradient& result : results) {
      loss += result.loss;
      for (std::size_t p = 0; p < gradient.size(); ++p) gradient[p] += result.gradient[p];
      update_statistics(result.batch_statistics, state_.model.statistics);
    }
    RmsProp::step(experiment_.optimiser, gradient, state_.square_average, state_.model.values);
    state_.losses.push_back(loss);
    ++state_.step;
  }

  void validate_model(EventFile& events) {
    const Validation now = validate(network::to_weights(state_.model, layout_), validation_, detector_,
                                    experiment_.assign, state_.step, options_.threads);
    state_.validations.push_back(now);
    events.add_scalar("Performance/pur_val", now.step, now.purity);
    events.add_scalar("Performance/eff_val", now.step, now.efficiency);
    events.add_scalar("Performance/tpr_val", now.step, now.tpr);
    events.add_scalar("Performance/fpr_val", now.step, now.fpr);
    if (state_.best_validation < 0 || now.purity > best().purity) {
      state_.best_validation = static_cast<std::int64_t>(state_.validations.size()) - 1;
      state_.best = state_.model;
    }
  }

  bool flat() const {
    return is_flat(state_.validations, experiment_.schedule.stop_when_flat, experiment_.schedule.flat_tolerance);
  }

  const Validation& best() const { return state_.validations[static_cast<std::size_t>(state_.best_validation)]; }

  /// Events first, then the checkpoint that knows their length; what follows from the checkpoint comes last.
  void checkpoint(EventFile& events) {
    state_.event_bytes = events.flush();
    write_checkpoint(path("checkpoint.safetensors"), state_);
    write_results();
  }

  void write_results() const {
    write_metrics();
    if (state_.best_validation >= 0) write_model();
  }

  void write_model() const {
    network::Weights weights = network::to_weights(state_.best, layout_);
    weights.metadata["detector"] = detector_.name;
    if (experiment_.data.hits != "merged") weights.metadata["hits"] = experiment_.data.hits;
    weights.metadata["loss"] = experiment_.loss.loss;
    weights.metadata["assignment"] = core::name_of(experiment_.assign.mode);
    weights.metadata["unassigned_cost"] = fmt::format("{}", experiment_.assign.unassigned_cost);
    weights.metadata["seed"] = std::to_string(experiment_.schedule.seed);
    weights.metadata["step"] = std::to_string(best().step);
    weights.metadata["validation_purity"] = fmt::format("{:.6f}", best().purity);
    weights.metadata["validation_efficiency"] = fmt::format("{:.6f}", best().efficiency);
    network::write_weights(path("model.safetensors"), weights);
  }

  void write_metrics() const {
    nlohmann::json curve = nlohmann::json::array();
    for (const Validation& v : state_.validations)
      curve.push_back(
          {{"step", v.step}, {"purity", v.purity}, {"efficiency", v.efficiency}, {"tpr", v.tpr}, {"fpr", v.fpr}});
    const char* ended = flat() ? "flat" : state_.step == experiment_.schedule.steps ? "steps" : "";
    nlohmann::json all{{"steps", state_.step}, {"ended", ended}, {"loss", state_.losses}, {"validation", curve}};
    if (state_.best_validation >= 0) all["best"] = curve[static_cast<std::size_t>(state_.best_validation)];
    core::AtomicFile file(path("metrics.json"));
    file.write(all.dump(1) + "\n");
    file.commit();
  }

  void report() const {
    if (!options_.progress) return;
    std::string note = fmt::format("loss {:.3g}", state_.losses.back());
    if (!state_.validations.empty())
      note += fmt::format("  purity {:.1f} %  efficiency {:.1f} %", 100 * state_.validations.back().purity,
                          100 * state_.validations.back().efficiency);
    options_.progress({state_.step, experiment_.schedule.steps, note});
  }

  Experiment experiment_;
  std::string source_;
  RunOptions options_;
  network::ParameterLayout layout_;
  detector::Detector detector_;
  graph::HitGraphConfig filter_;
  std::unique_ptr<FrameGradientFunction> gradient_;
  std::vector<event::Frame> training_, validation_;
  std::optional<core::FolderLock> lock_;
  TrainingState state_;
};

}  // namespace

TrainingState train(const Experiment& experiment, const std::string& source, const RunOptions& options) {
  check_experiment(experiment, source);
  return Trainer(experiment, source, options).run();
}

}  // namespace difftrack::learn
