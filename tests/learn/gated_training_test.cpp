// SPDX-License-Identifier: Apache-2.0
// A network on gated kinks, from the experiment to a model that says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "difftrack/core/error.hpp"
#include "difftrack/network/parameter_layout.hpp"
#include "tests/learn/training_fixture.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::learn {
namespace {

using testing::HasSubstr;

class GatedTraining : public TrainingTest {
 protected:
  void SetUp() override {
    TrainingTest::SetUp();
    experiment_.model.description.kink_gate = -3.0;
  }
};

TEST_F(GatedTraining, SameBytesForAnyNumberOfThreadsAndAModelThatSaysSo) {
  run("one", {.threads = 1});
  run("two", {.threads = 2});
  EXPECT_EQ(model("one"), model("two"));
  EXPECT_EQ(metrics("one"), metrics("two"));
  const std::string file = (folder_ / "one" / "model.safetensors").string();
  EXPECT_EQ(network::description_of(network::read_weights(file), file).kink_gate, -3.0);
  experiment_.model.description.kink_gate = {};
  run("open", {.threads = 1});
  EXPECT_NE(metrics("one"), metrics("open"));
  EXPECT_FALSE(
      network::description_of(network::read_weights((folder_ / "open" / "model.safetensors").string()), "").kink_gate);
}

TEST_F(GatedTraining, KernelsAndPlainPathTakeTheSameWay) {
  experiment_.schedule.steps = 4;
  const TrainingState fast = run("fast", {.threads = 1});
  experiment_.model.path = ComputePath::Plain;
  const TrainingState plain = run("plain", {.threads = 1});
  ASSERT_EQ(fast.losses.size(), plain.losses.size());
  EXPECT_NEAR(fast.losses[0], plain.losses[0], 1e-4 * plain.losses[0]);
  // RMSprop's first steps go by the sign of a gradient, rounding where it is none (a bias before a BatchNorm).
  for (std::size_t i = 1; i < fast.losses.size(); ++i)
    EXPECT_NEAR(fast.losses[i], plain.losses[i], 3e-2 * plain.losses[i]) << i;
  experiment_.model.description.kink_gate = {};
  EXPECT_GT(std::abs(run("open", {.threads = 1}).losses[0] - plain.losses[0]), 1e-3 * plain.losses[0]);
}

TEST_F(GatedTraining, IsAnOptionOfAnExperimentAndNotResumedAsAnother) {
  const std::string file = (folder_ / "gated.toml").string();
  std::ofstream(file) << "[model]\nkink_gate = -4\n";
  EXPECT_EQ(read_experiment(file).model.description.kink_gate, -4.0);
  EXPECT_FALSE(Experiment{}.model.description.kink_gate);
  EXPECT_EQ(result_options(Experiment{}).find("kink_gate"), std::string::npos) << "runs from before go on";
  run("run", {.threads = 1});
  experiment_.model.description.kink_gate = -4.0;
  try {
    run("run", {.resume = true, .threads = 1});
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("model.kink_gate = -3"));
    EXPECT_THAT(error.what(), HasSubstr("model.kink_gate = -4"));
  }
}

TEST_F(GatedTraining, NeedsALikelihoodOfItsDetector) {
  std::ifstream shipped(paths::source() + "/detectors/bergen-dtc.toml");
  std::string text{std::istreambuf_iterator<char>(shipped), {}};
  const std::string name = "name = \"bergen-dtc\"";
  ASSERT_NE(text.find(name), std::string::npos);
  text.replace(text.find(name), name.size(), "name = \"own\"");
  experiment_.data.detector = (folder_ / "own.toml").string();
  std::ofstream(experiment_.data.detector) << text;
  try {
    run("own", {.threads = 1});
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("kink_gate = '-3': needs the likelihood of detector 'own'"));
  }
}

}  // namespace
}  // namespace difftrack::learn
