// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/steps_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/detector/steps/steps_from_table.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using event::Table;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Ints = std::vector<std::int64_t>;
using Reals = std::vector<double>;

Table gate10() {
  Table table;
  table.file = "gate10.npz";
  table.columns = {{"EventID", Ints{4, 4}},
                   {"TrackID", Ints{1, 1}},
                   {"ParentID", Ints{0, 0}},
                   {"PDGCode", Ints{2212, 2212}},
                   {"PrePosition_X", Reals{1, 2}},
                   {"PrePosition_Y", Reals{3, 4}},
                   {"PrePosition_Z", Reals{225.219, 277.619}},
                   {"PostPosition_X", Reals{1.5, 2.25}},
                   {"PostPosition_Y", Reals{3, 5}},
                   {"PostPosition_Z", Reals{225.244, 277.644}},
                   {"TotalEnergyDeposit", Reals{0.02, 0.03}},
                   {"GlobalTime", Reals{7, 8}},
                   {"RunID", Ints{2, 2}}};
  return table;
}

TEST(StepsLayout, Gate10StepsLieInTheMiddleAndTheirLayerComesFromThere) {
  const Detector detector = read_detector("bergen-dtc");
  const StepsLayout layout = find_steps_layout(gate10(), detector);
  EXPECT_EQ(layout.form, LayerForm::Position);
  EXPECT_THAT(layout.notes, ElementsAre(HasSubstr("middle between PrePosition and PostPosition"),
                                        HasSubstr("no column level1ID and level2ID: the layer is the plane nearest")));
  const event::Steps steps = steps_from_table(gate10(), detector, layout, true);
  EXPECT_THAT(steps.event, ElementsAre(4, 4));
  EXPECT_THAT(steps.run, ElementsAre(2, 2));
  EXPECT_THAT(steps.track, ElementsAre(1, 1));
  EXPECT_THAT(steps.pdg, ElementsAre(2212, 2212));
  EXPECT_THAT(steps.x, ElementsAre(1.25F, 2.125F));
  EXPECT_THAT(steps.y, ElementsAre(3.0F, 4.5F));
  EXPECT_THAT(steps.layer, ElementsAre(0, 1));
  EXPECT_THAT(steps.time, ElementsAre(7.0, 8.0));                  // GATE 10 counts nanoseconds
  EXPECT_TRUE(steps_from_table(gate10(), detector).time.empty());  // nobody asked
}

TEST(StepsLayout, OneEndOfAStepIsItsPosition) {
  Table table = gate10();
  std::erase_if(table.columns, [](const event::Column& c) { return c.name.starts_with("Pre"); });
  const event::Steps steps = steps_from_table(table, read_detector("bergen-dtc"));
  EXPECT_THAT(steps.x, ElementsAre(1.5F, 2.25F));
}

TEST(StepsLayout, GateTimesAreSeconds) {
  Table table = gate10();
  table.columns[11].name = "time";
  std::get<1>(table.columns[11].values) = {1e-6, 2e-6};
  const Detector detector = read_detector("bergen-dtc");
  const auto times = [&](const Detector& d) {
    return steps_from_table(table, d, find_steps_layout(table, d), true).time;
  };
  EXPECT_THAT(times(detector), ElementsAre(::testing::DoubleEq(1000.0), ::testing::DoubleEq(2000.0)));
  Detector told = detector;
  told.mapping.time_unit = TimeUnit::Us;
  EXPECT_THAT(times(told), ElementsAre(::testing::DoubleEq(1e-3), ::testing::DoubleEq(2e-3)));
}

TEST(StepsLayout, UnitsOfTheHeaderCountUnlessTheMappingHasOne) {
  Table table = gate10();
  for (auto& column : table.columns)
    if (column.name.find("Position") != std::string::npos) {
      column.unit = "cm";
      for (double& value : std::get<1>(column.values)) value /= 10.0;
    }
  table.columns[10].unit = "keV";
  std::get<1>(table.columns[10].values) = {20, 30};
  const Detector detector = read_detector("bergen-dtc");
  const event::Steps steps = steps_from_table(table, detector);
  EXPECT_THAT(steps.layer, ElementsAre(0, 1));
  EXPECT_FLOAT_EQ(steps.x[0], 1.25F);
  EXPECT_FLOAT_EQ(steps.edep[1], 0.03F);
  table.columns[10].unit = "mm";
  EXPECT_THAT(error_of([&] { find_steps_layout(table, detector); }),
              HasSubstr("gate10.npz: TotalEnergyDeposit = 'mm': the unit in the header is none of eV, keV, MeV, GeV"));
  Detector told = detector;
  told.mapping.energy_unit = EnergyUnit::MeV;
  EXPECT_EQ(find_steps_layout(table, told).factor[&event::Steps::edep], 1.0);
}

TEST(StepsLayout, PositionsOffThePlanesAreRefusedWithTheDistance) {
  Table table = gate10();
  std::get<1>(table.columns[9].values)[1] = 283.0;
  EXPECT_THAT(error_of([&] { steps_from_table(table, read_detector("bergen-dtc")); }),
              HasSubstr("gate10.npz: PrePosition_Z, row 1 = '277.619': lies 2.68 mm from the nearest plane of detector "
                        "'bergen-dtc', layer 1 at 277.63 mm"));
}

TEST(StepsLayout, AxesAreRotationsOfTheFile) {
  for (const auto& choice : choices(BeamAxis{})) {
    const auto axes = axes_of_beam(choice.value);
    double determinant = 0.0;  // of the signed permutation
    const bool even = (axes[1].from + 3 - axes[0].from) % 3 == 1;
    determinant = (even ? 1.0 : -1.0) * axes[0].sign * axes[1].sign * axes[2].sign;
    EXPECT_EQ(determinant, 1.0) << choice.name;
    EXPECT_NE(axes[0].from, axes[1].from);
    EXPECT_NE(axes[1].from, axes[2].from);
  }
}

TEST(StepsLayout, NearestPlaneBeforeBetweenAndBehind) {
  Detector detector;
  for (const double z : {10.0, 20.0, 30.0}) detector.layers.push_back({{}, z});
  EXPECT_EQ(nearest_plane(detector, -5.0).layer, 0);
  EXPECT_EQ(nearest_plane(detector, 14.0).layer, 0);
  EXPECT_EQ(nearest_plane(detector, 16.0).layer, 1);
  EXPECT_EQ(nearest_plane(detector, 99.0).layer, 2);
  EXPECT_DOUBLE_EQ(nearest_plane(detector, 14.0).distance, 4.0);
}

}  // namespace
}  // namespace difftrack::detector
