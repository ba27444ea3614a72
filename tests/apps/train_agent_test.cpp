// SPDX-License-Identifier: Apache-2.0
// difftrack train-agent, as a user runs it; present where the build has LibTorch.
#ifdef DIFFTRACK_HAS_TRAINING
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/apps/flag_effects.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::apps {
namespace {

using ::testing::HasSubstr;

class TrainAgent : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run("difftrack simulate -q --phantom water:200 --primaries 40 --seed 1 -o steps.npz").exit_code, 0);
    std::ofstream(folder_ / "agent.toml") << "[data]\nper_frame = 10\ntraining = ['steps.npz']\n"
                                             "[training]\nsteps = 4\nbatch = 20\nlearning_rate = 1e-3\n";
  }
  CommandResult run(const std::string& command) const { return run_command("cd " + (folder_ / "") + " && " + command); }
  std::string bytes(const std::string& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void refused(const std::string& arguments, const std::string& sentence) const {
    const CommandResult result = run("difftrack train-agent " + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments << ": " << result.output;
    EXPECT_THAT(result.output, HasSubstr(sentence));
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  }
  core::TemporaryFolder folder_;
};

TEST_F(TrainAgent, LearnsTracksAndIsJudged) {
  const CommandResult learnt = run("difftrack train-agent learn agent.toml -o own");
  ASSERT_EQ(learnt.exit_code, 0) << learnt.output;
  EXPECT_THAT(learnt.output, HasSubstr("own/model.safetensors: loss "));
  EXPECT_THAT(bytes("own/metrics.json"), HasSubstr("\"steps\": 4"));
  const CommandResult tracked =
      run("difftrack train-agent track own/model.safetensors steps.npz --per-frame 10 -o tracks");
  ASSERT_EQ(tracked.exit_code, 0) << tracked.output;
  EXPECT_THAT(tracked.output, HasSubstr("published purity"));
  const CommandResult judged = run("difftrack evaluate tracks.npz");
  EXPECT_EQ(judged.exit_code, 0) << judged.output;
  EXPECT_THAT(judged.output, HasSubstr("model"));  // named after the file of the agent
  // What is printed is what the file says.
  const std::size_t at = tracked.output.find("strict    purity ") + 17;
  EXPECT_THAT(judged.output, HasSubstr(tracked.output.substr(at, 4)));
}

TEST_F(TrainAgent, GoesOnWithResumeToTheSameBytes) {
  ASSERT_EQ(run("difftrack train-agent learn -q agent.toml -o whole --set training.checkpoint_every=2").exit_code, 0);
  ASSERT_EQ(run("difftrack train-agent learn -q agent.toml -o part --set training.steps=2 --set "
                "training.checkpoint_every=2")
                .exit_code,
            0);
  EXPECT_NE(bytes("whole/model.safetensors"), bytes("part/model.safetensors"));
  refused("learn -q agent.toml -o part", "--resume goes on");
  ASSERT_EQ(
      run("difftrack train-agent learn -q agent.toml -o part --resume --set training.checkpoint_every=2").exit_code, 0);
  EXPECT_EQ(bytes("whole/model.safetensors"), bytes("part/model.safetensors"));
  EXPECT_EQ(bytes("whole/metrics.json"), bytes("part/metrics.json"));
  refused("learn -q agent.toml -o part --resume --set training.seed=2", "is of a run with other options or files");
}

TEST_F(TrainAgent, OptionsOfLearnAreKnown) {
  check("train-agent learn", {}, {}, {"out", "quiet", "resume", "set"}, [](const std::string&) { return ""; });
}

TEST_F(TrainAgent, OptionsOfTrackChangeTheTracks) {
  ASSERT_EQ(run("difftrack train-agent learn -q agent.toml -o own").exit_code, 0);
  const std::string base = "--per-frame 20", shared = base + " --assignment shared";
  const std::vector<Effect> effects{
      {"--per-frame 10"},        {"--seeds truth", base},         {"--assignment shared", base},
      {"--seed-spread 1", base}, {"--leave-cost 1e-6", base},     {"--last-start 20", base},
      {"--max-kink 0.03", base}, {"--detector groningen-w", base}};
  check("train-agent track", effects, {}, {"output", "quiet", "files-from"}, [this](const std::string& options) {
    return run("difftrack train-agent track own/model.safetensors steps.npz " + options + " 2>&1").output;
  });
  refused("track -q own/model.safetensors steps.npz --assignment shared -o tracks", "holds no hit on two tracks");
  refused("track -q own/model.safetensors steps.npz --assignment shared --leave-cost 1", "is of no use");
  refused("track -q own/model.safetensors steps.npz --seeds truth --seed-spread 1", "is of no use to --seeds truth");
  refused("track -q own/model.safetensors steps.npz -o steps", "is an input, too");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "tracks.npz"));
}

TEST_F(TrainAgent, RefusesWhatItCannotUse) {
  refused("learn -q none.toml", "none.toml");
  refused("learn -q agent.toml -o own --set data.training='[\"none.npz\"]'", "none.npz");
  refused("learn -q agent.toml -o own --set training.method=a2c", "training.method = 'a2c'");
  refused("learn -q agent.toml -o own --set steps=3", "must be TABLE.KEY=VALUE");
  refused("learn -q agent.toml -o own --set data.per_frame=1000", "no whole frame");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "own"));
  refused("track -q steps.npz steps.npz", "steps.npz");
  refused("track -q none.safetensors steps.npz", "none.safetensors");
}

}  // namespace
}  // namespace difftrack::apps
#endif
