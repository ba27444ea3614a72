// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/chip_alignment.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/detector/response/digitise.hpp"
#include "tests/detector/test_detectors.hpp"

namespace difftrack::detector {
namespace {

Detector four_chips() {
  Detector d = pixel_test_detector(4, 400, 400);
  d.pixels.chip_columns = 200, d.pixels.chip_rows = 200;
  return d;
}

/// One proton per readout, nearly straight through four planes 10 mm apart.
event::Steps tracks(int n, double kink) {
  core::RandomStream stream(2, 0);
  event::Steps s;
  for (std::int32_t e = 0; e < n; ++e) {
    double x = 10.0 * (stream.uniform() - 0.5), y = 10.0 * (stream.uniform() - 0.5), slope_x = 0.0, slope_y = 0.0;
    for (std::int32_t layer = 0; layer < 4; ++layer) {
      s.event.push_back(e);
      s.layer.push_back(layer);
      s.x.push_back(static_cast<float>(x));
      s.y.push_back(static_cast<float>(y));
      s.z.push_back(0.0F);
      s.edep.push_back(0.06F);
      slope_x += kink * stream.normal();
      slope_y += kink * stream.normal();
      x += 10.0 * slope_x;
      y += 10.0 * slope_y;
    }
  }
  return s;
}

TEST(ChipAlignment, TrueAndNominalAreInverse) {
  Detector d = four_chips();
  d.chips = {{2, 0, 1, 0.2, -0.1, false}, {3, 0, 0, 0.05, 0.0, true}, {3, 1, 0, 0.0, 0.0, true}};
  const PixelGeometry g(d.pixels);
  const ChipAlignment a(d, g);
  EXPECT_TRUE(a.is_nominal(1));
  // x = 0.1 is left out: there two shifted chips overlap and either answer is right
  for (const std::int32_t layer : {1, 2, 3})
    for (const double x : {-5.5, -3.1, -0.7, 0.8, 2.2, 5.6})
      for (double y = -5.5; y < 6; y += 0.7) {
        const PlanePoint t = a.to_true(layer, g.x.chip(g.x.index(x)), g.y.chip(g.y.index(y)), {x, y});
        const PlanePoint back = a.to_nominal(layer, t);
        EXPECT_NEAR(back.x, x, 1e-12);
        EXPECT_NEAR(back.y, y, 1e-12);
      }
  EXPECT_NEAR(a.to_true(3, 0, 0, {-2.0, -1.0}).x, 2.05, 1e-12);
  EXPECT_TRUE(std::isnan(a.to_nominal(2, {30.0, 0.0}).x));
}

TEST(ChipAlignment, DigitisedStepsComeBackWhereTheyWere) {
  Detector d = four_chips();
  d.chips = {{1, 0, 0, 0.21, -0.13, false}, {2, 0, 0, 0.0, 0.1, true}, {2, 1, 0, -0.1, 0.0, true}};
  const event::Steps s = tracks(200, 0.001);
  const FramedHits f = ClusterPixels()(Digitise({.events_per_frame = 1})(s, d), d);
  ASSERT_GT(f.hits.size(), 780u);
  for (std::size_t i = 0; i < f.hits.size(); ++i) {
    const auto step = static_cast<std::size_t>(4 * f.hits.event[i] + f.hits.layer[i]);
    ASSERT_NEAR(f.hits.x[i], s.x[step], 0.03);
    ASSERT_NEAR(f.hits.y[i], s.y[step], 0.03);
  }
}

TEST(AlignChips, FindsShiftsAndAMirroredPair) {
  Detector truth = four_chips();
  truth.chips = {{1, 0, 0, 0.21, -0.13, false},
                 {1, 1, 1, -0.3, 0.05, false},
                 {2, 0, 0, 0.07, 0.1, true},
                 {2, 1, 0, -0.1, 0.02, true},
                 {3, 1, 0, 0.0, 0.4, false}};
  const event::Pixels pixels = Digitise({.events_per_frame = 1})(tracks(3000, 0.005), truth);
  const Detector nominal = four_chips();
  const PixelGeometry g(nominal.pixels);
  const auto found = AlignChips({.layers = 4})(ClusterPixels()(pixels, nominal), nominal, g);
  ASSERT_EQ(found.size(), 12u);
  for (const auto& [chip, pairs, error_x, error_y] : found) {
    ChipPlacement expected{chip.layer, chip.chip_column, chip.chip_row};
    for (const ChipPlacement& t : truth.chips)
      if (t.layer == chip.layer && t.chip_column == chip.chip_column && t.chip_row == chip.chip_row) expected = t;
    EXPECT_EQ(chip.mirror_x, expected.mirror_x) << chip.layer;
    // errors add up from layer to layer
    EXPECT_NEAR(chip.shift_x, expected.shift_x, 4.0 * error_x * std::sqrt(chip.layer) + 0.003) << chip.layer;
    EXPECT_NEAR(chip.shift_y, expected.shift_y, 4.0 * error_y * std::sqrt(chip.layer) + 0.003) << chip.layer;
    EXPECT_LT(error_x, 0.02);
    EXPECT_GT(pairs, 500);
  }
}

TEST(AlignChips, TooFewPairsLeaveAChipNominal) {
  const Detector d = four_chips();
  const PixelGeometry g(d.pixels);
  EXPECT_TRUE(AlignChips()(ClusterPixels()(Digitise({.events_per_frame = 1})(tracks(40, 0.005), d), d), d, g).empty());
  EXPECT_TRUE(AlignChips()(FramedHits{}, d, g).empty());
}

TEST(ReadDetector, ChipPlacementsAreReadAndChecked) {
  const std::string text = R"(name = "t"
[materials]
silicon = { density = 2.33, elements = { Si = 1.0 } }
[stacks]
s = [["silicon", 0.1, "sensitive"]]
[[layers]]
stack = "s"
count = 2
front_z = 0.0
[pixels]
columns = 8
rows = 8
half_width = 1.0
half_height = 1.0
pitch_x = 0.1
pitch_y = 0.1
chip_columns = 4
[mapping]
form = "levels"
)";
  const auto with = [&](const std::string& chip) { return parse_detector(text + "[[chips]]\n" + chip, "t.toml"); };
  const Detector d = with("layer = 1\nchip_column = 1\nshift_x = -0.25\nmirror_x = true\n");
  ASSERT_EQ(d.chips.size(), 1u);
  EXPECT_EQ(d.chips[0].layer, 1);
  EXPECT_EQ(d.chips[0].shift_x, -0.25);
  EXPECT_TRUE(d.chips[0].mirror_x);
  EXPECT_THROW(with("layer = 2\n"), core::InputError);
  EXPECT_THROW(with("chip_column = 2\n"), core::InputError);
  EXPECT_THROW(with("chip_row = 1\n"), core::InputError);
  EXPECT_THROW(with("shift = 1\n"), core::InputError);
}

}  // namespace
}  // namespace difftrack::detector
