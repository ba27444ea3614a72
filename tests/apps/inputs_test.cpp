// SPDX-License-Identifier: Apache-2.0
// Files as users bring them, through the program: one sample of simulated protons in many shapes gives the same tracks.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "difftrack/event/io/read_table.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::apps {
namespace {

using ::testing::HasSubstr;

/// One row of the sample.
struct Row {
  int run;
  std::int64_t event;
  int track, parent, pdg, level1, level2;
  double x, y, z, edep;
};

class Inputs : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new core::TemporaryFolder;
    ASSERT_EQ(
        run("difftrack simulate --phantom water:100 --primaries 300 --seed 5 -q -o " + path("steps.npz")).exit_code, 0);
    const event::Table table = event::read_table(path("steps.npz"));
    const auto whole = [&](const char* name, std::size_t i) { return static_cast<int>(table.at(name).number(i)); };
    for (std::size_t i = 0; i < table.rows(); ++i)
      rows_.push_back({0, whole("eventID", i), whole("trackID", i), whole("parentID", i), whole("PDGEncoding", i),
                       whole("level1ID", i), whole("level2ID", i), table.at("posX").number(i),
                       table.at("posY").number(i), table.at("posZ").number(i), table.at("edep").number(i)});
    expected_ = tracks("steps.npz");
    ASSERT_GT(std::count(expected_.begin(), expected_.end(), '\n'), 2000);
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string path(const std::string& name) { return *folder_ / name; }
  static CommandResult run(const std::string& command) { return run_command(command); }
  static CommandResult reconstruct(const std::string& file, const std::string& options = "") {
    return run("difftrack reconstruct " + path(file) + " --per-frame 50 -o " + path("out") + " " + options);
  }
  /// The tracks of a file as CSV.
  static std::string tracks(const std::string& file, const std::string& options = "") {
    const CommandResult result = reconstruct(file, options);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return event::content_of(path("out.csv"));
  }
  static std::string gate(const std::vector<Row>& rows, bool with_run = false, double length = 1.0) {
    std::string text = "eventID,trackID,parentID,PDGEncoding,level1ID,level2ID,posX,posY,posZ,edep";
    text += with_run ? ",runID\n" : "\n";
    for (const Row& r : rows) {
      text += fmt::format("{},{},{},{},{},{},{},{},{},{}", r.event, r.track, r.parent, r.pdg, r.level1, r.level2,
                          length * r.x, length * r.y, length * r.z, r.edep);
      text += with_run ? fmt::format(",{}\n", r.run) : "\n";
    }
    return text;
  }
  static void write(const std::string& name, const std::string& text) { std::ofstream(path(name)) << text; }
  /// Two jobs one after the other: events from 150 on are numbered from 0 again.
  static std::vector<Row> two_jobs() {
    std::vector<Row> rows = rows_;
    for (Row& row : rows) {
      row.run = row.event < 150 ? 0 : 1;
      row.event %= 150;
    }
    return rows;
  }

  static core::TemporaryFolder* folder_;
  static std::vector<Row> rows_;
  static std::string expected_;
};

core::TemporaryFolder* Inputs::folder_ = nullptr;
std::vector<Row> Inputs::rows_;
std::string Inputs::expected_;

TEST_F(Inputs, TextGivesTheTracksOfTheArray) {
  write("plain.csv", gate(rows_));
  EXPECT_EQ(tracks("plain.csv"), expected_);
  ASSERT_EQ(run("gzip -kf " + path("plain.csv")).exit_code, 0);
  EXPECT_EQ(tracks("plain.csv.gz"), expected_);
}

TEST_F(Inputs, ThreadsThatWroteInTurnGiveTheTracksOfTheFileInOrder) {
  std::vector<Row> rows = rows_;
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.event % 4 < b.event % 4; });
  write("threads.csv", gate(rows));
  EXPECT_EQ(tracks("threads.csv"), expected_);
  EXPECT_THAT(reconstruct("threads.csv").output,
              HasSubstr("note: " + path("threads.csv") + ": events are not in order"));
  const CommandResult piped = run("difftrack reconstruct -q --per-frame 50 -o - " + path("threads.csv"));
  EXPECT_EQ(piped.output, expected_);
}

TEST_F(Inputs, JobsAreKeptApartWithAndWithoutARun) {
  std::vector<Row> rows = two_jobs();
  write("appended.csv", gate(rows));
  write("runs.csv", gate(rows, true));
  const CommandResult appended = reconstruct("appended.csv");
  EXPECT_THAT(appended.output, HasSubstr("read as 2 jobs one after the other"));
  const auto tracks_in = [&](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  EXPECT_EQ(tracks_in(tracks("appended.csv")), tracks_in(tracks("runs.csv")));
  // The frames are those of the jobs apart.
  std::vector<Row> first, second;
  for (const Row& row : rows) (row.run == 0 ? first : second).push_back(row);
  write("first.csv", gate(first));
  write("second.csv", gate(second));
  const CommandResult apart = run("difftrack reconstruct " + path("first.csv") + " " + path("second.csv") +
                                  " --per-frame 50 -o " + path("apart"));
  ASSERT_EQ(apart.exit_code, 0) << apart.output;
  EXPECT_EQ(tracks_in(event::content_of(path("apart.csv"))), tracks_in(tracks("runs.csv")));
  // Sorted by the number alone, as merging tools do: the run tells them apart, and without it they are refused.
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.event < b.event; });
  write("sorted.csv", gate(rows, true));
  EXPECT_EQ(tracks("sorted.csv"), tracks("runs.csv"));
  write("lost.csv", gate(rows));
  const CommandResult refused = reconstruct("lost.csv");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.output, HasSubstr("of the events hold more than one primary"));
}

TEST_F(Inputs, UnitsAreRefusedWithTheOptionThatReadsThem) {
  write("cm.csv", gate(rows_, false, 0.1));
  const CommandResult refused = reconstruct("cm.csv");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.output, HasSubstr("this looks like positions in cm; add --length-unit cm"));
  const std::string right = tracks("cm.csv", "--length-unit cm");
  EXPECT_EQ(std::count(right.begin(), right.end(), '\n'), std::count(expected_.begin(), expected_.end(), '\n'));
  const CommandResult inspected = run("difftrack inspect " + path("cm.csv"));
  EXPECT_EQ(inspected.exit_code, 0);
  EXPECT_THAT(inspected.output, HasSubstr("difftrack reconstruct " + path("cm.csv") + " --length-unit cm -o tracks"));
  EXPECT_THAT(inspected.output, HasSubstr("4 "));  // the table of layers is that of the file read right
  EXPECT_EQ(reconstruct("cm.csv", "--force").exit_code, 0);
}

TEST_F(Inputs, Gate10NamesWithoutALayerAreKnown) {
  std::string text =
      "EventID,TrackID,ParentID,PDGCode,PrePosition_X,PrePosition_Y,PrePosition_Z,PostPosition_X,"
      "PostPosition_Y,PostPosition_Z,TotalEnergyDeposit,RunID\n";
  for (const Row& r : rows_)
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},0\n", r.event, r.track, r.parent, r.pdg, r.x, r.y, r.z - 0.01,
                        r.x, r.y, r.z + 0.01, r.edep);
  write("gate10.csv", text);
  const std::string found = tracks("gate10.csv");
  EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), std::count(expected_.begin(), expected_.end(), '\n'));
}

TEST_F(Inputs, TextWithoutNamesGetsThemFromTheLine) {
  std::string text;
  for (const Row& r : rows_)
    text += fmt::format("0  {}  {}  {}  {}  {}  {}  {}  {}  {}\n", r.event, r.track, r.parent, r.level1, r.level2, r.x,
                        r.y, r.z, r.edep);
  write("bare.dat", text);
  const CommandResult refused = reconstruct("bare.dat");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.output, HasSubstr("--columns"));
  const std::string names = "--columns=-,eventID,trackID,parentID,level1ID,level2ID,posX,posY,posZ,edep";
  const std::string found = tracks("bare.dat", names + " --no-fold-electrons");
  EXPECT_EQ(found, tracks("steps.npz", "--no-fold-electrons"));
}

TEST_F(Inputs, FramesOfTime) {
  const CommandResult result =
      run("difftrack reconstruct " + path("steps.npz") + " --frame-time 5us -o " + path("timed"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("a rate (--rate) draws them"));
  const CommandResult clash = reconstruct("steps.npz", "--frame-time 5us --rate 10MHz");
  EXPECT_EQ(clash.exit_code, 2);  // this command has --per-frame, too
  EXPECT_THAT(clash.output, HasSubstr("--per-frame = '50': is of no use to --frame-time"));
  const std::string command =
      "difftrack reconstruct " + path("steps.npz") + " --frame-time 5us --rate 10MHz -q -o " + path("timed");
  ASSERT_EQ(run(command).exit_code, 0);
  const CommandResult evaluated = run("difftrack evaluate " + path("timed.npz"));
  EXPECT_EQ(evaluated.exit_code, 0);
  EXPECT_THAT(evaluated.output, ::testing::ContainsRegex("joint +[34][0-9]\\.[0-9] +[67] "));
}

TEST_F(Inputs, OptionsWithoutEffectAreRefused) {
  const CommandResult result = reconstruct("steps.npz", "--drop-repeats");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("drop_repeats: is of no use to a file of steps"));
  const CommandResult unit = reconstruct("steps.npz", "--length-unit furlong");
  EXPECT_EQ(unit.exit_code, 2);
  EXPECT_THAT(unit.output, HasSubstr("--length-unit = 'furlong': is no choice; did you mean"));
}

}  // namespace
}  // namespace difftrack::apps
