// SPDX-License-Identifier: Apache-2.0
// What a user sees of a program besides its results: errors with a way out, progress, colours, the state of the
// machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/cli/progress_bar.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::apps {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Terminal : public testing::Test {
 protected:
  CommandResult run(const std::string& command) const { return run_command("cd " + path("") + " && " + command); }
  std::string path(const std::string& name) const { return folder_ / name; }

  /// The same on a terminal, as `script` of util-linux makes one; standard error goes there, too.
  CommandResult on_terminal(const std::string& command, const std::string& variables = "") const {
    return run("TERM=xterm " + variables + " script -qec '" + command + "' /dev/null < /dev/null");
  }

  core::TemporaryFolder folder_;
};

TEST_F(Terminal, UnknownOptionProposesTheNearestOfItsCommand) {
  const auto wrong = [&](const std::string& command) {
    const CommandResult result = run(command);
    EXPECT_EQ(result.exit_code, 2) << command;
    return result.output;
  };
  EXPECT_EQ(
      wrong("difftrack simulate --primarys 10 -o s.npz"),
      "difftrack: error: '--primarys' is no option of difftrack simulate; did you mean '--primaries'? (see difftrack "
      "simulate --help)\n");
  // Also where an option that is needed is missing for it, with a value behind '=', and of a negated flag.
  EXPECT_THAT(wrong("difftrack simulate --ouput s.npz"), HasSubstr("did you mean '--output'?"));
  EXPECT_THAT(wrong("difftrack reconstruct s.npz --per-fram=10"), HasSubstr("'--per-fram' is no option of"));
  EXPECT_THAT(wrong("difftrack reconstruct s.npz --no-fold-electron"),
              HasSubstr("did you mean '--no-fold-electrons'?"));
  EXPECT_THAT(wrong("difftrack physics --primarie 10"), HasSubstr("did you mean '--primaries'?"));
  EXPECT_THAT(wrong("difftrack simulate -o s.npz stray"), HasSubstr("stray"));
  EXPECT_THAT(wrong("difftrack --vers"), HasSubstr("did you mean '--version'?"));
}

TEST_F(Terminal, ErrorsAreRedWhereColourIsWanted) {
  const std::string command = "difftrack evaluate none.npz";
  EXPECT_THAT(on_terminal(command).output, HasSubstr("difftrack: \033[31merror:\033[0m none.npz"));
  EXPECT_THAT(on_terminal(command, "NO_COLOR=").output, HasSubstr("\033[31m"));
  EXPECT_THAT(on_terminal(command, "NO_COLOR=1").output, HasSubstr("difftrack: error: none.npz"));
  EXPECT_THAT(on_terminal("TERM=dumb " + command).output, HasSubstr("difftrack: error: none.npz"));
  EXPECT_THAT(run("TERM=xterm " + command).output, StartsWith("difftrack: error: none.npz"));
}

TEST_F(Terminal, ProgressIsABarOnATerminalAndPlainLinesElsewhere) {
  const std::string command = "difftrack simulate --primaries 300 --seed 1 -o s.npz";
  const std::string log = run(command).output;
  EXPECT_THAT(log, ContainsRegex("^100 %  300/300 protons  .*in 0:[0-9][0-9]\n"));
  EXPECT_THAT(log, Not(HasSubstr("\r")));
  EXPECT_THAT(log, Not(HasSubstr("[=")));
  EXPECT_THAT(on_terminal(command).output, HasSubstr("\r\033[K[====================] 100 %  300/300 protons"));
}

TEST(ProgressLine, TellsTheTimeLeftFromTheRateOfThisRun) {
  // 40 done in 20 s since the run began at 10: 1.5 a second, 60 to go.
  EXPECT_EQ(cli::progress_line({40, 100, "loss 0.2"}, "steps", 10, 20.0, false),
            " 40 %  40/100 steps  1.50/s  0:40 left  loss 0.2");
  EXPECT_EQ(cli::progress_line({40, 100, ""}, "steps", 10, 20.0, true),
            "[========            ]  40 %  40/100 steps  1.50/s  0:40 left");
  EXPECT_EQ(cli::progress_line({7200, 0, ""}, "rows", 0, 2.0, true), "7200 rows  3600/s");
  EXPECT_EQ(cli::progress_line({5, 5, ""}, "frames", 0, 3725.0, false), "100 %  5/5 frames  in 1:02:05");
}

TEST_F(Terminal, DoctorTellsWhereThingsComeFrom) {
  const CommandResult result = run("difftrack doctor --json d.json");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("nothing is missing"));
  const auto facts = nlohmann::json::parse(std::ifstream(path("d.json")));
  EXPECT_EQ("difftrack " + facts.at("version").get<std::string>() + "\n", run("difftrack --version").output);
  for (const std::string kind : {"detectors", "models", "likelihoods"}) {
    ASSERT_EQ(facts.at(kind).size(), 1U) << kind;
    const auto& [folder, names] = *facts.at(kind).items().begin();
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(folder) /
                                        ("bergen-dtc" + std::string(kind == "detectors" ? ".toml" : ".safetensors"))));
    EXPECT_THAT(result.output, HasSubstr(folder));
    EXPECT_EQ(names.at(0), "bergen-dtc");
  }
  EXPECT_THAT(result.output, HasSubstr(facts.at("simd").get<std::string>()));
  EXPECT_EQ(facts.at("emulators").items().begin().value().at(0), "m7");
  EXPECT_TRUE(facts.at("problems").empty());
}

TEST_F(Terminal, FilesSayTheVersionThatWroteThem) {
  const std::string version = run("difftrack --version").output.substr(std::string("difftrack ").size());
  run("difftrack simulate -q --primaries 50 --seed 1 -o s.npz && difftrack reconstruct -q s.npz --per-frame 10 -o t && "
      "difftrack show t.npz -o t.html && difftrack report t.npz -o r.html && difftrack fit-likelihood -q s.npz -o "
      "l.safetensors");
  EXPECT_EQ(run("python3 -c \"import zipfile; print(zipfile.ZipFile('s.npz').read('difftrack.npy')[128:]"
                ".decode())\"")
                .output,
            version);
  EXPECT_EQ(run("python3 -c \"import zipfile, json; z = zipfile.ZipFile('t.npz').read('meta.npy');"
                "print(json.loads(z[128:].decode())['difftrack'])\"")
                .output,
            version);
  const std::string number = version.substr(0, version.size() - 1);
  for (const std::string file : {"t.html", "r.html", "l.safetensors"})
    EXPECT_EQ(run("grep -c -m1 -F '" + number + "' " + file).output, "1\n") << file;
}

TEST_F(Terminal, DoctorHeedsTheEnvironmentAndFailsWhereItIsWrong) {
  run("OMP_NUM_THREADS=3 difftrack doctor --json d.json");
  EXPECT_EQ(nlohmann::json::parse(std::ifstream(path("d.json"))).at("threads"), 3);
  std::filesystem::create_directories(path("own/detectors"));
  std::filesystem::copy(paths::source() + "/detectors/bergen-dtc.toml", path("own/detectors/mine.toml"));
  const CommandResult own = run("DIFFTRACK_DATA=" + path("own") + " difftrack doctor");
  EXPECT_EQ(own.exit_code, 0) << own.output;
  EXPECT_THAT(own.output, HasSubstr("mine in " + path("own/detectors")));
  const CommandResult wrong = run("DIFFTRACK_DATA=nowhere difftrack doctor");
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.output, HasSubstr("problem: DIFFTRACK_DATA = 'nowhere': is no folder; name one or unset it"));
}

}  // namespace
}  // namespace difftrack::apps
