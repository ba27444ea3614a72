// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/plausibility.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "tests/detector/test_steps.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using event::Table;
using ::testing::HasSubstr;

/// A file that differs from what the description says in one way, and the options that read it right.
struct Case {
  std::string name;
  double length = 1.0, energy = 1.0;    // the file's numbers are these times mm, MeV
  std::array<int, 3> axis = {1, 2, 3};  // its columns x, y, z hold these axes; negative: the opposite
  std::string flags;
};

class Plausible : public ::testing::TestWithParam<Case> {
 protected:
  std::string text(bool with_layers) const {
    const Case& c = GetParam();
    std::string result = with_layers ? "eventID,x,y,z,edep,layer\n" : "eventID,x,y,z,edep\n";
    for (const TestStep& s : test_run(detector_, 0, 0, 60, 12)) {
      const std::array<double, 3> at = {s.x, s.y, s.z};
      result += fmt::format("{}", s.event);
      for (const int a : c.axis)
        result += fmt::format(",{}", c.length * (a < 0 ? -1.0 : 1.0) * at[static_cast<std::size_t>(std::abs(a)) - 1]);
      result +=
          with_layers ? fmt::format(",{},{}\n", c.energy * s.edep, s.layer) : fmt::format(",{}\n", c.energy * s.edep);
    }
    return result;
  }
  /// What is suspicious, as flags; then the file read with these, against the truth.
  void check(bool with_layers) {
    const Table table = event::read_table(event::file_of(text(with_layers), "f.csv"));
    Detector detector = detector_;
    StepsLayout layout = find_steps_layout(table, detector);
    std::string flags;
    for (const Suspicion& each : find_suspicions(table, detector_, layout)) {
      flags += (flags.empty() ? "" : " ") + each.flags;
      if (each.length_unit != LengthUnit::Unsaid) detector.mapping.length_unit = each.length_unit;
      if (each.energy_unit != EnergyUnit::Unsaid) detector.mapping.energy_unit = each.energy_unit;
      if (each.beam_axis != BeamAxis::Unsaid) detector.mapping.beam_axis = each.beam_axis;
    }
    ASSERT_EQ(flags, GetParam().flags);
    layout = find_steps_layout(table, detector);
    EXPECT_TRUE(find_suspicions(table, detector, layout).empty());
    const event::Steps steps = steps_from_table(table, detector, layout);
    const auto truth = test_run(detector_, 0, 0, 60, 12);
    for (std::size_t i = 0; i < truth.size(); ++i) {
      ASSERT_EQ(steps.layer[i], truth[i].layer);
      ASSERT_NEAR(static_cast<double>(steps.z[i]), truth[i].z, 1e-3);
      ASSERT_NEAR(std::hypot(static_cast<double>(steps.x[i]), static_cast<double>(steps.y[i])),
                  std::hypot(truth[i].x, truth[i].y), 1e-3);
      ASSERT_NEAR(static_cast<double>(steps.edep[i]), truth[i].edep, 1e-6);
    }
  }
  Detector detector_ = read_detector("bergen-dtc");
};

TEST_P(Plausible, WithLayersOfTheirOwn) { check(true); }
TEST_P(Plausible, WithLayersFromThePosition) { check(false); }

INSTANTIATE_TEST_SUITE_P(
    All, Plausible,
    ::testing::Values(
        Case{"AsDescribed", 1, 1, {1, 2, 3}, ""}, Case{"Centimetres", 0.1, 1, {1, 2, 3}, "--length-unit cm"},
        Case{"Metres", 1e-3, 1, {1, 2, 3}, "--length-unit m"},
        Case{"Micrometres", 1e3, 1, {1, 2, 3}, "--length-unit um"}, Case{"KeV", 1, 1e3, {1, 2, 3}, "--energy-unit keV"},
        Case{"EV", 1, 1e6, {1, 2, 3}, "--energy-unit eV"}, Case{"GeV", 1, 1e-3, {1, 2, 3}, "--energy-unit GeV"},
        Case{"AgainstZ", 1, 1, {-1, 2, -3}, "--beam-axis -z"}, Case{"AlongX", 1, 1, {3, 2, -1}, "--beam-axis +x"},
        Case{"AgainstX", 1, 1, {-3, 2, 1}, "--beam-axis -x"}, Case{"AlongY", 1, 1, {1, 3, -2}, "--beam-axis +y"},
        Case{"AgainstY", 1, 1, {1, -3, 2}, "--beam-axis -y"},
        Case{"CentimetresAgainstZAndKeV", 0.1, 1e3, {-1, 2, -3}, "--length-unit cm --beam-axis -z --energy-unit keV"}),
    [](const auto& each) { return each.param.name; });

class Judged : public ::testing::Test {
 protected:
  std::vector<Suspicion> judge(const std::string& text, const std::string& detector = "bergen-dtc") {
    const Table table = event::read_table(event::file_of(text, "f.csv"));
    const Detector described = read_detector(detector);
    layout_ = find_steps_layout(table, described);
    return find_suspicions(table, described, layout_);
  }
  std::vector<TestStep> rows_ = test_run(read_detector("bergen-dtc"), 0, 0, 60, 12);
  StepsLayout layout_;
};

TEST_F(Judged, TheSentenceNamesColumnValueAndRemedy) {
  for (auto& row : rows_) row.z *= 0.1;
  EXPECT_EQ(
      error_of([&] { refuse(judge(text_of(rows_, false)), "f.csv"); }),
      "f.csv: posZ: a row of layer 11 lies at 38.29 mm, its plane at 382.9 mm: this looks like positions in cm; add "
      "--length-unit cm; --force reads it as it is");
  EXPECT_EQ(error_of([&] { refuse({}, "f.csv"); }), "no error");
}

TEST_F(Judged, AnotherDetectorIsNamedAsTheLikelyCause) {
  const auto found = judge(text_of(rows_, false), "groningen-w");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].problem,
              HasSubstr("do not follow the planes of detector 'groningen-w'; is it another one (--detector)?"));
  EXPECT_EQ(found[0].flags, "");
}

TEST_F(Judged, UselessCopyNumbersGiveWayToPositions) {
  for (auto& row : rows_) row.layer = 0;
  EXPECT_TRUE(judge(text_of(rows_, false)).empty());  // one layer: nothing contradicts, nothing tells
  for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i].layer = static_cast<std::int32_t>(i % 2);
  EXPECT_TRUE(judge(text_of(rows_, false)).empty());
  EXPECT_EQ(layout_.form, LayerForm::Position);
  EXPECT_THAT(layout_.notes.back(), HasSubstr("contradict the positions"));
}

TEST_F(Judged, AColumnThatChangesWithinEventsIsNoRun) {
  for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i].run = static_cast<std::int32_t>(7919 * i % 100003);
  EXPECT_TRUE(judge(text_of(rows_, true)).empty());
  EXPECT_EQ(layout_.column[&event::Steps::run], "");
  EXPECT_THAT(layout_.notes.back(), HasSubstr("runID is left out"));
}

TEST_F(Judged, FewRowsTellNothing) {
  rows_.resize(40);
  for (auto& row : rows_) row.z = 0.0;
  EXPECT_TRUE(judge(text_of(rows_, false)).empty());
}

}  // namespace
}  // namespace difftrack::detector
