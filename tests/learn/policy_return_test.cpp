// SPDX-License-Identifier: Apache-2.0
// Tracking without labels through the trainer: files without truth, curves, models, resuming.
#include "difftrack/learn/train/policy_return.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "difftrack/network/weights.hpp"
#include "tests/learn/training_fixture.hpp"

namespace difftrack::learn {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The same steps without what tells particles apart.
void write_without_truth(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::ifstream in(from);
  std::ofstream out(to);
  std::string event, track, parent, rest;
  while (std::getline(in, event, ',') && std::getline(in, track, ',') && std::getline(in, parent, ',') &&
         std::getline(in, rest))
    out << event << ',' << rest << '\n';
}

class PolicyTrainingTest : public TrainingTest {
 protected:
  void SetUp() override {
    TrainingTest::SetUp();
    experiment_.loss.loss = "policy";
    experiment_.model.description.pair_width = 16;
    config().gradient.rollout.temperature = 3.0;
  }
  PolicyReturn::Config& config() { return *experiment_.objectives.config<PolicyReturn>(); }
};

TEST_F(PolicyTrainingTest, NeedsNoTruthAndKeepsTheModelOfTheHighestReward) {
  for (const char* name : {"training", "validation"})
    write_without_truth(folder_ / (std::string(name) + ".csv"), folder_ / (std::string(name) + "_bare.csv"));
  experiment_.files = {{(folder_ / "training_bare.csv").string()}, {(folder_ / "validation_bare.csv").string()}};
  const TrainingState bare = run("bare");
  EXPECT_THAT(metrics("bare"), HasSubstr("\"merit\""));
  EXPECT_THAT(metrics("bare"), Not(HasSubstr("\"purity\""))) << "nothing is told that is not known";
  for (const char* figure : {"return", "entropy", "conflicts", "margin"})
    EXPECT_EQ(bare.figures.at(figure).size(), 12U) << figure;
  for (const Validation& v : bare.validations) EXPECT_LE(v.merit, bare.best_so_far()->merit);
  const auto weights = network::read_weights((folder_ / "bare" / "model.safetensors").string());
  EXPECT_EQ(weights.metadata.at("policy_reward_weight"), "1");
  EXPECT_EQ(weights.metadata.at("policy_order"), "calorimeter");
  EXPECT_FALSE(weights.metadata.contains("validation_purity"));
}

TEST_F(PolicyTrainingTest, TruthIsLookedAtInValidationAlone) {
  const TrainingState with = run("with");
  EXPECT_THAT(metrics("with"), HasSubstr("\"purity\""));
  write_without_truth(folder_ / "training.csv", folder_ / "bare.csv");
  experiment_.files.training = {(folder_ / "bare.csv").string()};
  const TrainingState without = run("without");
  EXPECT_EQ(with.model.values, without.model.values);
  EXPECT_EQ(with.best_validation, without.best_validation) << "and does not decide there";
}

TEST_F(PolicyTrainingTest, GoesOnToTheSameBytesForAnyNumberOfThreads) {
  for (const policy::Way way : {policy::Way::Proposals, policy::Way::Improvement}) {
    config().gradient.way = way;
    const std::string name(core::name_of(way));
    run(name, {.threads = 1});
    Experiment whole = experiment_;
    experiment_.schedule.steps = 5;
    run(name + "_parts", {.threads = 3});
    experiment_ = whole;
    run(name + "_parts", {.resume = true, .threads = 2});
    EXPECT_EQ(model(name), model(name + "_parts")) << name;
  }
}

TEST_F(PolicyTrainingTest, PlainPathGivesTheSameFirstLossAndNearlyTheSameModel) {
  experiment_.schedule.steps = 1;
  const TrainingState fast = run("fast");
  experiment_.model.path = ComputePath::Plain;
  const TrainingState plain = run("plain");
  EXPECT_NEAR(fast.losses.front(), plain.losses.front(), 1e-3);
  const auto layout = network::parameter_layout(experiment_.model.description);
  std::size_t moved = 0, same = 0;
  for (std::size_t i = layout.pair_begin; i < layout.n_parameters; ++i) {
    moved += fast.square_average[i] > 0.0F;
    same += std::abs(fast.model.values[i] - plain.model.values[i]) < 1e-3F;
  }
  EXPECT_GT(moved, std::size_t{10}) << "the pair head learns";
  EXPECT_GT(same, (layout.n_parameters - layout.pair_begin) * 9 / 10);
}

TEST_F(PolicyTrainingTest, RefusesWhatCannotBe) {
  const auto what = [&] {
    try {
      run("refused");
    } catch (const core::InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  experiment_.loss.loss = "bce";
  EXPECT_THAT(what(), testing::AllOf(HasSubstr("pair_width"), HasSubstr("of no use to loss 'bce'")));
  experiment_.loss.loss = "policy";
  config().likelihood = "nowhere";
  EXPECT_THAT(what(), HasSubstr("nowhere"));
  config().likelihood = "gate-3mm-al";
  EXPECT_THAT(what(), HasSubstr("gate-3mm-al")) << "of another detector";
  config().likelihood = "";
  config().reward_weight = -1.0;
  EXPECT_THAT(what(), HasSubstr("reward_weight"));
  config().reward_weight = 1.0;
  config().gradient.rollout.rollouts = 0;
  EXPECT_THAT(what(), HasSubstr("rollouts"));
}

}  // namespace
}  // namespace difftrack::learn
