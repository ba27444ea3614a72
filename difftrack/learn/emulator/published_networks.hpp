// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/aerosol/boxes/rows.hpp"
#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/learn/emulator/emulator_run.hpp"

namespace difftrack::learn {

/// What the networks of Harder et al. are asked for.
enum class TendencyForm : std::uint8_t {
  ZScores,    ///< tendencies, over their deviations
  Logarithms  ///< ln(|tendency| + 1e-8) over deviations, and signs of those that have both
};
/// Their names.
constexpr core::Choices<TendencyForm, 2> choices(TendencyForm) {
  return {{{TendencyForm::ZScores, "z-scores"}, {TendencyForm::Logarithms, "logarithms"}}};
}

/// How the networks of Harder et al. (Environ. Data Sci. 1 (2022) e20) are trained: the defaults are theirs.
struct PublishedTraining {
  TendencyForm form = TendencyForm::ZScores;
  bool complete = false;
  double mass_loss = 0.0;
  double positivity_loss = 0.0;
  std::int32_t hidden = 128;
  std::int32_t epochs = 100;
  std::int32_t batch = 256;
  double learning_rate = 1e-3;
  double weight_decay = 1e-9;
  double validation = 0.1;
  std::int64_t seed = 1;

  static constexpr auto fields() {
    using C = PublishedTraining;
    using core::field;
    return std::tuple{
        field("form", &C::form, "", "Form of the tendencies that the network is asked for."),
        field(
            "complete", &C::complete, "",
            "One tendency of each species is minus the sum of its others during training, too, not afterwards alone."),
        field("mass_loss", &C::mass_loss, "", {0, 1e6}, "Weight of the published loss of mass; 0: none."),
        field("positivity_loss", &C::positivity_loss, "", {0, 1e6},
              "Weight of the published loss of negative values; 0: none."),
        field("hidden", &C::hidden, "", {4, 512}, "Number of units of each of the two hidden layers."),
        field("epochs", &C::epochs, "", {1, 10000}, "Number of times that all rows are seen."),
        field("batch", &C::batch, "", {1, 1e6}, "Number of rows of a step."),
        field("learning_rate", &C::learning_rate, "", {1e-7, 1}, "Rate of Adam."),
        field("weight_decay", &C::weight_decay, "", {0, 1}, "Weight of squares of weights."),
        field("validation", &C::validation, "", {0, 0.9},
              "Share of the boxes, the last ones, that choose the epoch; 0: the last epoch."),
        field("seed", &C::seed, "", {0, 9e18}, "Seed of weights and of the order of rows.")};
  }
};

/// Answers of one network, as it is and as the paper mends them.
struct PublishedAnswers {
  aerosol::EmulatedRows plain;      ///< as the network says
  aerosol::EmulatedRows completed;  ///< one tendency of each species is minus the sum of its others
  aerosol::EmulatedRows corrected;  ///< of plain, new values below 0 are 0
};

/// What came of it.
struct TrainedPublished {
  double loss = 0.0;
  bool finished = true;  ///< false: stopped before; no answers then
  PublishedAnswers answers;
};

/// Trains a network of Harder et al. on rows and asks it for the tendencies of `asked`, [·, 32].
///
/// Two hidden layers with max(0, ·) from z-scores of the inputs (of their logarithms with form Logarithms); squared
/// errors of z-scores; Adam at one rate; the epoch of the least validation loss counts. With Logarithms, signs are 11
/// more outputs of the same network with a cross entropy, where the paper has a network of its own.
/// Throws InputError for too few rows, and for a checkpoint that is damaged or of other options.
TrainedPublished train_published(const aerosol::Rows& rows, const std::vector<float>& asked,
                                 const PublishedTraining& training, const EmulatorRun& run);

}  // namespace difftrack::learn
