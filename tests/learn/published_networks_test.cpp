// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/published_networks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/emulator/scores.hpp"
#include "difftrack/core/error.hpp"

namespace difftrack::learn {
namespace {

using aerosol::EmulatorScores;

const aerosol::Rows& rows() {
  static const aerosol::Rows all = aerosol::SampleBoxes({.boxes = 1500, .seed = 1})();
  return all;
}
const aerosol::Rows& test_rows() {
  static const aerosol::Rows all = aerosol::SampleBoxes({.boxes = 400, .seed = 2})();
  return all;
}

PublishedTraining brief() { return {.hidden = 32, .epochs = 4, .batch = 64, .learning_rate = 3e-3}; }

PublishedAnswers trained(const PublishedTraining& training) {
  const TrainedPublished result = train_published(rows(), test_rows().x, training, {});
  EXPECT_TRUE(result.finished);
  return result.answers;
}
EmulatorScores scores(const aerosol::EmulatedRows& found) {
  return aerosol::score_emulator(test_rows(), found.y, found.new_state);
}

TEST(PublishedNetworks, LearnAndKeepOneConstraintAtATime) {
  const PublishedAnswers answers = trained(brief());
  const EmulatorScores plain = scores(answers.plain), completed = scores(answers.completed),
                       corrected = scores(answers.corrected);
  EXPECT_GT(plain.r2[0], 0.5);  // gas
  EXPECT_GT(plain.mass_rmse, 1e-5);
  EXPECT_GT(plain.negative, 0.01);
  EXPECT_LT(completed.mass_rmse, 1e-12);
  EXPECT_GT(completed.negative, 0.01);
  EXPECT_EQ(corrected.negative, 0.0);
  EXPECT_GT(corrected.mass_rmse, 1e-5);
  EXPECT_LT(plain.within_1, plain.same_within_1);  // new states are worse than the old ones
}

TEST(PublishedNetworks, CompleteDuringTrainingToo) {
  PublishedTraining training = brief();
  training.complete = true;
  const PublishedAnswers answers = trained(training);
  EXPECT_LT(scores(answers.plain).mass_rmse, 1e-12);
  EXPECT_EQ(answers.plain.y, answers.completed.y);
  EXPECT_GT(scores(answers.plain).r2[0], 0.5);
}

TEST(PublishedNetworks, LossesMoveMassAndNegativeValuesDown) {
  const EmulatorScores plain = scores(trained(brief()).plain);
  PublishedTraining training = brief();
  training.mass_loss = 10.0;
  EXPECT_LT(scores(trained(training).plain).mass_rmse, plain.mass_rmse);
  training.mass_loss = 0.0;
  training.positivity_loss = 100.0;
  EXPECT_LT(std::abs(scores(trained(training).plain).negative_mean), std::abs(plain.negative_mean));
}

// Amounts of any size count in logarithms, so their R² of logarithms is the better one.
TEST(PublishedNetworks, OfLogarithmsSeeSmallTendencies) {
  PublishedTraining training = brief();
  training.form = TendencyForm::Logarithms;
  const PublishedAnswers answers = trained(training);
  EXPECT_GT(scores(answers.plain).r2_log, scores(trained(brief()).plain).r2_log);
  for (std::size_t i = 0; i < test_rows().size(); ++i) {
    ASSERT_LE(answers.plain.y[i * aerosol::kOutputs], 0.0);      // gas
    ASSERT_GE(answers.plain.y[i * aerosol::kOutputs + 4], 0.0);  // sulphate CS
  }
}

TEST(PublishedNetworks, OfTooFewRowsAreRefused) {
  aerosol::Rows one = rows();
  one.resize(1);
  EXPECT_THROW(train_published(one, test_rows().x, brief(), {}), core::InputError);
}

}  // namespace
}  // namespace difftrack::learn
