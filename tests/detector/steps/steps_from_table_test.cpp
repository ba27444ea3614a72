// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/steps_from_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/event/made_files.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using event::Table;
using ::testing::ElementsAre;
using Ints = std::vector<std::int64_t>;
using Reals = std::vector<double>;

Table example() {
  Table table;
  table.file = "f.npz";
  table.columns = {{"eventID", Ints{0, 0, 1}},    {"posX", Reals{1, 2, 3}},    {"posY", Reals{4, 5, 6}},
                   {"posZ", Reals{0, 3.44, 6.9}}, {"edep", Reals{.1, .2, .3}}, {"level1ID", Ints{0, 1, 1}},
                   {"level2ID", Ints{-1, -1, 5}}};
  return table;
}
Detector with(LayerForm form) {
  Detector detector = read_detector("bergen-dtc");
  detector.mapping = {form, "plane_number", 3.435, 0.0};
  return detector;
}
void drop(Table& table, const std::string& name) {
  std::erase_if(table.columns, [&](const event::Column& column) { return column.name == name; });
}

TEST(StepsFromTable, TakesWhatIsThere) {
  Table table = example();
  event::Steps steps = steps_from_table(table, with(LayerForm::Levels));
  EXPECT_THAT(steps.event, ElementsAre(0, 0, 1));
  EXPECT_THAT(steps.layer, ElementsAre(0, 1, 7));
  EXPECT_THAT(steps.y, ElementsAre(4, 5, 6));
  EXPECT_TRUE(steps.track.empty() && steps.parent.empty() && steps.pdg.empty() && steps.spot_x.empty());
  for (const char* name : {"trackID", "parentID", "PDGEncoding", "creatorProcess", "spotX", "spotY"})
    table.columns.push_back({name, Ints{7, 8, 9}});
  steps = steps_from_table(table, with(LayerForm::Levels));
  EXPECT_TRUE(steps.has_truth());
  EXPECT_THAT(steps.pdg, ElementsAre(7, 8, 9));
  EXPECT_THAT(steps.process, ElementsAre(7, 8, 9));
  EXPECT_THAT(steps.spot_y, ElementsAre(7, 8, 9));
}

TEST(StepsFromTable, RotationIsInRadiansUnlessItIsGATEs) {
  Table table = example();
  EXPECT_TRUE(steps_from_table(table, with(LayerForm::Levels)).rotation.empty());
  table.columns.push_back({"rotationAngle", Reals{0, 90, 180}});
  EXPECT_THAT(steps_from_table(table, with(LayerForm::Levels)).rotation,
              ElementsAre(0.0F, ::testing::FloatEq(1.5707963F), ::testing::FloatEq(3.1415927F)));
  table.columns.push_back({"rotation", Reals{0, 0.5, 1}});
  EXPECT_THAT(steps_from_table(table, with(LayerForm::Levels)).rotation, ElementsAre(0.0F, 0.5F, 1.0F));
  table.columns.back().unit = "mrad";
  EXPECT_THAT(steps_from_table(table, with(LayerForm::Levels)).rotation, ElementsAre(0.0F, 0.0005F, 0.001F));
}

TEST(StepsFromTable, EveryMapping) {
  Table table = example();
  EXPECT_THAT(layers_from_table(table, with(LayerForm::Plane)), ElementsAre(0, 1, 2));
  table.columns.push_back({"volumeID[2]", Ints{0, 1, 2}});
  table.columns.push_back({"volumeID[3]", Ints{1, 0, 1}});
  EXPECT_THAT(layers_from_table(table, with(LayerForm::Volume)), ElementsAre(1, 2, 5));
  table.columns.push_back({"plane_number", Ints{3, 2, 1}});
  EXPECT_THAT(layers_from_table(table, with(LayerForm::Column)), ElementsAre(3, 2, 1));
  drop(table, "level1ID");
  EXPECT_THAT(layers_from_table(table, with(LayerForm::Levels)),
              ElementsAre(1, 2, 5));  // the other form of the same detector
  table.columns.push_back({"layer", Ints{9, 9, 9}});
  EXPECT_THAT(layers_from_table(table, with(LayerForm::Levels)), ElementsAre(9, 9, 9));
}

TEST(StepsFromTable, MissingColumnsAreNamed) {
  for (const char* name : {"eventID", "posX", "posY", "posZ", "edep"}) {
    Table table = example();
    drop(table, name);
    EXPECT_THAT(error_of([&] { steps_from_table(table, with(LayerForm::Levels)); }),
                ::testing::StartsWith(std::string("f.npz: ") + name + ": missing column"));
  }
  Table table = example();
  drop(table, "level1ID");
  EXPECT_EQ(
      error_of([&] { steps_from_table(table, with(LayerForm::Levels)); }),
      "f.npz: posZ, row 0 = '0': lies 225 mm from the nearest plane of detector 'bergen-dtc', layer 0 at 225.23 mm; "
      "the file has no column level1ID and level2ID that would tell the layer");
}

/// One bad value in row 1 of one column.
struct BadValue {
  std::string name, column;
  LayerForm form;
  double value;
  std::string message;
};
class BadValues : public ::testing::TestWithParam<BadValue> {};
TEST_P(BadValues, GiveFileColumnRowAndValue) {
  const auto& bad = GetParam();
  Table table = example();
  for (auto& column : table.columns) {
    if (column.name != bad.column) continue;
    if (auto* integers = std::get_if<0>(&column.values))
      (*integers)[1] = static_cast<std::int64_t>(bad.value);
    else
      std::get<1>(column.values)[1] = bad.value;
  }
  EXPECT_EQ(error_of([&] { steps_from_table(table, with(bad.form)); }), "f.npz: " + bad.message);
}
INSTANTIATE_TEST_SUITE_P(
    All, BadValues,
    ::testing::Values(
        BadValue{"NanX", "posX", LayerForm::Levels, std::nan(""), "posX, row 1 = 'nan': must be a finite number"},
        BadValue{"InfiniteY", "posY", LayerForm::Levels, HUGE_VAL, "posY, row 1 = 'inf': must be a finite number"},
        BadValue{"InfiniteZ", "posZ", LayerForm::Plane, -HUGE_VAL, "posZ, row 1 = '-inf': must be a finite number"},
        BadValue{"NegativeEnergy", "edep", LayerForm::Levels, -0.5,
                 "edep, row 1 = '-0.5': an energy deposit must not be negative"},
        BadValue{"NanEnergy", "edep", LayerForm::Levels, std::nan(""), "edep, row 1 = 'nan': must be a finite number"},
        BadValue{"NegativeLayer", "level1ID", LayerForm::Levels, -3,
                 "level1ID, row 1 = '-3': is layer -3, but detector 'bergen-dtc' has layers 0 to 42"},
        BadValue{"AbsurdLayer", "level2ID", LayerForm::Levels, 2e9,
                 "level1ID, row 1 = '1': is layer 1000000000, but detector 'bergen-dtc' has layers 0 to 42"},
        BadValue{"FarPlane", "posZ", LayerForm::Plane, 1e30,
                 "posZ, row 1 = '1e+30': must be a finite position within the detector"},
        BadValue{"LayerBehind", "posZ", LayerForm::Plane, 200.0,
                 "posZ, row 1 = '200': is layer 58, but detector 'bergen-dtc' has layers 0 to 42"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace difftrack::detector
