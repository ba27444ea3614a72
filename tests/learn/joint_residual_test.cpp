// SPDX-License-Identifier: Apache-2.0
// A network beside the joint decision, through the trainer and in use.
#include "difftrack/learn/train/joint_residual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/reconstruct/methods.hpp"
#include "tests/learn/training_fixture.hpp"

namespace difftrack::learn {
namespace {

using testing::HasSubstr;

class JointResidualTest : public TrainingTest {
 protected:
  void SetUp() override {
    TrainingTest::SetUp();
    experiment_.loss.loss = "joint";
    experiment_.model.path = ComputePath::Plain;
    experiment_.model.description.features = "context,edep,position";
    experiment_.model.description.frequencies = 8;
    experiment_.model.description.message_steps = 2;
    experiment_.schedule.steps = 6;
    experiment_.schedule.validate_every = 3;
  }
  JointResidual::Config& config() { return *experiment_.objectives.config<JointResidual>(); }
  std::string refusal() const {
    try {
      run("refused");
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(JointResidualTest, GoesOnToTheSameBytesForAnyNumberOfThreads) {
  for (const auto& [teacher, name, note] : choices(track::DecisionTeacher{})) {
    config().gradient.teacher = teacher;
    run(std::string(name), {.threads = 1});
    const Experiment whole = experiment_;
    experiment_.schedule.steps = 3;
    run(std::string(name) + "_parts", {.threads = 3});
    experiment_ = whole;
    run(std::string(name) + "_parts", {.resume = true, .threads = 2});
    EXPECT_TRUE(model(std::string(name)) == model(std::string(name) + "_parts")) << name;
  }
  EXPECT_FALSE(model("scores") == model("fenchel_young"));
}

TEST_F(JointResidualTest, IsUsedBesideTheDecisionItWasTrainedFor) {
  config().gate = 12.5;
  const TrainingState state = run("model");
  EXPECT_THAT(metrics("model"), HasSubstr("\"merit\""));
  for (const char* figure : {"hamming", "reached"}) EXPECT_EQ(state.figures.at(figure).size(), 6U) << figure;
  const std::string file = (folder_ / "model" / "model.safetensors").string();
  EXPECT_EQ(network::read_weights(file).metadata.at(reconstruct::kJointGate), "12.5");

  const detector::Detector detector = detector::read_detector("bergen-dtc");
  detector::FrameReader reader((folder_ / "validation.csv").string(), detector, {.per_frame = 10});
  event::Frame frame;
  ASSERT_TRUE(reader.next(frame));
  reconstruct::ReconstructFrame::Workspace workspace;
  reconstruct::MethodConfig method;
  method.model = file;
  const auto with = (*reconstruct::make_method(method, detector).reconstruct)(frame, workspace);
  EXPECT_EQ(with.logits.size(), with.graph.size());
  EXPECT_GT(std::count_if(with.logits.begin(), with.logits.end(), [](float l) { return l != 0.0F; }), 10);
  EXPECT_GT(with.tracks.size(), 0U);
  for (const auto other : {reconstruct::Tracking::Network, reconstruct::Tracking::Combined}) {
    method.method = other;
    const auto alone = reconstruct::make_method(method, detector);
    EXPECT_THROW((*alone.reconstruct)(frame, workspace), core::InputError) << "context is not known there";
  }
}

TEST_F(JointResidualTest, RefusesWhatCannotBe) {
  config().likelihood = "gate-3mm-al";
  EXPECT_THAT(refusal(), HasSubstr("gate-3mm-al")) << "of another detector";
  config().likelihood = "";
  config().gate = -1.0;
  EXPECT_THAT(refusal(), HasSubstr("gate"));
  config().gate = 15.0;
  experiment_.model.description.kink_gate = -4.0;
  EXPECT_THAT(refusal(), HasSubstr("kink_gate"));
  experiment_.model.description.kink_gate = std::nullopt;
  experiment_.loss.loss = "bce";
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("context"), HasSubstr("method joint")));
  experiment_.model.description.features = "";
  experiment_.model.description.message_steps = 1;
  experiment_.schedule.steps = 1;
  run("other");
  reconstruct::MethodConfig method;
  method.model = (folder_ / "other" / "model.safetensors").string();
  try {
    reconstruct::make_method(method, detector::read_detector("bergen-dtc"));
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("was not trained beside a joint decision"));
  }
}

}  // namespace
}  // namespace difftrack::learn
