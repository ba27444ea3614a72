// SPDX-License-Identifier: Apache-2.0
// What `difftrack reconstruct` says to the user beside its files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "difftrack/event/io/tracks_file.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::apps {
namespace {

namespace fs = std::filesystem;

class ReconstructCommand : public testing::Test {
 protected:
  void SetUp() override {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::path(testing::TempDir()) / ("difftrack_reconstruct_" + test + std::to_string(getpid()));
    fs::create_directories(folder_);
    const auto made = run("difftrack simulate -q --phantom water:100 --primaries 30 -o steps.npz");
    ASSERT_EQ(made.exit_code, 0) << made.output;
  }
  void TearDown() override { fs::remove_all(folder_); }

  CommandResult run(const std::string& command) const {
    return run_command("cd " + folder_.string() + " && " + command);
  }

  fs::path folder_;
};

TEST_F(ReconstructCommand, WarnsWhenTheModelKnowsHitsOfAnotherKind) {
  const auto merged = run("difftrack reconstruct steps.npz --method network");
  EXPECT_EQ(merged.exit_code, 0);
  EXPECT_THAT(merged.output, testing::Not(testing::HasSubstr("warning"))) << merged.output;
  const auto pixels = run("difftrack reconstruct steps.npz --hits pixels --method network");
  EXPECT_EQ(pixels.exit_code, 0);
  EXPECT_THAT(pixels.output,
              testing::HasSubstr("the model was trained on merged hits, but 1 of the input files gave pixel ones"));
  const auto other = run("difftrack reconstruct steps.npz --model groningen-w");
  EXPECT_EQ(other.exit_code, 0);
  EXPECT_THAT(other.output,
              testing::HasSubstr("the model was trained on pixel hits, but 1 of the input files gave merged ones"));
  EXPECT_THAT(other.output, testing::HasSubstr("the model was trained for detector 'groningen-w', but the hits are"));
  const auto none = run("difftrack reconstruct steps.npz --hits pixels --method follower");
  EXPECT_THAT(none.output, testing::Not(testing::HasSubstr("warning"))) << none.output;
}

// The rotation of the phantom goes from the simulation, or the command line, into the table of frames.
TEST_F(ReconstructCommand, RotationOfThePhantomIsRecorded) {
  const auto rotation = [&](const std::string& name) {
    event::TracksReader reader((folder_ / name).string());
    event::RecordedFrame recorded;
    EXPECT_TRUE(reader.next(recorded));
    return recorded.frame.has_rotation ? recorded.frame.rotation : -1.0F;
  };
  const std::string simulate = "difftrack simulate -q --phantom ctp404 --primaries 30 -o turned.npz";
  const std::string reconstruct = "difftrack reconstruct --method follower ";
  ASSERT_EQ(run(reconstruct + "steps.npz").exit_code, 0);
  EXPECT_EQ(rotation("tracks.npz"), -1.0F);
  ASSERT_EQ(run(reconstruct + "steps.npz --rotation 30deg").exit_code, 0);
  EXPECT_FLOAT_EQ(rotation("tracks.npz"), 0.5235988F);
  ASSERT_EQ(run(simulate + " --rotation 0 && " + reconstruct + "turned.npz").exit_code, 0);
  EXPECT_EQ(rotation("tracks.npz"), 0.0F);
  ASSERT_EQ(run(simulate + " --rotation 90deg && " + reconstruct + "turned.npz").exit_code, 0);
  EXPECT_FLOAT_EQ(rotation("tracks.npz"), 1.5707963F);
  const auto other = run(reconstruct + "turned.npz --rotation 1.5rad");
  EXPECT_THAT(other.output, testing::HasSubstr("note: turned.npz: column rotation is left out: the rotation is given"));
  EXPECT_EQ(rotation("tracks.npz"), 1.5F);
}

// The point of a network: with it physics is better than without, and better than the network alone.
TEST_F(ReconstructCommand, CombinedHasFewerErrorsThanNetworkAndPhysicsAlone) {
  ASSERT_EQ(run("difftrack simulate -q --phantom water:100 --primaries 3000 --seed 77 -o test.npz").exit_code, 0);
  const auto figures = [&](const std::string& options) {
    const auto done = run("difftrack reconstruct -q test.npz --per-frame 100 -o t " + options +
                          " && difftrack evaluate t.npz --json m.json");
    EXPECT_EQ(done.exit_code, 0) << done.output;
    return nlohmann::json::parse(std::ifstream(folder_ / "m.json")).at(0);
  };
  const auto value = [](const nlohmann::json& row, const char* key) { return row.at(key).at("value").get<double>(); };
  const auto combined = figures("--method combined");
  const double purity = value(combined, "strict_purity"), efficiency = value(combined, "strict_efficiency");
  EXPECT_NEAR(combined.at("strict_f1").get<double>(), 2.0 / (1.0 / purity + 1.0 / efficiency), 1e-12);
  EXPECT_THAT(run("difftrack evaluate t.npz").output, testing::HasSubstr("bergen-dtc + physics"));
  const auto physics = figures("--method physics"), network = figures("--method network");
  for (const char* key : {"published_purity", "published_efficiency", "strict_purity", "strict_efficiency"})
    EXPECT_GT(value(combined, key), value(physics, key)) << key;
  for (const char* key : {"published_purity", "published_efficiency", "strict_efficiency"})
    EXPECT_GT(value(combined, key), value(network, key)) << key;
}

TEST_F(ReconstructCommand, FreeAssignmentTakesTheModelsOwnCostUnlessOneIsGiven) {
  ASSERT_EQ(run("difftrack simulate -q --phantom water:100 --primaries 600 --seed 78 -o test.npz").exit_code, 0);
  const auto tracks = [&](const std::string& options) {
    const auto done =
        run("difftrack reconstruct -q test.npz --per-frame 100 --method network -o t " + options + " && cat t.csv");
    EXPECT_EQ(done.exit_code, 0) << done.output;
    return done.output;
  };
  const std::string own = tracks("");
  EXPECT_EQ(tracks("--mode free"), own);
  EXPECT_NE(tracks("--mode free --unassigned-cost 0.3"), own);
  EXPECT_NE(tracks("--mode forced"), own);
}

TEST_F(ReconstructCommand, OptionsThatAMethodHasNoUseForAreRefused) {
  for (const std::string options :
       {"--method physics --mode forced", "--method combined --unassigned-cost 0.3", "--method physics --min-score 0.5",
        "--method follower --model bergen-dtc", "--method network --beam-energy 250",
        "--method physics --max-score 0.1", "--method network --mode forced --unassigned-cost 0.2", "--mode forced",
        "--method joint --mode free", "--method network --rounds 1", "--method oracle --unassigned-cost 0.2",
        "--method policy --min-confidence 0.9"}) {
    const auto refused = run("difftrack reconstruct steps.npz -o refused " + options);
    EXPECT_EQ(refused.exit_code, 2) << options;
    EXPECT_THAT(refused.output, testing::HasSubstr("is of no use to --m")) << refused.output;
  }
  const auto other = run("difftrack reconstruct steps.npz -o refused --method joint --model bergen-dtc");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output, testing::HasSubstr("was not trained beside a joint decision"));
  EXPECT_FALSE(fs::exists(folder_ / "refused.npz"));
}

// What is said nothing about is decided as well as it can be; the published way is one flag away, and a model means it.
TEST_F(ReconstructCommand, DecidesJointlyUnlessToldOtherwise) {
  const auto tracks = [&](const std::string& options) {
    const auto done = run("difftrack reconstruct -q steps.npz -o t " + options + " && cat t.csv");
    EXPECT_EQ(done.exit_code, 0) << done.output;
    return done.output;
  };
  const std::string joint = tracks("");
  EXPECT_EQ(tracks("--method joint"), joint);
  EXPECT_THAT(joint, testing::HasSubstr(",track_confidence"));
  const std::string network = tracks("--method network");
  EXPECT_THAT(network, testing::Not(testing::HasSubstr("confidence")));
  EXPECT_EQ(tracks("--model bergen-dtc"), network);
  EXPECT_EQ(run("sed 's/^name = .*/name = \"mine\"/' " + paths::source() + "/detectors/bergen-dtc.toml > mine.toml")
                .exit_code,
            0);
  const auto unknown = run("difftrack reconstruct steps.npz --detector mine.toml -o mine");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.output,
              testing::HasSubstr("none ships for detector 'mine'; 'difftrack fit-likelihood' makes one"));
}

TEST_F(ReconstructCommand, HeliumIsToldAndFoundBetterThanByPhysics) {
  ASSERT_EQ(run("difftrack simulate --particle helium -q --primaries 1000 --seed 12 -o helium.npz").exit_code, 0);
  const auto untold = run("difftrack reconstruct helium.npz -o h");
  EXPECT_EQ(untold.exit_code, 2);
  EXPECT_THAT(untold.output,
              testing::HasSubstr("the primaries are helium by their PDG code 1000020040; say --particle helium"));
  const auto wrong = run("difftrack reconstruct helium.npz -o h --particle helium --likelihood bergen-dtc");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.output, testing::HasSubstr("particle = 'proton': but the beam is said to be of helium"));
  EXPECT_EQ(run("difftrack reconstruct steps.npz -o h --particle helium").exit_code, 2);
  const auto none = run("difftrack reconstruct helium.npz -o h --particle helium --detector gate-3mm-al");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.output, testing::HasSubstr("none ships for helium and detector 'gate-3mm-al'"));
  std::map<std::string, double> f1;
  for (const std::string method : {"joint", "physics"}) {
    ASSERT_EQ(run("difftrack reconstruct -q helium.npz --particle helium --method " + method + " -o h").exit_code, 0);
    ASSERT_EQ(run("difftrack evaluate h.npz --json h.json").exit_code, 0);
    f1[method] = nlohmann::json::parse(std::ifstream(folder_ / "h.json"))[0]["strict_f1"];
  }
  EXPECT_GT(f1["joint"], 0.87);  // 0.911 on 6,000 (docs/joint.md)
  EXPECT_LT(f1["physics"], f1["joint"] - 0.05);
}

// A pencil beam at the edge of a phantom: half of the protons go on 100 mm further than the others.
TEST_F(ReconstructCommand, ProtonsOfTwoRangesInOneFrameAreBothKept) {
  ASSERT_EQ(run("difftrack simulate -q --phantom step:100 --primaries 1000 --seed 13 -o step.npz").exit_code, 0);
  ASSERT_EQ(run("difftrack reconstruct -q step.npz --per-frame 100 -o two").exit_code, 0);
  ASSERT_EQ(run("difftrack evaluate two.npz --json two.json").exit_code, 0);
  const auto report = nlohmann::json::parse(std::ifstream(folder_ / "two.json"))[0];
  EXPECT_GT(report["strict_efficiency"]["value"], 0.85);  // .47 where all are judged by the frame's range
  EXPECT_GT(report["strict_purity"]["value"], 0.93);
}

TEST_F(ReconstructCommand, StoppedBySignalLeavesNothing) {
  ASSERT_EQ(run("difftrack simulate -q --phantom water:100 --primaries 3000 -o many.npz").exit_code, 0);
  const auto count = [&] { return std::distance(fs::directory_iterator(folder_), {}); };
  const auto before = count();
  const auto stopped =
      run("(difftrack reconstruct -q many.npz --per-frame 100 --threads 1 --write-graph -o stopped & p=$!; "
          "until [ -e stopped.npz.$p.part ]; do sleep 0.01; done; kill -TERM $p; wait $p)");
  ASSERT_EQ(stopped.exit_code, 128 + SIGTERM) << "it ended before it could be stopped";
  EXPECT_EQ(count(), before);
}

TEST_F(ReconstructCommand, StandardOutputGetsTheCsvAlone) {
  ASSERT_EQ(run("difftrack reconstruct -q steps.npz -o t").exit_code, 0);
  const auto entries = [&] { return std::distance(fs::directory_iterator(folder_), {}); };
  const auto before = entries();
  const auto summary = run("(difftrack reconstruct steps.npz -o - | cmp - t.csv)");
  EXPECT_EQ(summary.exit_code, 0) << summary.output;
  EXPECT_THAT(summary.output, testing::HasSubstr("standard output: ")) << "the summary goes to standard error";
  EXPECT_EQ(entries(), before);
}

TEST_F(ReconstructCommand, AClosedPipeEndsItQuietly) {
  ASSERT_EQ(run("difftrack simulate -q --phantom water:100 --primaries 600 -o many.npz").exit_code, 0);
  const std::string header = "track,frame,order,hit,layer,x_mm,y_mm,z_mm,edep_MeV,score,event,primary\n";
  for (const std::string signal : {"", "trap '' PIPE; "}) {  // ended by the signal, and where it is ignored
    const auto piped =
        run(signal + "((difftrack reconstruct -q many.npz --method follower -o -; echo ended $? >&2) | head -1)");
    EXPECT_EQ(piped.output.size(), header.size() + 10) << piped.output;
    EXPECT_THAT(piped.output, testing::HasSubstr(header));
    EXPECT_THAT(piped.output, testing::HasSubstr("ended " + std::to_string(128 + SIGPIPE)));
  }
  const auto full = run("(difftrack reconstruct -q many.npz --method follower -o - > /dev/full)");
  EXPECT_EQ(full.exit_code, 2);
  EXPECT_THAT(full.output, testing::HasSubstr("standard output: cannot be written: No space left"));
  const auto lost = run("(difftrack inspect many.npz > /dev/full)");
  EXPECT_EQ(lost.exit_code, 1);
  EXPECT_THAT(lost.output, testing::HasSubstr("error: standard output: No space left"));
}

TEST_F(ReconstructCommand, TakesFoldersPatternsAndListsAndNoFileTwice) {
  ASSERT_EQ(run("mkdir run && cp steps.npz run/b.npz && difftrack simulate -q --primaries 20 --seed 9 -o run/a.npz && "
                "printf '# the run\nrun\n' > list.txt")
                .exit_code,
            0);
  const std::string reconstruct = "difftrack reconstruct -q --method follower ";
  ASSERT_EQ(run(reconstruct + "run/a.npz run/b.npz -o named").exit_code, 0);
  for (const std::string input : {"run", "'run/[ab]*.npz'", "--files-from list.txt", "run/a.npz 'run/b*'"}) {
    const auto same = run(reconstruct + input + " -o run/t && cmp named.csv run/t.csv");  // run/t.npz is no input later
    EXPECT_EQ(same.exit_code, 0) << input << ": " << same.output;
  }
  EXPECT_EQ(run("difftrack evaluate run | grep -c follower").output, "2\n");  // run/t.npz, of two sources
  const auto twice = run(reconstruct + "run run/a.npz -o twice");
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.output, testing::HasSubstr("run/a.npz: is named twice; it would count twice"));
}

TEST_F(ReconstructCommand, TheTrackFiltersCutsAreToldAndNormalOnesWithoutWarning) {
  ASSERT_EQ(run("difftrack simulate -q --phantom water:100 --primaries 600 --seed 80 -o test.npz").exit_code, 0);
  for (const std::string method : {"network", "physics", "combined", "follower", "straightness"}) {
    const auto told = run("difftrack reconstruct test.npz --per-frame 150 --method " + method);
    EXPECT_EQ(told.exit_code, 0);
    EXPECT_THAT(told.output, testing::HasSubstr("chains dropped: fewer than 5 hits"));
    EXPECT_THAT(told.output, testing::HasSubstr("chains dropped: last hit not above 0.0625 MeV"));
    EXPECT_THAT(told.output, testing::Not(testing::HasSubstr("warning"))) << method << ": " << told.output;
  }
}

TEST_F(ReconstructCommand, OracleNeedsTruth) {
  ASSERT_EQ(run("difftrack reconstruct -q steps.npz --method oracle --mode free -o oracle").exit_code, 0);
  const auto table = run("difftrack evaluate oracle.npz");
  EXPECT_THAT(table.output, testing::HasSubstr("oracle (free)"));
  ASSERT_EQ(
      run("printf 'frame,x,y,layer\\n0,100,100,0\\n0,101,100,0\\n0,100,100,1\\n0,101,100,1\\n' > pixels.csv").exit_code,
      0);
  const auto no_truth = run("difftrack reconstruct pixels.csv --method oracle -o none");
  EXPECT_EQ(no_truth.exit_code, 2);
  EXPECT_THAT(no_truth.output, testing::HasSubstr("truth")) << no_truth.output;
  EXPECT_FALSE(fs::exists(folder_ / "none.npz"));
}

}  // namespace
}  // namespace difftrack::apps
