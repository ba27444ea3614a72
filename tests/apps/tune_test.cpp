// SPDX-License-Identifier: Apache-2.0
// `difftrack tune` as a user runs it: it finds what is best, goes on after a kill, proposes the same for threads,
// shards and ranks, learns from trials that die, stops bad ones early, and answers bad input in one sentence.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/flag_effects.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::apps {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSpace =
    "[space.x]\nlow = 0.0\nhigh = 1.0\n[space.n]\nlow = 1\nhigh = 9\ninteger = true\n"
    "[space.kind]\noptions = [\"plain\", \"better\"]\n";

/// The program in a folder with objectives: scripts that print what a report would have.
class Tune : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new core::TemporaryFolder;
    // Largest, 1, at x = 0.3, n = 4, kind = better. Each call leaves a line in calls.txt.
    script("hill.sh",
           "echo \"$1 $2 $3\" >> calls.txt\n"
           "awk -v x=$1 -v n=$2 -v k=$3 'BEGIN { f = 1 - (x - 0.3)^2 - 0.02 * (n - 4)^2 - 0.2 * (k == \"plain\");"
           " printf \"working\\n{\\\"all\\\": {\\\"f\\\": %.10f}, \\\"text\\\": \\\"f\\\"}\\n\", f }'\n");
    // The same, but it dies in the half that has the best place.
    script("dies.sh",
           "awk -v x=$1 'BEGIN { exit x < 0.5 }' || { echo 'too small' >&2; kill -9 $$; }\n"
           "awk -v x=$1 'BEGIN { printf \"{\\\"f\\\": %.10f}\\n\", 1 - x }'\n");
    // A curve of ten values that grows into 1 - x, all of them in the pipe at once.
    script("curve.sh",
           "awk -v x=$1 'BEGIN { for (i = 1; i <= 10; ++i) printf \"{\\\"step\\\": %d, \\\"f\\\": %.10f}\\n\", i,"
           " (1 - x) * i / 10 }'\n");
    file("hill.toml", "figure = \"/all/f\"\ncommand = [\"./hill.sh\", \"{x}\", \"{n}\", \"{kind}\"]", kSpace);
  }
  static void TearDownTestSuite() { delete folder_; }

  static void script(const std::string& name, const std::string& text) {
    std::ofstream(*folder_ / name) << "#!/bin/sh\n" << text;
    fs::permissions(*folder_ / name, fs::perms::owner_all);
  }
  static void file(const std::string& name, const std::string& objective, const std::string& space,
                   const std::string& more = "") {
    std::ofstream(*folder_ / name) << "[objective]\n" << objective << "\n" << space << more;
  }
  static CommandResult run(const std::string& command) {
    return run_command("cd " + (*folder_ / "") + " && " + command);
  }
  static std::string text(const std::string& name) {
    std::ifstream in(*folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::vector<json> journal(const std::string& out) {
    std::vector<json> lines;
    std::istringstream in(text(out + "/journal.jsonl"));
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
  }
  static std::size_t calls() {
    const std::string lines = text("calls.txt");
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  }
  /// One sentence, exit code 2.
  static void refused(const std::string& command, const std::string& sentence) {
    const CommandResult result = run("difftrack tune " + command);
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_THAT(result.output, HasSubstr(sentence)) << command;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  }

  static core::TemporaryFolder* folder_;
};
core::TemporaryFolder* Tune::folder_ = nullptr;

const std::string kHill = "difftrack tune hill.toml --per-round 2 --trials 20 -q -o ";

TEST_F(Tune, FindsTheBestSettingAndWritesItsPage) {
  const CommandResult done = run("difftrack tune hill.toml --trials 30 -o found");
  ASSERT_EQ(done.exit_code, 0) << done.output;
  EXPECT_THAT(done.output, HasSubstr("best of 30 trials: /all/f = "));
  const json best = json::parse(text("found/best.json"));
  EXPECT_GT(best["figure"], 0.995);
  EXPECT_NEAR(best["setting"]["x"].get<double>(), 0.3, 0.08);
  EXPECT_EQ(best["setting"]["n"], 4);
  EXPECT_EQ(best["setting"]["kind"], "better");
  EXPECT_EQ(journal("found").size(), 30U);
  const std::string page = text("found/tune.html");
  for (const char* part : {"Best setting", "Convergence", "Slices", "Importance", "kind", "better"})
    EXPECT_THAT(page, HasSubstr(part));
}

TEST_F(Tune, TheSameForThreadsShardsAndRanks) {
  ASSERT_EQ(run(kHill + "whole --threads 1").exit_code, 0);
  const std::string whole = text("whole/journal.jsonl");
  EXPECT_EQ(journal("whole").size(), 20U);
  ASSERT_EQ(run(kHill + "threads --threads 3").exit_code, 0);
  EXPECT_EQ(text("threads/journal.jsonl"), whole);
  EXPECT_EQ(text("threads/tune.html"), text("whole/tune.html"));
  EXPECT_EQ(run("{ " + kHill + "shards --shard 1/2 & }; " + kHill + "shards --shard 0/2 && wait").exit_code, 0);
  EXPECT_EQ(text("shards/journal.jsonl"), whole);
  ASSERT_EQ(run(kHill + "seed --seed 2").exit_code, 0);
  EXPECT_NE(text("seed/journal.jsonl"), whole);
  if (run("mpirun --version").exit_code != 0) GTEST_SKIP() << "no mpirun";
  const CommandResult ranks =
      run("OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -n 2 " + kHill + "ranks");
  EXPECT_EQ(ranks.exit_code, 0) << ranks.output;
  EXPECT_EQ(text("ranks/journal.jsonl"), whole);
}

TEST_F(Tune, AKilledRunGoesOnAndProposesWhatItWouldHave) {
  ASSERT_EQ(run(kHill + "all").exit_code, 0);
  const std::string whole = text("all/journal.jsonl");
  // A script that ends its caller, once, in the 13th trial.
  script("kills.sh", "./hill.sh \"$@\"\n[ $(wc -l < calls.txt) -eq 13 ] && kill -9 $PPID\nexit 0\n");
  file("kills.toml", "figure = \"/all/f\"\ncommand = [\"./kills.sh\", \"{x}\", \"{n}\", \"{kind}\"]", kSpace);
  fs::remove(*folder_ / "calls.txt");
  const std::string kills = "difftrack tune kills.toml --per-round 2 --threads 1 -q -o killed --trials ";
  EXPECT_NE(run(kills + "20").exit_code, 0);
  EXPECT_EQ(journal("killed").size(), 12U);  // whole rounds; every line can be read
  EXPECT_FALSE(fs::exists(*folder_ / "killed/best.json"));
  // What a power failure may leave of a trial: its last bytes are missing.
  const fs::path torn = *folder_ / "killed/tasks/round_00005/000001";
  ASSERT_TRUE(fs::exists(torn));
  fs::resize_file(torn, fs::file_size(torn) - 11);
  ASSERT_EQ(run(kills + "20").exit_code, 0);
  EXPECT_EQ(text("killed/journal.jsonl"), whole);
  EXPECT_EQ(calls(), 22U);  // 20, the one that was killed and the torn one once more
  // It may go on to more trials, and is not done anew.
  ASSERT_EQ(run(kills + "24").exit_code, 0);
  EXPECT_EQ(calls(), 26U);
  EXPECT_THAT(text("killed/journal.jsonl"), testing::StartsWith(whole));
  refused("kills.toml --per-round 3 -q -o killed", "holds results of other settings ('per_round = 2' there");
}

TEST_F(Tune, KnowsTheTrialsOfAnEarlierJournal) {
  ASSERT_EQ(run(kHill + "earlier").exit_code, 0);
  fs::remove(*folder_ / "calls.txt");
  const CommandResult more =
      run("difftrack tune hill.toml --trials 3 --restart-below 0 --known earlier/journal.jsonl -o later");
  EXPECT_THAT(more.output, HasSubstr("best of 23 trials"));
  EXPECT_EQ(calls(), 3U);
  for (const json& trial : journal("later")) EXPECT_GT(trial["figure"], 0.9);  // no Sobol set again
  std::ofstream(*folder_ / "torn.jsonl") << text("earlier/journal.jsonl") << "{\"setting\":{\"x\":0.5";
  const CommandResult torn =
      run("difftrack tune hill.toml --trials 3 --restart-below 0 --known torn.jsonl -q -o after_torn");
  EXPECT_EQ(torn.exit_code, 0);
  EXPECT_EQ(torn.output, "warning: torn.jsonl: line 21 is torn and left out\n");
  EXPECT_EQ(text("after_torn/journal.jsonl"), text("later/journal.jsonl"));
}

TEST_F(Tune, TrialsThatDieAreObservations) {
  file("dies.toml", "figure = \"/f\"\ncommand = [\"./dies.sh\", \"{x}\"]", "[space.x]\nlow = 0\nhigh = 1\n");
  const CommandResult done = run("difftrack tune dies.toml --trials 25 -q -o dies");
  ASSERT_EQ(done.exit_code, 0) << done.output;
  const auto trials = journal("dies");
  const auto died = [](const json& trial) { return trial["figure"].is_null(); };
  const auto dead = std::count_if(trials.begin(), trials.end(), died);
  EXPECT_GT(dead, 3);
  EXPECT_LT(dead, 15);  // half of the first ten, and few of those chosen
  const auto first = std::find_if(trials.begin(), trials.end(), died);
  EXPECT_EQ((*first)["failure"], "ended by signal 9");
  EXPECT_LT(json::parse(text("dies/best.json"))["setting"]["x"], 0.55);
  EXPECT_THAT(text("dies/tune.html"), HasSubstr("Failed trials"));
  EXPECT_EQ(text(fmt::format("dies/trials/{:05}_0/log.txt", first - trials.begin())), "too small\n");
}

TEST_F(Tune, BadTrialsAreStoppedByTheirCurve) {
  const std::string objective = "figure = \"/f\"\ncurve = \"/f\"\ncommand = [\"./curve.sh\", \"{x}\"]\nstop_after = ";
  const std::string space = "[space.x]\nlow = 0\nhigh = 1\n";
  file("curve.toml", objective + "4", space);
  file("patient.toml", objective + "0", space);
  ASSERT_EQ(run("difftrack tune curve.toml --trials 16 -q -o curve").exit_code, 0);
  ASSERT_EQ(run("difftrack tune patient.toml --trials 16 -q -o patient").exit_code, 0);
  std::size_t stopped = 0;
  for (const json& trial : journal("curve")) {
    const auto curve = trial["curve"].get<std::vector<double>>();
    if (!trial.value("stopped", false)) {
      EXPECT_EQ(curve.size(), 10U);
      continue;
    }
    ++stopped;
    EXPECT_GE(curve.size(), 4U);
    EXPECT_LT(curve.size(), 10U);
    EXPECT_EQ(trial["figure"], curve.back());
  }
  EXPECT_GT(stopped, 2U);
  for (const json& trial : journal("patient")) EXPECT_EQ(trial["curve"].size(), 10U);
  EXPECT_LT(json::parse(text("curve/best.json"))["setting"]["x"], 0.01);
  ASSERT_EQ(run("difftrack tune curve.toml --trials 16 -q -o again --threads 2").exit_code, 0);
  EXPECT_EQ(text("again/journal.jsonl"), text("curve/journal.jsonl"));
}

TEST_F(Tune, TheFigureStandsWhereThePointerSays) {
  script("report.sh", "echo \"[{\\\"f1\\\": {\\\"value\\\": $2}}]\" > $1/report.json; echo '{\"f1\": 7}'\n");
  const std::string space = "[space.x]\nlow = 1e-3\nhigh = 1\nlog = true\n";
  file("report.toml",
       "figure = \"/0/f1/value\"\nreport = \"report.json\"\ngoal = \"minimise\"\n"
       "command = [\"./report.sh\", \"{trial}\", \"{x}\"]",
       space);
  ASSERT_EQ(run("difftrack tune report.toml --trials 12 -q -o report").exit_code, 0);
  for (const json& trial : journal("report")) EXPECT_EQ(trial["figure"], trial["setting"]["x"]);
  EXPECT_LT(json::parse(text("report/best.json"))["figure"], 0.002);
}

TEST_F(Tune, ObjectivesThatNeverGiveANumberAreToldInOneSentence) {
  const std::string space = "[space.x]\nlow = 0\nhigh = 1\n";
  const auto objective = [&](const std::string& name, const std::string& command, const std::string& figure) {
    file(name + ".toml", "figure = \"" + figure + "\"\ncommand = " + command, space);
    return name + ".toml --first 3 -q -o " + name;
  };
  refused(objective("absent", "[\"./nothing\", \"{x}\"]", "/f"),
          "was no number in any of the first 3 trials; the first one: './nothing' cannot be started");
  refused(objective("silent", "[\"true\", \"{x}\"]", "/f"), "no JSON was printed");
  refused(objective("elsewhere", "[\"./hill.sh\", \"{x}\", \"3\", \"plain\"]", "/all/g"), "no number at /all/g");
  refused(objective("of_text", "[\"./hill.sh\", \"{x}\", \"3\", \"plain\"]", "/text"), "no number at /text");
  refused(objective("fails", "[\"false\", \"{x}\"]", "/f"), "exit code 1");
  for (const char* out : {"absent", "silent", "fails"}) {
    EXPECT_EQ(journal(out).size(), 3U);
    EXPECT_FALSE(fs::exists(*folder_ / (std::string(out) + "/best.json")));
    EXPECT_FALSE(fs::exists(*folder_ / (std::string(out) + "/tune.html")));
  }
}

TEST_F(Tune, BadFilesAreRefusedBeforeAnythingIsWritten) {
  const std::string good = "figure = \"/f\"\ncommand = [\"true\", \"{x}\"]", space = "[space.x]\nlow = 0\nhigh = 1\n";
  const auto bad = [&](const std::string& objective, const std::string& tables, const std::string& sentence,
                       const std::string& flags = "") {
    file("bad.toml", objective, tables);
    refused("bad.toml -q -o none " + flags, sentence);
    EXPECT_FALSE(fs::exists(*folder_ / "none")) << sentence;
  };
  bad(good, "[space]\n", "bad.toml: space: is empty; nothing could be tuned");
  bad(good, "", "a table [space]");
  bad(good, "[space.x]\nlow = 1\nhigh = 1\n", "is an empty range");
  bad(good, "[space.x]\nlow = 0\nhigh = 1\nlog = true\n", "is no logarithmic range");
  bad(good, "[space.x]\nlow = 0\n", "space.x.high: is missing");
  bad(good, "[space.x]\noptions = [\"a\"]\n", "needs two or more options");
  bad(good, "[space.x]\nlow = 0\nhight = 1\n", "did you mean 'high'");
  bad(good, space + "[space.y]\nlow = 0\nhigh = 1\n", "would have no effect");
  bad("figure = \"/f\"\ncommand = [\"true\", \"{x}\", \"{X}\"]", space, "did you mean {x}");
  bad("figure = \"f\"\ncommand = [\"true\", \"{x}\"]", space, "is no JSON pointer");
  bad("command = [\"true\", \"{x}\"]", space, "a JSON pointer such as");
  bad("figure = \"/f\"", space, "must be a list of texts");
  bad(good + "\nstop_after = 3", space, "is of no use without objective.curve");
  bad(good, space + "[tune]\nkappa = 1.0\n", "tune.kappa: is of no use without acquisition ucb");
  bad(good, space, "is of no use without acquisition noisy-ei", "--draws 3");
  bad(good, space, "is of no use without several settings a round", "--parallel peaks");
  bad(good, space + "[tune]\ntrial = 3\n", "did you mean 'trials'");
  refused("nowhere.toml -o none", "nowhere.toml");
  std::ofstream(*folder_ / "known.jsonl") << "{\"setting\":{\"x\":0.5,\"n\":12,\"kind\":\"plain\"},\"figure\":1}\n";
  std::ofstream(*folder_ / "other.jsonl") << "{\"setting\":{\"y\":0.5},\"figure\":1}\n";
  std::ofstream(*folder_ / "none.jsonl") << "hello\n";
  for (const auto& [name, sentence] : std::vector<std::pair<std::string, std::string>>{
           {"known", "known.jsonl: line 1: is of another space: n = 12 is out of its range"},
           {"other", "is of another space: it has no"},
           {"none", "is no trial of a journal"},
           {"missing", "cannot be read"}}) {
    refused("hill.toml -q -o none --known " + name + ".jsonl", sentence);
    EXPECT_FALSE(fs::exists(*folder_ / "none")) << name;
  }
}

// Every flag changes which settings are tried, or is known not to.
TEST_F(Tune, FlagsChangeWhatIsTried) {
  const std::string ucb = "--acquisition ucb", noisy = "--acquisition noisy-ei", fixed = "--noise fixed";
  const std::string lazy = "--eager 0",
                    surprised =
                        "--eager 0 --lag 1000 --known flat.jsonl";  // the first trials seem to say that nothing matters
  const std::vector<Effect> effects{{"--trials 17"},
                                    {"--per-round 3"},
                                    {ucb},
                                    {"--parallel peaks", "--per-round 3"},
                                    {"--first 5"},
                                    {"--kappa 0.2", ucb},
                                    {"--draws 2", noisy},
                                    {"--starts 2"},
                                    {"--climbs 1", "--starts 2"},
                                    {"--climb-steps 1"},
                                    {"--seed 3"},
                                    {"--kernel matern32"},
                                    {fixed},
                                    {"--noise-variance 0.3", fixed},
                                    {"--mean 2"},
                                    {"--lag 2", lazy},
                                    {"--eager 0"},
                                    {"--evidence-drop 1e6", surprised},
                                    {"--restart-below 0.5"},
                                    {"--restarts 0"},
                                    {"--fit-steps 1"},
                                    {"--length-median 0.05"},
                                    {"--length-spread 0.01"},
                                    {"--known earlier.jsonl"}};
  std::ofstream(*folder_ / "earlier.jsonl") << "{\"setting\":{\"x\":0.5,\"n\":2,\"kind\":\"plain\"},\"figure\":0.7}\n";
  std::ofstream flat(*folder_ / "flat.jsonl");
  for (int i = 1; i <= 8; ++i)
    flat << fmt::format("{{\"setting\":{{\"x\":0.{},\"n\":2,\"kind\":\"plain\"}},\"figure\":0.7}}\n", i);
  flat.close();
  file("flags.toml", "figure = \"/all/f\"\ncommand = [\"./hill.sh\", \"{x}\", \"{n}\", \"{kind}\"]", kSpace,
       "[tune]\nfirst = 8\ntrials = 16\n");
  check("tune", effects, {{"--threads 2"}}, {"out", "quiet", "shard"}, [](const std::string& options) {
    const CommandResult result = run("rm -rf flag && difftrack tune flags.toml -q -o flag " + options);
    return result.exit_code != 0 ? result.output : text("flag/journal.jsonl");
  });
}

}  // namespace
}  // namespace difftrack::apps
