// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/layer_crossings.hpp"
#include "difftrack/learn/emulator/share_head.hpp"
#include "difftrack/learn/emulator/training_loop.hpp"

namespace difftrack::learn {

/// How the emulator of a calorimeter layer is trained.
struct LayerTraining {
  std::int32_t hidden = 32;
  std::int32_t epochs = 20;
  std::int32_t batch = 256;
  double learning_rate = 5e-3;
  std::int64_t seed = 1;

  static constexpr auto fields() {
    using C = LayerTraining;
    using core::field;
    return std::tuple{
        field("hidden", &C::hidden, "", {4, 512}, "Number of units of each of the two hidden layers."),
        field("epochs", &C::epochs, "", {1, 10000}, "Number of times that all protons are seen."),
        field("batch", &C::batch, "", {1, 1e6}, "Number of protons of a step."),
        field("learning_rate", &C::learning_rate, "", {1e-7, 1}, "Rate of Adam at first; falls to 0 as a cosine."),
        field("seed", &C::seed, "", {0, 9e18}, "Seed of weights and of the order of protons.")};
  }
};

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

  TrainingState state_;
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
