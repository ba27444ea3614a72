// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/detector/layer_crossings.hpp"
#include "difftrack/learn/emulator/layer_training.hpp"
#include "difftrack/learn/emulator/training_loop.hpp"

namespace difftrack::learn {

/// Draws what a calorimeter layer does to a proton of some energy: whether it stops there, which share of its energy it
/// leaves, and by how much it is deflected.
///
/// The energy goes through the head that M7's masses go through (ShareHead), with a table of one line: it is divided
/// between what goes on and what stays, so that energy in = energy out + deposit whatever the network says. Of the
/// share the network gives mean and deviation of its logit; of the kink, the width of a normal distribution per
/// projection; and the probability to stop.
class LayerEmulator {
 public:
  /// One drawn crossing per energy [MeV]; random numbers are a function of seed and proton, on one core.
  detector::LayerCrossings operator()(const std::vector<double>& energies, std::uint64_t seed) const;

 private:
  friend LayerEmulator train_layer(const detector::LayerCrossings&, const LayerTraining&, const EmulatorRun&);
  torch::Tensor inputs(const torch::Tensor& energies) const;
  torch::Tensor outputs(const torch::Tensor& inputs) const;

  EmulatorState state_;
  torch::Tensor mean_, deviation_;  // of inputs
};

/// Trains it on crossings by the negative logarithm of their likelihood. Throws InputError for fewer than two.
LayerEmulator train_layer(const detector::LayerCrossings& crossings, const LayerTraining& training,
                          const EmulatorRun& run);

/// Moments of crossings whose energies are in one of some equal intervals.
struct LayerMoments {
  double energy = 0.0;                         ///< middle of the interval [MeV]
  std::size_t protons = 0;                     ///< in it
  double stopped = 0.0;                        ///< share of them
  double deposit = 0.0, deposit_spread = 0.0;  ///< mean and deviation, of those that go on [MeV]
  double kink = 0.0;                           ///< root mean square per projection, of those that go on [rad]
};
/// By interval of [lowest, highest] MeV.
std::vector<LayerMoments> layer_moments(const detector::LayerCrossings& crossings, double lowest, double highest,
                                        std::size_t intervals);

/// Moments of simulated and emulated crossings side by side, as a table to read.
std::string layer_table(const std::vector<LayerMoments>& simulated, const std::vector<LayerMoments>& emulated);

}  // namespace difftrack::learn
