// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/core/progress.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/learn/agent/agent_experiment.hpp"

namespace difftrack::learn {

class AgentNetwork;

/// How a training is carried out; without effect on its result.
struct AgentRun {
  std::string checkpoint = {};  ///< file that a run that was stopped goes on from; empty: none
  core::ProgressCallback progress = {};
  std::function<bool()> stop = {};  ///< asked after every step; true: write the checkpoint and return
};

/// What came of it.
struct TrainedAgent {
  std::shared_ptr<AgentNetwork> network;
  std::int64_t step = 0;     ///< steps that were taken, in all
  bool finished = true;      ///< false: stopped before
  std::vector<double> loss;  ///< of every step; of method supervised the mean of -ln π of true steps
  /// Of every step: of method supervised the share of true steps that the policy holds for the likeliest, of method ppo
  /// the mean reward of the walks.
  std::vector<double> figure;
};

/// Trains on frames with truth. Frames, draws and walks are a function of seed and step, on one core, so the same seed
/// gives the same bytes and a run that goes on from its checkpoint ends with the same bits. Truth is used by method
/// supervised for all, by method ppo for the first step of a walk alone. Throws InputError for frames without a true
/// step, and for a checkpoint that is damaged or of another run.
TrainedAgent train_agent(const AgentExperiment& experiment, const std::vector<event::Frame>& frames,
                         const AgentRun& run);

/// Writes weights, detector and training of an agent (.safetensors), whole or not at all.
void write_agent(const std::string& path, const AgentNetwork& network, const AgentExperiment& experiment);

/// An agent of a file, and the name of the detector it was trained on. Throws InputError (file, key, value) for what is
/// none.
struct ReadAgent {
  std::shared_ptr<AgentNetwork> network;
  std::string detector;  ///< that it was trained for
};
/// Reads it.
ReadAgent read_agent(const std::string& path);

}  // namespace difftrack::learn
