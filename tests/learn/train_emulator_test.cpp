// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/train_emulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/aerosol/emulator/scores.hpp"
#include "difftrack/core/error.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::learn {
namespace {

using ::testing::HasSubstr;

aerosol::Rows rows_of(std::int64_t boxes, std::int64_t seed) {
  return aerosol::SampleBoxes({.boxes = boxes, .seed = seed})();
}

// A minute of the real training. The scores are those of the kernel without LibTorch, so they are as good only where
// both have the same inputs, network and pools.
TEST(TrainEmulator, LearnsInAFewEpochsMoreThanDoingNothing) {
  const aerosol::Rows rows = rows_of(3000, 1), test = rows_of(500, 2);
  const auto trained = train_emulator(rows, {.hidden = 32, .epochs = 5, .batch = 128}, {});
  EXPECT_TRUE(trained.finished);
  const auto found = aerosol::emulate_rows(aerosol::Emulate(trained.model), test.x);
  const auto scores = aerosol::score_emulator(test, found.y, found.new_state);
  EXPECT_GT(scores.asinh_skill, 0.7);
  EXPECT_GT(scores.within_10, scores.same_within_10);
  EXPECT_EQ(scores.negative, 0.0);
}

TEST(TrainEmulator, GoesOnFromACheckpointToTheSameBits) {
  const core::TemporaryFolder folder;
  const aerosol::Rows rows = rows_of(60, 1);
  const EmulatorTraining training{.hidden = 8, .epochs = 3, .batch = 50};
  const auto whole = train_emulator(rows, training, {});
  EmulatorRun run;
  run.checkpoint = folder / "checkpoint.safetensors";
  int steps = 0;
  run.stop = [&] { return ++steps == 9; };  // of six steps an epoch: in the second one
  EXPECT_FALSE(train_emulator(rows, training, run).finished);
  EXPECT_TRUE(std::filesystem::exists(run.checkpoint));
  run.stop = {};
  const auto resumed = train_emulator(rows, training, run);
  EXPECT_TRUE(resumed.finished);
  EXPECT_EQ(resumed.model.weight1, whole.model.weight1);
  EXPECT_EQ(resumed.model.direct, whole.model.direct);
  EXPECT_EQ(resumed.loss, whole.loss);
}

// Every epoch sees boxes of its own; those of a seed and an epoch are always the same.
TEST(TrainEmulator, TakesFreshRowsForEveryEpoch) {
  const aerosol::Rows rows = rows_of(60, 1);
  const EmulatorTraining training{.hidden = 8, .epochs = 2, .batch = 50, .fresh = 20};
  const auto one = train_emulator(rows, training, {}), two = train_emulator(rows, training, {});
  EXPECT_EQ(one.model.weight1, two.model.weight1);
  EmulatorTraining other = training;
  other.fresh_seed = 7;
  EXPECT_NE(train_emulator(rows, other, {}).model.weight1, one.model.weight1);
  other.fresh = 0;
  EXPECT_NE(train_emulator(rows, other, {}).model.weight1, one.model.weight1);
}

// Scales are those of the first rows; air of a kind that was not among them has those of all.
TEST(TrainEmulator, MeetsFreshAirOfAnotherKind) {
  const aerosol::Rows dust = aerosol::SampleBoxes({.boxes = 30, .regime = aerosol::Regime::Dust})();
  const auto trained = train_emulator(dust, {.hidden = 8, .epochs = 2, .batch = 50, .fresh = 30}, {});
  for (const float weight : trained.model.weight1) ASSERT_TRUE(std::isfinite(weight));
}

TEST(TrainEmulator, RefusesACheckpointOfAnotherRun) {
  const core::TemporaryFolder folder;
  const aerosol::Rows rows = rows_of(20, 1);
  EmulatorRun run;
  run.checkpoint = folder / "checkpoint.safetensors";
  train_emulator(rows, {.hidden = 8, .epochs = 1, .batch = 50}, run);
  try {
    train_emulator(rows, {.hidden = 12, .epochs = 1, .batch = 50}, run);
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr(run.checkpoint + ": options"));
    EXPECT_THAT(error.what(), HasSubstr("hidden 12"));
  }
}

}  // namespace
}  // namespace difftrack::learn
