// SPDX-License-Identifier: Apache-2.0
// The study through its program: every command ends in a report; threads, shards and ranks leave the same bytes; bad
// input is one sentence.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::apps {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const std::string kModels = paths::source() + "/models/study/";
const std::string kTwo = "--models " + kModels + "ptt_1.safetensors " + kModels + "pat_lambda_50_1.safetensors ";
const std::string kOne = "--models " + kModels + "ptt_1.safetensors ";

class Study : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new core::TemporaryFolder;
    ASSERT_EQ(run("difftrack simulate --phantom water:150 --primaries 60 --seed 3 -q -o steps.npz").exit_code, 0);
  }
  static void TearDownTestSuite() { delete folder_; }

  static CommandResult run(const std::string& command) {
    return run_command("cd " + (*folder_ / "") + " && " + command);
  }
  static std::string bytes(const std::string& name) {
    std::ifstream in(*folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static nlohmann::json report(const std::string& name) { return nlohmann::json::parse(bytes(name + "/report.json")); }
  /// Runs a command and returns its report.
  static nlohmann::json done(const std::string& command, const std::string& out, const std::string& options) {
    const CommandResult result =
        run("difftrack study " + command + " --per-frame 10 --no-plot -q -o " + out + " " + options);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return report(out);
  }

  static core::TemporaryFolder* folder_;
};
core::TemporaryFolder* Study::folder_ = nullptr;

const std::string kLandscape =
    kOne + "--frames steps.npz:0:2 --directions random --points 3 --refine --refine-levels 1 --statistics frame ";

TEST_F(Study, LandscapeIsTheSameForThreadsShardsAndRanks) {
  const auto whole = done("landscape", "whole", kLandscape + "--threads 1");
  EXPECT_EQ(whole["frames"][0]["count"], 2);
  EXPECT_GT(whole["points"], 9);
  EXPECT_GT(whole["centre"]["tpr"], 0.9);
  for (const int threads : {2, 4}) {
    const std::string out = fmt::format("threads_{}", threads);
    done("landscape", out, kLandscape + fmt::format("--threads {}", threads));
    EXPECT_EQ(bytes(out + "/arrays.npz"), bytes("whole/arrays.npz"));
    EXPECT_EQ(bytes(out + "/report.json"), bytes("whole/report.json"));
  }
  const std::string shard = "difftrack study landscape --per-frame 10 --no-plot -o shards " + kLandscape + "--shard ";
  EXPECT_THAT(run(shard + "1/2").output, HasSubstr("run the other shards"));
  EXPECT_FALSE(fs::exists(*folder_ / "shards/report.json"));
  for (int round = 0; round < 3 && !fs::exists(*folder_ / "shards/report.json"); ++round)
    for (const char* which : {"0/2", "1/2"}) EXPECT_EQ(run(shard + which).exit_code, 0);
  EXPECT_EQ(bytes("shards/arrays.npz"), bytes("whole/arrays.npz"));
  if (run("mpirun --version").exit_code != 0) GTEST_SKIP() << "no mpirun";
  for (const int ranks : {2, 4}) {
    const std::string out = fmt::format("ranks_{}", ranks);
    const CommandResult result = run(
        fmt::format("OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -n {} difftrack "
                    "study landscape --per-frame 10 --no-plot -q -o {} {} --threads 1",
                    ranks, out, kLandscape));
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_EQ(bytes(out + "/arrays.npz"), bytes("whole/arrays.npz"));
  }
}

TEST_F(Study, AKilledRunGoesOnAndOtherSettingsAreRefused) {
  const auto first = done("landscape", "killed", kLandscape);
  std::vector<fs::path> points;
  for (const auto& each : fs::directory_iterator(*folder_ / "killed/tasks/level_0")) points.push_back(each.path());
  const auto stamp = fs::last_write_time(points[1]);
  fs::remove(points[0]);
  fs::remove(*folder_ / "killed/report.json");
  EXPECT_EQ(done("landscape", "killed", kLandscape), first);
  EXPECT_TRUE(fs::exists(points[0]));
  EXPECT_EQ(fs::last_write_time(points[1]), stamp);  // was not computed again
  const CommandResult other =
      run("difftrack study landscape --per-frame 10 --no-plot -o killed " + kLandscape + "--range 0.4");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output, HasSubstr("'range = 0.5' there, 'range = 0.4' here"));
}

TEST_F(Study, SettingsAreATableWhoseKeysAreFlags) {
  std::ofstream(*folder_ / "settings.toml") << "[landscape]\nmodels = [\"" + kModels + "ptt_1.safetensors\"]\n"
                                            << "frames = [\"steps.npz:1:1\"]\nper_frame = 10\ndirections = \"random\"\n"
                                               "points = 3\nstatistics = \"running\"\nrange = 0.2\n";
  const std::string command = "difftrack study landscape settings.toml --no-plot -q -o ";
  ASSERT_EQ(run(command + "table").exit_code, 0);
  EXPECT_THAT(report("table")["settings"].get<std::string>(), HasSubstr("range = 0.2"));
  ASSERT_EQ(run(command + "flag --range 0.3").exit_code, 0);
  EXPECT_THAT(report("flag")["settings"].get<std::string>(), HasSubstr("range = 0.3"));
  std::ofstream(*folder_ / "unknown.toml") << "[landscape]\npoint = 3\n";
  EXPECT_THAT(run("difftrack study landscape unknown.toml -o x").output, HasSubstr("did you mean 'points'"));
}

TEST_F(Study, ConnectJoinsPairsAndItsEndsAreTheModels) {
  // Two initialisations: a network and its fine-tuned copy have no hidden units to exchange.
  const std::string two = "--models " + kModels + "ptt_1.safetensors " + kModels + "ptt_2.safetensors ";
  const std::string frames = "--frames steps.npz:0:2 ";
  const auto line = done("connect", "line", two + frames + "--curve linear --points 5");
  const auto curve = done("connect", "curve", two + frames + "--training-frames steps.npz:2:3 --steps 20 --points 5");
  ASSERT_EQ(line["pairs"].size(), 1U);
  EXPECT_GT(line["pairs"][0]["hamming"]["corrected"], 0.01);
  EXPECT_LT(curve["pairs"][0]["bce"]["mean_by_length"], line["pairs"][0]["bce"]["mean_by_length"]);
  const auto aligned = done("connect", "aligned", two + frames + "--curve linear --points 5 --align weights");
  EXPECT_LT(aligned["pairs"][0]["alignment"]["distance_after"], aligned["pairs"][0]["alignment"]["distance_before"]);
  EXPECT_TRUE(fs::exists(*folder_ / "curve/arrays.npz"));
}

TEST_F(Study, SimilarityAndStabilityOfTwoModels) {
  const auto similar = done("similarity", "similar", kTwo + "--frames steps.npz:0:2");
  EXPECT_EQ(similar["cka"]["R1"]["matched"][0]["pairs"], 1);
  EXPECT_GT(similar["cka"]["R1"]["matched"][0]["mean"], 0.2);
  EXPECT_LT(similar["cka"]["R1"]["ceiling"][0], 1.0);
  const auto stable = done("stability", "stable", kTwo + "--frames steps.npz:0:3 --bootstrap 50 --permutations 50");
  EXPECT_GT(stable["same"][0]["same_in_all"], 0.5);
  EXPECT_EQ(stable["reference"], "ptt_1");
  EXPECT_TRUE(stable["tracks"]["auc"].contains("reduced_margin"));
  EXPECT_GT(stable["downstream"][0]["models"][0]["mean_stopping_depth"], 50.0);
}

TEST_F(Study, HessianHasEndsTraceAndDensity) {
  const auto found = done("hessian", "hessian",
                          kOne +
                              "--frames steps.npz:0:1 --top 2 --max-steps 100 --density-probes 2 --density-steps 15 "
                              "--trace-probes 20 --second-frames steps.npz:1:1");
  const auto& spectrum = found["spectra"][0];
  EXPECT_GT(spectrum["largest"][0]["value"], spectrum["largest"][1]["value"]);
  EXPECT_LE(spectrum["largest"][0]["residual"], 1e-3 * spectrum["largest"][0]["value"].get<double>());
  EXPECT_LE(spectrum["step_agreement"], 0.02);
  EXPECT_GT(spectrum["trace"]["standard_error"], 0.0);
  EXPECT_EQ(spectrum["second_frames"]["absolute_cosines"].size(), 2U);
  // Its vectors are directions of a surface.
  const auto surface = done("landscape", "from_file",
                            kOne +
                                "--frames steps.npz:0:1 --points 2 --directions file "
                                "--direction-file hessian/arrays.npz");
  EXPECT_NEAR(surface["cosine"].get<double>(), 0.0, 0.9);
}

TEST_F(Study, HessianOfHeldPatternsIsTheReference) {
  const std::string options = kOne +
                              "--frames steps.npz:0:1 --top 1 --max-steps 100 --density-probes 0 --trace-probes 10 "
                              "--trace-error 1e-6 ";
  const auto held = done("hessian", "held", options)["spectra"][0];
  const auto free = done("hessian", "free", options + "--pattern free")["spectra"][0];
  EXPECT_LE(held["step_agreement"], 0.02);
  EXPECT_GE(free["step_agreement"], 0.1);
  const CommandResult torch =
      run("difftrack study hessian --per-frame 10 --no-plot -q -o reference " + options + "--products reference");
  if (torch.exit_code != 0) {
    EXPECT_THAT(torch.output, HasSubstr("needs LibTorch"));
    GTEST_SKIP() << torch.output;
  }
  const auto exact = report("reference")["spectra"][0];
  const auto ratio = [&](const nlohmann::json& a, const nlohmann::json& b) {
    return a.get<double>() / b.get<double>();
  };
  EXPECT_NEAR(ratio(held["largest"][0]["value"], exact["largest"][0]["value"]), 1.0, 0.01);
  EXPECT_NEAR(ratio(held["trace"]["value"], exact["trace"]["value"]), 1.0, 0.01);  // the same probes
}

TEST_F(Study, ManyFilesOnTheQueue) {
  ASSERT_EQ(run("difftrack simulate --primaries 20 --files 4 --seed 7 -q -o many").exit_code, 0);
  for (const char* shard : {"1/2", "0/2"})
    ASSERT_EQ(run(std::string("difftrack simulate --primaries 20 --files 4 --seed 7 -q -o shared --shard ") + shard)
                  .exit_code,
              0);
  ASSERT_EQ(run("difftrack simulate --primaries 20 --seed 9 -q -o one.npz").exit_code, 0);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(bytes(fmt::format("many/steps_000{}.npz", i)), bytes(fmt::format("shared/steps_000{}.npz", i)));
  EXPECT_EQ(bytes("many/steps_0002.npz"), bytes("one.npz"));
  const std::string each = "difftrack reconstruct 'many/steps*.npz' --each --per-frame 10 -q ";
  ASSERT_EQ(run(each + "-o tracks").exit_code, 0);
  for (const char* shard : {"0/3", "1/3", "2/3"}) ASSERT_EQ(run(each + "-o parts --shard " + shard).exit_code, 0);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(bytes(fmt::format("tracks/steps_000{}.npz", i)), bytes(fmt::format("parts/steps_000{}.npz", i)));
  const CommandResult other = run("difftrack reconstruct 'many/steps*.npz' --each --per-frame 5 -q -o tracks");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output, HasSubstr("holds results of other settings"));
}

TEST_F(Study, BadInputIsOneSentence) {
  struct Case {
    std::string command, sentence;
  };
  std::ofstream(*folder_ / "noise.csv") << "eventID,trackID,parentID,level1ID,level2ID,posX,posY,posZ,edep\n"
                                           "0,1,0,0,-1,1,1,225,0.1\n1,1,0,1,-1,1.1,1,277,0.1\n";
  const std::string frames = "--per-frame 10 --frames steps.npz:0:1 ", out = "-o bad --no-plot ";
  const std::vector<Case> cases{
      {"similarity " + kOne + kModels + "hit_graph_ptt_1.safetensors " + frames, "another architecture"},
      {"similarity " + kOne + frames, "is only one"},
      {"similarity " + kTwo + "--per-frame 10", "names no frame"},
      {"similarity " + kTwo + "--per-frame 10 --frames steps.npz", "FILE:FIRST:COUNT"},
      {"similarity " + kTwo + "--per-frame 10 --frames steps.npz:0:900", "there are only"},
      {"similarity " + kTwo + "--per-frame 2 --frames noise.csv:0:1", "gives no gradient"},
      {"landscape " + kOne + frames + "--directions pca", "directions = pca needs some"},
      {"landscape " + kTwo + frames + "--directions random", "is more than the centre"},
      {"landscape " + kTwo + frames + "--directions models", "are too few"},
      {"landscape --models " + kModels + "hit_graph_ptt_1.safetensors " + frames + "--directions random",
       "has no kernels"},
      {"connect " + kTwo + frames, "training_frames"},
      {"hessian " + kOne + frames + "--loss surrogate", "give --lambda"},
      {"hessian " + kOne + frames + "--loss surrogate --lambda 1e-9", "is undefined"},
      {"landscape " + kOne + frames + "--shard 2/2", "must read i/n"},
      {"hessian " + kOne + frames + "--products reference --step 1e-4", "is of no use without --products differences"},
      {"landscape " + kOne + frames + "--directions random --pattern free",
       "is of no use without --directions hessian"},
      {"connect " + kTwo + frames + "--curve linear --steps 5", "is of no use without --curve bezier or chain"},
  };
  for (const Case& each : cases) {
    const CommandResult result = run("rm -rf bad; difftrack study " + each.command + " " + out);
    EXPECT_EQ(result.exit_code, 2) << each.command << "\n" << result.output;
    EXPECT_THAT(result.output, HasSubstr(each.sentence)) << each.command;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  }
}

}  // namespace
}  // namespace difftrack::apps
