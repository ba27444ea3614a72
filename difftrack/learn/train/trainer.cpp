// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/trainer.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "difftrack/learn/train/frames.hpp"
#include "difftrack/learn/train/training_step.hpp"
#include "difftrack/network/parameter_layout.hpp"
#include "difftrack/reconstruct/network_graph.hpp"

namespace difftrack::learn {

namespace {

// Validation frames must not carry the noise of training frames.
constexpr std::int32_t kFirstValidationReadout = 1 << 30;

detector::HitConfig hits(const Experiment& experiment, const std::string& source, std::int32_t first_readout,
                         int threads) {
  detector::HitConfig config = hit_config(experiment, source);
  config.first_readout = first_readout;
  config.pixels.threads = threads;
  return config;
}

/// Frames that can be trained on: at least one kink, so that every BatchNorm sees two rows.
std::vector<event::Frame> usable(std::vector<event::Frame> frames, const reconstruct::NetworkGraph& graph_of,
                                 const std::string& source) {
  std::erase_if(frames, [&](const event::Frame& frame) { return graph_of(frame).n_kinks() == 0; });
  if (frames.empty())
    throw core::InputError({source, "data.training", ""}, "no frame has a pair of segments that meet in a hit");
  return frames;
}

TrainingStep training_step(const Experiment& experiment, const std::string& source, const detector::Detector& detector,
                           const network::ParameterLayout& layout, int threads) {
  const ObjectiveKind& kind = experiment.objectives.kind(experiment.loss.loss, source);
  auto gradient = experiment.model.path == ComputePath::Fast ? kernel_gradient(layout)
                                                             : plain_gradient(layout, experiment.model.device);
  auto frames = load_frames(experiment.files.training, detector, experiment.data.frames.per_frame, 0,
                            hits(experiment, source, 0, threads), kind.needs_truth());
  const TrainingStep::Config config{.frames_per_step = experiment.schedule.frames_per_step,
                                    .seed = static_cast<std::uint64_t>(experiment.schedule.seed),
                                    .optimiser = experiment.optimiser,
                                    .network = layout.description};
  frames = usable(std::move(frames), reconstruct::NetworkGraph(detector, layout.description, source), source);
  return {config, std::move(gradient), kind.make(experiment), detector, std::move(frames), threads};
}

Validator validator(const Experiment& experiment, const std::string& source, const detector::Detector& detector,
                    int threads) {
  const ObjectiveKind& kind = experiment.objectives.kind(experiment.loss.loss, source);
  return {detector,
          load_frames(experiment.files.validation, detector, experiment.data.frames.per_frame,
                      experiment.data.max_validation_frames, hits(experiment, source, kFirstValidationReadout, threads),
                      kind.needs_truth()),
          experiment.assign, kind.make(experiment), threads};
}

TrainingState first_state(const Experiment& experiment, const network::ParameterLayout& layout) {
  TrainingState state;
  const std::string& from = experiment.model.init_from;
  state.model = from.empty() ? initial_parameters(layout, static_cast<std::uint64_t>(experiment.schedule.seed))
                             : network::flatten(network::read_weights(from), layout, from);
  state.best = state.model;
  state.square_average.assign(layout.n_parameters, 0.0F);
  return state;
}

}  // namespace

TrainingState train(const Experiment& experiment, const std::string& source, const RunOptions& options) {
  check_experiment(experiment, source);
  const ScheduleConfig& schedule = experiment.schedule;
  const network::ParameterLayout layout = network::parameter_layout(experiment.model.description, source);
  const detector::Detector detector = detector::read_detector(experiment.data.detector);
  const TrainingStep step = training_step(experiment, source, detector, layout, options.threads);
  const Validator validate = validator(experiment, source, detector, options.threads);

  RunFolder folder(experiment, detector, layout, options);
  std::optional<TrainingState> reached = folder.checkpoint();
  TrainingState state = reached ? std::move(*reached) : first_state(experiment, layout);
  if (options.ranks.size > 1) options.ranks.gather("");  // all have looked before the first one writes
  folder.begin(state);
  const auto keep = [&] {
    if (schedule.keep_every > 0 && state.step % schedule.keep_every == 0) folder.keep(state);
  };
  if (state.step == 0) keep();
  const auto validate_now = [&] {
    add_validation(state, validate_on_ranks(options.ranks, [&] {
                     return validate(network::to_weights(state.model, layout), state.step);
                   }));
    folder.add_validation(state);
  };

  while (reason_to_end(state, schedule).empty()) {
    const bool stopped = step_on_ranks(step, options.ranks, options.threads, state, options.stop);
    folder.add_step(state);
    if (state.step % schedule.validate_every == 0 || state.step == schedule.steps) validate_now();
    keep();
    folder.report(state);
    const bool ended = !reason_to_end(state, schedule).empty();
    if (state.step % schedule.checkpoint_every == 0 || ended || stopped) folder.save(state);
    if (stopped) break;
  }
  if (state.best_validation < 0 && state.step >= schedule.steps) {  // no step at all
    validate_now();
    folder.save(state);
  }
  return state;
}

}  // namespace difftrack::learn
