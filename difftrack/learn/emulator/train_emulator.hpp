// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "difftrack/aerosol/boxes/rows.hpp"
#include "difftrack/aerosol/emulator/model.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/learn/emulator/emulator_run.hpp"

namespace difftrack::learn {

/// How an emulator of M7 is trained.
struct EmulatorTraining {
  std::int32_t hidden = 96;
  std::int32_t epochs = 40;
  std::int32_t batch = 512;
  double learning_rate = 2e-3;
  double squares = 0.3;
  double relative = 0.05;
  std::int64_t seed = 1;
  std::int32_t fresh = 0;
  std::int64_t fresh_seed = 1000;

  static constexpr auto fields() {
    using C = EmulatorTraining;
    using core::field;
    return std::tuple{
        field("hidden", &C::hidden, "", {4, 512}, "Number of units of each of the two hidden layers."),
        field("epochs", &C::epochs, "", {1, 10000}, "Number of times that all rows are seen."),
        field("batch", &C::batch, "", {1, 1e6}, "Number of rows of a step."),
        field("learning_rate", &C::learning_rate, "", {1e-7, 1}, "Rate of Adam at first; falls to 0 as a cosine."),
        field("squares", &C::squares, "", {0, 1000},
              "Weight of squared errors, half over the variance of all rows, half over that of the regime."),
        field("relative", &C::relative, "", {0, 1000}, "Weight of relative errors of the new state, from 1 % on."),
        field("seed", &C::seed, "", {0, 9e18}, "Seed of weights and of the order of rows."),
        field("fresh", &C::fresh, "", {0, 1e7},
              "Number of boxes whose rows are simulated anew for every epoch; 0: the file's rows in every epoch."),
        field("fresh_seed", &C::fresh_seed, "", {0, 9e18}, "Seed of these boxes.")};
  }
};

/// What came of it.
struct TrainedEmulator {
  aerosol::EmulatorModel model;
  double loss = 0.0;     ///< mean of the last epoch
  bool finished = true;  ///< false: stopped before
};

/// Trains the network of aerosol::Emulate on rows of aerosol::SampleBoxes, through the pools.
///
/// Minimised is the mean, over rows and outputs, of squared errors of asinh(y / median |y| of the regime) over its
/// variance, so that all regimes and small tendencies count; of squared errors over variances; and of
/// ln(1 + r²), r the error of a new state in per cent of it. Adam (Kingma and Ba, arXiv:1412.6980), gradients cut at
/// norm 1. Rows and their order are a function of seed and epoch: a run that goes on from its checkpoint ends with the
/// same bits. Throws InputError for no rows, and for a checkpoint that is damaged or of other options.
TrainedEmulator train_emulator(const aerosol::Rows& rows, const EmulatorTraining& training, const EmulatorRun& run);

}  // namespace difftrack::learn
