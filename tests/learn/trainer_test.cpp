// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/core/version.hpp"
#include "tests/learn/training_fixture.hpp"

namespace difftrack::learn {
namespace {

namespace fs = std::filesystem;

using TrainerTest = TrainingTest;

TEST_F(TrainerTest, LowersTheLossAndKeepsTheBestModelByValidationPurity) {
  experiment_.schedule.steps = 40;
  const TrainingState state = run("a");
  ASSERT_EQ(state.losses.size(), 40U);
  EXPECT_LT(state.losses.back(), 0.7 * state.losses.front());
  ASSERT_EQ(state.validations.size(), 8U);
  for (const Validation& v : state.validations)
    EXPECT_LE(v.purity, state.validations[static_cast<std::size_t>(state.best_validation)].purity);
  const network::Weights best = network::read_weights((folder_ / "a" / "model.safetensors").string());
  EXPECT_EQ(best.metadata.at("difftrack"), core::version());
  EXPECT_EQ(network::flatten(best, network::line_graph_layout(16), "a").values, state.best.values);
}

TEST_F(TrainerTest, SameBytesForAnyNumberOfThreadsAndOtherBytesForAnotherSeed) {
  run("one", {.threads = 1});
  run("three", {.threads = 3});
  EXPECT_EQ(model("one"), model("three"));
  EXPECT_EQ(metrics("one"), metrics("three"));
  experiment_.schedule.seed = 8;
  run("other");
  EXPECT_NE(model("one"), model("other"));
}

TEST_F(TrainerTest, StoppedAndResumedEqualsUninterrupted) {
  run("whole");
  int asked = 0;
  const TrainingState stopped = run("parts", {.stop = [&] { return ++asked == 7; }});
  EXPECT_EQ(stopped.step, 7);
  run("parts", {.resume = true});
  EXPECT_EQ(model("whole"), model("parts"));
  EXPECT_EQ(metrics("whole"), metrics("parts"));
}

TEST_F(TrainerTest, MoreStepsMayBeAddedOnResume) {
  run("a");
  experiment_.schedule.steps = 20;
  EXPECT_EQ(run("a", {.resume = true}).step, 20);
}

TEST_F(TrainerTest, StopsWhereTheValidationCurveIsFlatAndStaysThere) {
  experiment_.schedule.steps = 60;
  experiment_.schedule.stop_when_flat = 10;
  experiment_.schedule.flat_tolerance = 1.0;  // anything is flat
  EXPECT_EQ(run("a").step, 10);
  EXPECT_THAT(metrics("a"), testing::HasSubstr("\"ended\": \"flat\""));
  EXPECT_EQ(run("a", {.resume = true}).step, 10);
  experiment_.schedule.flat_tolerance = 0.0;
  EXPECT_GT(run("a", {.resume = true}).step, 10);
}

TEST_F(TrainerTest, StartsFromAnotherModel) {
  run("a");
  experiment_.model.init_from = (folder_ / "a" / "model.safetensors").string();
  experiment_.schedule.steps = 0;
  run("b");
  EXPECT_EQ(
      network::flatten(network::read_weights((folder_ / "b" / "model.safetensors").string()),
                       network::line_graph_layout(16), "b")
          .values,
      network::flatten(network::read_weights(experiment_.model.init_from), network::line_graph_layout(16), "a").values);
}

}  // namespace
}  // namespace difftrack::learn
