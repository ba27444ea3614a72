// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/emulator/scores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/emulator/roll_out.hpp"
#include "difftrack/core/error.hpp"
#include "tests/aerosol/random_emulator.hpp"

namespace difftrack::aerosol {
namespace {

using ::testing::HasSubstr;

const Rows& rows() {
  static const Rows all = SampleBoxes({.boxes = 400, .seed = 8})();
  return all;
}

std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

TEST(Scores, OfTheTruthArePerfect) {
  const EmulatorScores s = score_emulator(rows(), doubles(rows().y), doubles(rows().new_state));
  EXPECT_EQ(s.r2_mean, 1.0);
  EXPECT_EQ(s.asinh_skill, 1.0);
  EXPECT_EQ(s.r2_log, 1.0);
  EXPECT_EQ(s.rmse, 0.0);
  EXPECT_EQ(s.within_1, 1.0);
  EXPECT_EQ(s.negative, 0.0);
  EXPECT_EQ(s.nucleation.recall(), 1.0);
  EXPECT_EQ(s.into_coarse.precision(), 1.0);
  for (const double each : s.r2_regime) EXPECT_EQ(each, 1.0);
  EXPECT_LT(s.mass_rmse, 1e-7);  // of 32-bit numbers
  EXPECT_GT(s.nucleation.happened, 20u);
}

TEST(Scores, OfDoingNothingAreThoseOfPersistence) {
  std::vector<double> y(rows().y.size()), same(rows().new_state.size());
  for (std::size_t i = 0; i < rows().size(); ++i)
    for (std::size_t c = 0; c < kNewState; ++c) same[i * kNewState + c] = rows().x[i * kInputs + kFirstState + c];
  const EmulatorScores s = score_emulator(rows(), y, same);
  EXPECT_EQ(s.within_1, s.same_within_1);
  EXPECT_EQ(s.within_10, s.same_within_10);
  EXPECT_GT(s.same_within_10, s.same_within_1);
  EXPECT_LT(s.r2_mean, 0.0);  // a mean would do better
  EXPECT_EQ(s.nucleation.foreseen, 0u);
  EXPECT_EQ(s.nucleation.recall(), 0.0);
  EXPECT_EQ(s.mass_bias, 0.0);
}

TEST(Scores, SeeWhatIsMadeOfNothingAndWhatIsNegative) {
  std::vector<double> y = doubles(rows().y), state = doubles(rows().new_state);
  double mass = 0.0;
  for (std::size_t i = 0; i < rows().size(); ++i)
    for (std::size_t c = 5; c < 9; ++c) mass += rows().x[i * kInputs + kFirstState + c];
  mass /= static_cast<double>(rows().size());
  for (std::size_t i = 0; i < rows().size(); ++i) y[i * kOutputs + 8] += 0.5 * mass;
  for (std::size_t i = 0; i < rows().size(); i += 4) state[i * kNewState + 3] = -1.0;
  const EmulatorScores s = score_emulator(rows(), y, state);
  EXPECT_NEAR(s.mass_bias, 0.5, 1e-4);
  EXPECT_NEAR(s.mass_rmse, 0.5, 1e-4);
  EXPECT_NEAR(s.negative, 0.25 / kNewState, 1e-9);
  EXPECT_LT(s.negative_mean, 0.0);
}

TEST(Scores, OfOneRowAreRefused) {
  Rows one = rows();
  one.resize(1);
  EXPECT_THROW(score_emulator(one, doubles(one.y), doubles(one.new_state)), core::InputError);
}

TEST(Scores, AreATableWithEveryRegimeAndColumn) {
  const std::string table = score_table({score_emulator(rows(), doubles(rows().y), doubles(rows().new_state))}, {"M7"});
  EXPECT_THAT(table, HasSubstr("R2, upper-troposphere"));
  EXPECT_THAT(table, HasSubstr("R2 of water_CS"));
}

// A network that never learnt anything moves shares at random and still keeps what there is.
TEST(RollOut, OfAnUntrainedNetworkDriftsAndAddsNoMass) {
  const RollOutConfig config{.boxes = 20, .steps = 30, .spin_up = 5};
  const RollOut out = roll_out(random_emulator(8, 1.0, 2), config);
  EXPECT_GT(out.drift[AS].number_error, 0.1);
  ASSERT_EQ(out.first_m7.size(), 30u);
  EXPECT_NE(out.first_m7.back(), out.first_emulated.back());
  EXPECT_THAT(roll_out_table(out, config), HasSubstr("of 20 boxes ran away in 30 steps"));
  EXPECT_THAT(roll_out_csv(out), HasSubstr("step,m7_N_NS"));
}

// A network that moves nothing: gas is never used up, and of the others only what M7 does to them is missing.
TEST(RollOut, CountsBoxesThatRunAway) {
  EmulatorModel still = random_emulator(8, 0.0, 2);
  still.bias3.assign(kNetworkOutputs, -40.0F);
  const RollOut out = roll_out(still, {.boxes = 20, .steps = 200, .spin_up = 5});
  EXPECT_GT(out.run_away, 0u);  // insoluble particles that never age
}

TEST(RollOut, DoesNotDependOnThreads) {
  const EmulatorModel model = random_emulator(8, 1.0, 2);
  const RollOut one = roll_out(model, {.boxes = 9, .steps = 5, .spin_up = 3, .threads = 1});
  const RollOut two = roll_out(model, {.boxes = 9, .steps = 5, .spin_up = 3, .threads = 2});
  EXPECT_EQ(one.first_emulated, two.first_emulated);
  EXPECT_EQ(one.drift[KS].mass_drift, two.drift[KS].mass_drift);
}

}  // namespace
}  // namespace difftrack::aerosol
