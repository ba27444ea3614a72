// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/agent_training.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <numbers>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/learn/agent/adam_state.hpp"
#include "difftrack/learn/agent/agent_environment.hpp"
#include "difftrack/learn/agent/embedding_pass.hpp"

namespace difftrack::learn {

namespace {

constexpr const char* kKind = "single agent";
constexpr std::uint64_t kFrameDraw = 3;  // stream of a step; those of ppo are 1 and 2

/// Everything that a checkpoint holds.
struct State {
  std::shared_ptr<AgentNetwork> network;
  AdamState adam;
  std::int64_t step = 0;
  std::vector<double> loss, figure;

  void write(const std::string& path, const std::string& options) const {
    event::SafeTensors file;
    adam.add_to(file);
    const auto n = static_cast<std::int64_t>(loss.size());
    file.tensors["step"] = {{1}, std::vector<std::int64_t>{step}};
    file.tensors["loss"] = {{n}, loss};
    file.tensors["figure"] = {{n}, figure};
    file.metadata = {{"kind", kKind}, {"options", options}};
    event::write_safetensors(path, file);
  }

  void read(const std::string& path, const std::string& options) {
    const event::SafeTensors file = event::read_safetensors(path);
    const auto said = file.metadata.find("options");
    if (said == file.metadata.end() || said->second != options)
      throw core::InputError({path, "options", ""}, "is of a run with other options or files");
    adam.take_from(file, path);
    const auto values = [&]<class Values>(const char* name, Values& into) {
      const auto found = file.tensors.find(name);
      const auto* stored = found == file.tensors.end() ? nullptr : std::get_if<Values>(&found->second.values);
      if (stored == nullptr) throw core::InputError({path, name, ""}, "is missing");
      into = *stored;
    };
    std::vector<std::int64_t> steps;
    values("step", steps);
    values("loss", loss);
    values("figure", figure);
    if (steps.size() != 1 || loss.size() != static_cast<std::size_t>(steps[0]) || figure.size() != loss.size())
      throw core::InputError({path, "step", ""}, "is damaged");
    step = steps.front();
  }
};

double rate_at(const AgentTraining& training, std::int64_t step) {
  if (!training.cosine) return training.learning_rate;
  return 0.5 * training.learning_rate *
         (1.0 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(training.steps)));
}

core::RandomStream stream_of(const AgentTraining& training, std::int64_t step) {
  return {static_cast<std::uint64_t>(training.seed), (static_cast<std::uint64_t>(step) << 2) + kFrameDraw};
}

/// `count` of n numbers, each once; all where there are no more.
std::vector<std::size_t> choose(std::size_t n, std::size_t count, core::RandomStream& random) {
  std::vector<std::size_t> numbers(n);
  for (std::size_t i = 0; i < n; ++i) numbers[i] = i;
  for (std::size_t i = 0; i < std::min(n, count); ++i)
    std::swap(numbers[i], numbers[i + random.below(static_cast<std::uint32_t>(n - i))]);
  numbers.resize(std::min(n, count));
  return numbers;
}

/// One step towards the true decisions of a frame: mean loss, and the share that is the likeliest.
std::pair<double, double> supervised_step(State& state, const event::Frame& frame, const detector::Detector& detector,
                                          const std::vector<TrueDecision>& decisions, const AgentTraining& training,
                                          core::RandomStream& random) {
  const std::vector<std::size_t> numbers = choose(decisions.size(), static_cast<std::size_t>(training.batch), random);
  EmbeddingPass pass(*state.network, AgentFrame(frame, detector));
  const auto all = static_cast<double>(numbers.size());
  double right = 0.0;
  const double loss = pass.backward(numbers.size(), [&](std::size_t first, std::size_t last) {
    std::vector<AgentMove> moves;
    std::vector<std::int64_t> column;
    for (std::size_t i = first; i < last; ++i) {
      const TrueDecision& each = decisions[numbers[i]];
      moves.push_back(each.move);
      column.push_back(each.next - frame.begin(frame.hits.layer[static_cast<std::size_t>(each.next)]));
    }
    const torch::Tensor log_policy = pass.decide(frame, moves).log_policy, truth = torch::tensor(column);
    right += (log_policy.argmax(1) == truth).sum().item<double>();
    return -log_policy.gather(1, truth.unsqueeze(1)).sum() / all;
  });
  state.adam.step_down(rate_at(training, state.step));
  return {loss, right / all};
}

/// One iteration of proximal policy optimisation: mean loss, and the mean reward of its walks.
std::pair<double, double> ppo_step(State& state, const event::Frame& frame, const detector::Detector& detector,
                                   const AgentExperiment& experiment) {
  const auto seed = static_cast<std::uint64_t>(experiment.training.seed);
  const std::vector<AgentTransition> transitions =
      roll_out_agent(*state.network, frame, detector, experiment.ppo, seed, state.step);
  double reward = 0.0;
  for (const AgentTransition& each : transitions) reward += each.reward / static_cast<double>(transitions.size());
  const double loss = update_agent(*state.network, state.adam, frame, detector, transitions, experiment.ppo,
                                   rate_at(experiment.training, state.step), seed, state.step);
  return {loss, reward};
}

}  // namespace

TrainedAgent train_agent(const AgentExperiment& experiment, const std::vector<event::Frame>& frames,
                         const AgentRun& run) {
  const AgentTraining& training = experiment.training;
  const bool supervised = training.method == AgentMethod::Supervised;
  const detector::Detector detector = detector::read_detector(experiment.data.detector);
  std::vector<std::size_t> useful;  // frames with a true decision
  std::vector<std::vector<TrueDecision>> decisions;
  for (const event::Frame& frame : frames) {
    decisions.push_back(true_decisions(frame));
    if (!decisions.back().empty()) useful.push_back(decisions.size() - 1);
  }
  if (useful.empty()) throw core::InputError({"", "data.training", ""}, "has no proton that crosses three layers");

  auto network = std::make_shared<AgentNetwork>(training.mask_padding, static_cast<std::uint64_t>(training.seed));
  State state{network, AdamState(network->parameters(), supervised), 0, {}, {}};
  const std::string options = agent_options(experiment);
  if (!run.checkpoint.empty() && std::filesystem::exists(run.checkpoint)) state.read(run.checkpoint, options);
  const auto keep = [&] {
    if (!run.checkpoint.empty()) state.write(run.checkpoint, options);
  };
  bool finished = true;
  while (state.step < training.steps) {
    core::RandomStream random = stream_of(training, state.step);
    const std::size_t number = useful[random.below(static_cast<std::uint32_t>(useful.size()))];
    const auto [loss, figure] =
        supervised ? supervised_step(state, frames[number], detector, decisions[number], training, random)
                   : ppo_step(state, frames[number], detector, experiment);
    state.loss.push_back(loss);
    state.figure.push_back(figure);
    ++state.step;
    if (run.progress)
      run.progress({state.step, training.steps,
                    fmt::format("loss {:.4f}  {} {:.3f}", loss, supervised ? "right" : "reward", figure)});
    const bool stopped = run.stop && run.stop();
    if (stopped || state.step % training.checkpoint_every == 0) keep();
    if (stopped && state.step < training.steps) {
      finished = false;
      break;
    }
  }
  return {network, state.step, finished, state.loss, state.figure};
}

void write_agent(const std::string& path, const AgentNetwork& network, const AgentExperiment& experiment) {
  event::SafeTensors file;
  add_weights(file, network.parameters());
  file.metadata = {{"kind", kKind},
                   {"detector", experiment.data.detector},
                   {"mask_padding", experiment.training.mask_padding ? "true" : "false"},
                   {"training", agent_options(experiment)}};
  event::write_safetensors(path, file);
}

ReadAgent read_agent(const std::string& path) {
  const event::SafeTensors file = event::read_safetensors(path);
  const auto said = [&](const char* key) {
    const auto found = file.metadata.find(key);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  if (said("kind") != kKind || said("mask_padding").empty())
    throw core::InputError({path, "kind", said("kind")}, "is no model of difftrack train-agent");
  auto network = std::make_shared<AgentNetwork>(said("mask_padding") == "true", 0);
  take_weights(file, path, network->parameters());
  return {network, said("detector")};
}

}  // namespace difftrack::learn
