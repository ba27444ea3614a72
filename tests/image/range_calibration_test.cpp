// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/range_calibration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::image {
namespace {

using ::testing::HasSubstr;

/// Slabs of 0 to 300 mm: ranges 331 - 1.01 W, spread 3.5 mm, one in twenty lost on the way.
std::vector<CalibrationStep> made_steps() {
  std::vector<CalibrationStep> steps;
  for (int i = 0; i <= 30; ++i) {
    core::RandomStream random(5, static_cast<std::uint64_t>(i));
    CalibrationStep step{10.0 * i, {}};
    for (int n = 0; n < 2000; ++n) {
      const double range = 331.0 - 10.1 * i + 3.5 * random.normal();
      step.ranges.push_back(random.uniform() < 0.05 ? range * random.uniform() : range);
    }
    steps.push_back(step);
  }
  return steps;
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

class RangeCalibrationTest : public testing::Test {
 protected:
  detector::Detector detector_ = detector::read_detector("bergen-dtc");
  RangeCalibration calibration_ = RangeCalibration::fit(detector_, 230.0, 0.93, made_steps(), {});
};

TEST(CoreOf, LeavesATailOut) {
  core::RandomStream random(1, 0);
  std::vector<double> values;
  for (int i = 0; i < 20000; ++i)
    values.push_back(random.uniform() < 0.1 ? -300.0 * random.uniform() : 2.0 * random.normal());
  const Core core = core_of(values);
  EXPECT_NEAR(core.mean, 0.0, 0.1);
  EXPECT_NEAR(core.sd, 1.97, 0.06);  // 3 sigma of a normal density hold 0.986 of its width
  EXPECT_NEAR(static_cast<double>(core.inside), 0.9 * 20000, 400.0);
  EXPECT_EQ(core_of({}).inside, 0);
}

TEST_F(RangeCalibrationTest, FindsTheLineItWasMadeFrom) {
  for (double wepl = 0.0; wepl <= 300.0; wepl += 1.0)
    EXPECT_NEAR(calibration_.wepl(331.0 - 1.01 * wepl), wepl, 0.2) << wepl;
  EXPECT_NEAR(calibration_.wepl_sd(180.0), 3.5 / 1.01, 0.15);
}

TEST_F(RangeCalibrationTest, FallsWithoutASingleStepBackAndGoesOnBeyondItsEnds) {
  double before = calibration_.wepl(-20.0);
  for (double range = -19.9; range < 360.0; range += 0.1) {
    const double wepl = calibration_.wepl(range);
    ASSERT_LT(wepl, before) << range;
    before = wepl;
  }
  EXPECT_NEAR(calibration_.wepl(20.0) - calibration_.wepl(5.0), -15.0, 1e-9);
  EXPECT_LT(calibration_.wepl(340.0), 0.0);
}

TEST_F(RangeCalibrationTest, TextGivesTheSameBits) {
  const auto again = RangeCalibration::parse(calibration_.text("difftrack calibrate"), "again.range");
  for (double range = 0.0; range < 340.0; range += 3.7) {
    EXPECT_EQ(again.wepl(range), calibration_.wepl(range));
    EXPECT_EQ(again.wepl_sd(range), calibration_.wepl_sd(range));
  }
  EXPECT_EQ(again.deposit_scale(), 0.93);
  again.check_detector(detector_, "again.range");
}

TEST_F(RangeCalibrationTest, OfAnotherDetectorIsRefused) {
  EXPECT_THAT(refusal([&] { calibration_.check_detector(detector::read_detector("gate-3mm-al"), "b.range"); }),
              HasSubstr("b.range: detector = 'bergen-dtc': is a calibration of another detector than gate-3mm-al"));
  auto changed = detector_;
  for (auto& slab : changed.layers[10].slabs) slab.thickness *= 2.0;
  EXPECT_THAT(refusal([&] { calibration_.check_detector(changed, "b.range"); }), HasSubstr("it was changed"));
}

TEST_F(RangeCalibrationTest, RefusesTooFewStepsOrProtons) {
  auto steps = made_steps();
  steps[4].ranges.resize(10);
  EXPECT_THAT(refusal([&] { RangeCalibration::fit(detector_, 230.0, 1.0, steps, {}); }),
              HasSubstr("water 40 mm = '10'"));
  steps.resize(3);
  EXPECT_THROW(RangeCalibration::fit(detector_, 230.0, 1.0, steps, {}), core::InputError);
}

TEST(RangeCalibrationText, SaysWhatIsWrong) {
  const std::string head = "detector = \"d\"\nenergy = 230.0\ndeposit_scale = 1.0\ndetector_wet = 300.0\n";
  const auto told = [&](const std::string& rest) {
    return refusal([&] { RangeCalibration::parse(head + rest, "f.range"); });
  };
  EXPECT_THAT(told("knots = [[1, 2]]"), HasSubstr("f.range: knots, row 0: has to be [range, WEPL, sd]"));
  EXPECT_THAT(told("knots = [[10, 300, 3], [20, 310, 3]]"),
              HasSubstr("f.range: wepl, row 1 = '310': ranges have to rise"));
  EXPECT_THAT(told("knots = [[10, 300, 3]]"), HasSubstr("f.range: range"));
  EXPECT_THAT(told(""), HasSubstr("f.range: knots"));
  EXPECT_THAT(told("knots = []\nodd = 1"), HasSubstr("odd"));
}

}  // namespace
}  // namespace difftrack::image
