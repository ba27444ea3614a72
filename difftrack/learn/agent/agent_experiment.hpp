// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/learn/agent/ppo.hpp"

namespace difftrack::learn {

/// How the single agent is trained.
enum class AgentMethod : std::uint8_t { Supervised, Ppo };
/// Their names.
constexpr core::Choices<AgentMethod, 2> choices(AgentMethod) {
  return {{{AgentMethod::Supervised, "supervised", "the likelihood of true steps"},
           {AgentMethod::Ppo, "ppo", "rewards of its own walks, proximal policy optimisation"}}};
}

/// Frames that the agent is trained on; files of steps are listed beside it.
struct AgentData {
  std::string detector = "bergen-dtc";
  detector::FrameConfig frames = {};
  std::int32_t max_frames = 0;

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("detector", &AgentData::detector, "", "Detector description: a shipped name or a TOML file."),
        core::part(&AgentData::frames, {"per_frame"}),
        field("max_frames", &AgentData::max_frames, "", {0, 1e7}, "Frames of each file that are used; 0: all.")};
  }
};

/// What is the same for both methods; defaults are those of the published supervised training.
struct AgentTraining {
  AgentMethod method = AgentMethod::Supervised;
  bool mask_padding = false;
  std::int64_t steps = 10000;
  std::int32_t batch = 128;
  double learning_rate = 1e-5;
  bool cosine = false;
  std::int64_t checkpoint_every = 50;
  std::int64_t seed = 1;

  static constexpr auto fields() {
    using C = AgentTraining;
    using core::field;
    return std::tuple{
        field("method", &C::method, "", "Way to learn."),
        field("mask_padding", &C::mask_padding, "", "Padding hidden from candidates; published: they see it."),
        field("steps", &C::steps, "", {1, 1e9}, "Steps of the optimiser; iterations of method ppo."),
        field("batch", &C::batch, "", {1, 1e6}, "Number of true steps of one frame in a step of method supervised."),
        field("learning_rate", &C::learning_rate, "", {1e-9, 1}, "Rate of Adam at first."),
        field("cosine", &C::cosine, "", "Rate that falls to 0 as a cosine; published: it stays."),
        field("checkpoint_every", &C::checkpoint_every, "steps", {1, 1e9},
              "Checkpoint interval: what a kill can lose."),
        field("seed", &C::seed, "", {0, 9e18}, "Seed of weights, of the order of frames and of what is drawn.")};
  }
};

/// A whole training as its TOML describes it: [data], [training] and, with method ppo, [ppo].
struct AgentExperiment {
  AgentData data = {};
  std::vector<std::string> files = {};  ///< data.training: files of steps, from the folder of the experiment
  AgentTraining training = {};
  PpoConfig ppo = {};
};

/// Reads one. Throws InputError with file, key and value: unknown tables and keys, wrong types, values out of range,
/// and what would have no effect.
AgentExperiment read_agent_experiment(const std::string& path);

/// Lays TABLE.KEY=VALUE over it, VALUE as in TOML, quotes optional. Throws as read_agent_experiment, with `source` as
/// the file.
void set_agent_option(AgentExperiment& experiment, const std::string& option, const std::string& source);

/// Throws InputError where no file is named.
void check_agent_experiment(const AgentExperiment& experiment, const std::string& source);

/// Every option that the result depends on, one line each: a run goes on only under the same ones. The number of steps
/// is one of them where the rate falls with it.
std::string agent_options(const AgentExperiment& experiment);

}  // namespace difftrack::learn
