// SPDX-License-Identifier: Apache-2.0
// A new kind of training, from outside: one class, one table of the experiment, nothing of the trainer touched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/learn/ops/known_gradient.hpp"
#include "difftrack/learn/train/objective.hpp"
#include "tests/learn/training_fixture.hpp"

namespace difftrack::learn {
namespace {

// [snippet new_objective]
/// Mean of |t - p|^exponent over all segments; a figure tells how sure the scores are.
class PowerLoss : public Objective {
 public:
  struct Config {
    double exponent = 2.0;
    static constexpr auto fields() {
      return std::tuple{core::field("exponent", &Config::exponent, "", {1.0, 10.0}, "Power of the distance to truth.")};
    }
  };
  PowerLoss(const Config& config, const Experiment&) : config_(config) {}
  ObjectiveValue operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const override {
    const torch::Tensor p = logits.sigmoid();
    const double sure = (p - 0.5).abs().mean().item<double>();
    return {(frame.truth().labels - p).abs().pow(config_.exponent).mean(), {sure}};
  }
  std::vector<std::string> figures() const override { return {"sureness"}; }

 private:
  Config config_;
};
// [end]

/// Learns without truth and without LibTorch: a reward, drawn at random for each segment, of being straight.
class StraightnessReward : public Objective {
 public:
  static constexpr bool kNeedsTruth = false;
  StraightnessReward(const Config&, const Experiment&) {}
  ObjectiveValue operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const override {
    const torch::Tensor scores = logits.sigmoid();
    core::RandomStream random(1, frame.stream);
    std::vector<float> gradient;
    double value = 0.0;
    for (std::size_t s = 0; s < frame.graph.size(); ++s) {
      const double reward = 1.0 - 20.0 * std::acos(std::min(1.0F, std::abs(frame.graph.uz[s]))) + 0.1 * random.normal();
      value -= reward * static_cast<double>(scores[static_cast<std::int64_t>(s)].item<float>());
      gradient.push_back(static_cast<float>(-reward));
    }
    return {loss_with_gradient(scores, value, torch::tensor(gradient)), {}};
  }
};

class NewObjectiveTest : public TrainingTest {
 protected:
  void SetUp() override {
    TrainingTest::SetUp();
    experiment_.objectives.add<PowerLoss>("power");
    experiment_.objectives.add<StraightnessReward>("straightness");
  }
};

TEST_F(NewObjectiveTest, IsTrainedAndItsFiguresAreOnTheCurves) {
  experiment_.loss.loss = "power";
  experiment_.schedule.steps = 40;
  const TrainingState state = run("a");
  EXPECT_LT(state.losses.back(), 0.7 * state.losses.front());
  ASSERT_EQ(state.figures.at("sureness").size(), 40U);
  EXPECT_GT(state.figures.at("sureness").back(), state.figures.at("sureness").front());
  EXPECT_THAT(metrics("a"), testing::HasSubstr("\"sureness\""));
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "a"))
    found = found || read_bytes(entry.path()).find("Objective/sureness") != std::string::npos;
  EXPECT_TRUE(found) << "in the TensorBoard file";
}

TEST_F(NewObjectiveTest, ReadsItsTableFromTheExperiment) {
  const std::filesystem::path file = folder_ / "power.toml";
  std::ofstream(file) << "[data]\nper_frame = 10\ntraining = ['training.csv']\nvalidation = ['validation.csv']\n"
                         "[loss]\nloss = 'power'\n[power]\nexponent = 3\n[schedule]\nsteps = 2\n";
  Experiment experiment = read_experiment(file.string(), experiment_.objectives);
  EXPECT_EQ(experiment.objectives.config<PowerLoss>()->exponent, 3.0);
  EXPECT_EQ(experiment_.objectives.config<PowerLoss>()->exponent, 2.0) << "of the copy it was made from";
  EXPECT_THAT(result_options(experiment), testing::HasSubstr("power.exponent = 3\n"));
  const auto loss = [&](const std::string& out) {
    return train(experiment, file.string(), {.out = (folder_ / out).string()}).losses.front();
  };
  const double cubic = loss("cubic");
  set_option(experiment, "power.exponent=1", "--set");
  EXPECT_GT(loss("linear"), cubic);
  EXPECT_THROW(read_experiment(file.string()), core::InputError) << "without the objective its table is unknown";
}

TEST_F(NewObjectiveTest, BadOptionsNameTheKey) {
  const auto message = [&](const std::string& option) {
    Experiment experiment = experiment_;
    experiment.loss.loss = "power";
    try {
      set_option(experiment, option, "--set");
      check_experiment(experiment, "test");
    } catch (const core::InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message("power.exponent=2.5"), "no error");
  EXPECT_THAT(message("power.exponent=0.5"), testing::HasSubstr("exponent = '0.5': must lie in [1, 10]"));
  EXPECT_THAT(message("power.exponents=2"), testing::HasSubstr("did you mean 'exponent'?"));
  EXPECT_THAT(message("powder.exponent=2"), testing::HasSubstr("did you mean 'power'?"));
  EXPECT_THAT(message("loss.loss=powers"),
              testing::HasSubstr("Choices: bce, hamming, own, policy, joint, power, straightness"));
  EXPECT_THAT(message("exponent=2"), testing::HasSubstr("must read TABLE.KEY=VALUE"));
  EXPECT_THAT(message("power.exponent"), testing::HasSubstr("must read TABLE.KEY=VALUE"));
  experiment_.objectives.config<PowerLoss>()->exponent = 11.0;
  EXPECT_THAT(message("schedule.seed=3"), testing::HasSubstr("exponent = '11'"));
}

TEST_F(NewObjectiveTest, StoppedAndResumedEqualsUninterruptedAndOtherOptionsAreRefused) {
  experiment_.loss.loss = "power";
  run("whole");
  int asked = 0;
  run("parts", {.stop = [&] { return ++asked == 7; }});
  run("parts", {.resume = true});
  EXPECT_EQ(model("whole"), model("parts"));
  EXPECT_EQ(metrics("whole"), metrics("parts"));
  experiment_.objectives.config<PowerLoss>()->exponent = 4.0;
  EXPECT_THROW(run("parts", {.resume = true}), core::InputError);
}

TEST_F(NewObjectiveTest, OneWithoutTruthAndLibTorchLearnsFromHitsAlone) {
  experiment_.loss.loss = "straightness";
  experiment_.schedule.steps = 40;
  const TrainingState a = run("a", {.threads = 1}), b = run("b", {.threads = 3});
  EXPECT_EQ(a.model.values, b.model.values);
  EXPECT_LT(a.losses.back(), a.losses.front() - 1.0);
  EXPECT_TRUE(a.figures.empty());
}

TEST(Objectives, NamesAreTakenOnce) {
  Objectives objectives = shipped_objectives();
  EXPECT_EQ(objectives.names(), (std::vector<std::string>{"bce", "hamming", "own", "policy", "joint"}));
  EXPECT_EQ(objectives.tables(), (std::vector<std::string>{"policy", "joint"}))
      << "others have [loss], [assign], [estimator]";
  objectives.add<PowerLoss>("power");
  EXPECT_EQ(objectives.tables(), (std::vector<std::string>{"policy", "joint", "power"}));
  EXPECT_THROW(objectives.add<PowerLoss>("power"), core::InputError);
  EXPECT_THROW(objectives.add<PowerLoss>("schedule"), core::InputError);
  EXPECT_EQ(objectives.config<StraightnessReward>(), nullptr);
}

}  // namespace
}  // namespace difftrack::learn
