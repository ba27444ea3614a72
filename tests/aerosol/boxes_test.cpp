// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "difftrack/aerosol/boxes/rows_file.hpp"
#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/reference/m7_step.hpp"
#include "difftrack/core/error.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::aerosol {
namespace {

using ::testing::HasSubstr;

Rows rows_of(const SampleBoxes::Config& config) { return SampleBoxes(config)(); }

TEST(SampleBoxes, RowsAreTheReferenceStepOfTheirInputs) {
  const Rows rows = rows_of({.boxes = 200, .seed = 3, .disturbed = 0.3});
  ASSERT_EQ(rows.size(), 1000u);
  Air air;
  CellState state;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    read_inputs(&rows.x[i * kInputs], air, state);
    const auto step = reference::m7_step(air, state);
    for (std::size_t c = 0; c < kNewState; ++c) {
      const double expected = step.moved[kStateColumns[c]];
      ASSERT_NEAR(rows.new_state[i * kNewState + c], expected, 1e-6 * expected + 1e-30) << i << " " << c;
      ASSERT_NEAR(rows.y[i * kOutputs + c], expected - double{rows.x[i * kInputs + kFirstState + c]},
                  1e-6 * (std::abs(expected) + double{rows.x[i * kInputs + kFirstState + c]}) + 1e-30);
    }
  }
}

TEST(SampleBoxes, AreTheSameForAnyNumberOfThreadsAndBoxes) {
  const SampleBoxes::Config config{.boxes = 1300, .samples = 2, .seed = 9, .threads = 1};
  SampleBoxes::Config many = config;
  many.threads = 4;
  const Rows rows = rows_of(config), again = rows_of(many);
  EXPECT_EQ(rows.x, again.x);
  EXPECT_EQ(rows.y, again.y);
  const Rows part = SampleBoxes(config)(700, 3);
  EXPECT_TRUE(std::equal(part.x.begin(), part.x.end(), rows.x.begin() + 700 * 2 * kInputs));
  EXPECT_EQ(part.box, (std::vector<std::int32_t>{700, 700, 701, 701, 702, 702}));
}

TEST(SampleBoxes, SpeciesKeepTheirMassAndNothingIsNegative) {
  const Rows rows = rows_of({.boxes = 2000, .seed = 4});
  constexpr std::array<std::array<std::size_t, 2>, 4> kSpecies{{{0, 5}, {5, 9}, {9, 13}, {13, 17}}};
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const auto& [first, last] : kSpecies) {
      double before = 0.0, after = 0.0;
      for (std::size_t c = first; c < last; ++c) {
        before += double{rows.x[i * kInputs + kFirstState + c]};
        after += double{rows.new_state[i * kNewState + c]};
      }
      ASSERT_NEAR(after, before, 3e-7 * before);  // of 32-bit numbers
    }
  EXPECT_GE(*std::min_element(rows.new_state.begin(), rows.new_state.end()), 0.0F);
}

TEST(SampleBoxes, AreOfAllRegimesAsOftenAsSaid) {
  const Rows rows = rows_of({.boxes = 20000, .samples = 1, .seed = 5, .most_spin_up = 16});
  for (std::size_t k = 0; k < kRegimes; ++k) {
    const auto found = static_cast<double>(std::count(rows.regime.begin(), rows.regime.end(), k));
    EXPECT_NEAR(found / 20000.0, kClimates[k].share, 4.0 * std::sqrt(kClimates[k].share / 20000.0));
  }
  const Rows dust = rows_of({.boxes = 20, .samples = 1, .regime = Regime::Dust, .most_spin_up = 16});
  EXPECT_EQ(std::set<int>(dust.regime.begin(), dust.regime.end()), std::set<int>{static_cast<int>(Regime::Dust)});
}

TEST(SampleBoxes, TheSunRises) {
  const Rows rows = rows_of({.boxes = 1, .samples = 96, .disturbed = 0.0, .least_spacing = 1, .most_spacing = 1});
  float least = 1e30F, most = 0.0F;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    least = std::min(least, rows.x[i * kInputs + Production]);
    most = std::max(most, rows.x[i * kInputs + Production]);
  }
  EXPECT_GT(most, 20.0F * least);  // of a day: night is a hundredth of noon, but for its noise
}

TEST(SampleBoxes, RefusesARangeTheWrongWayRound) {
  try {
    SampleBoxes(SampleBoxes::Config{.least_spacing = 5, .most_spacing = 4});
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("--most-spacing = '4': is below --least-spacing, 5"));
  }
}

TEST(Rows, ComeBackFromAFile) {
  const core::TemporaryFolder folder;
  const Rows rows = rows_of({.boxes = 30, .seed = 6});
  const std::string path = folder / "rows.npz";
  event::NpzWriter out(path);
  write_rows(out, rows, "test");
  out.commit();
  const Rows read = read_rows(path);
  EXPECT_EQ(read.x, rows.x);
  EXPECT_EQ(read.y, rows.y);
  EXPECT_EQ(read.new_state, rows.new_state);
  EXPECT_EQ(read.regime, rows.regime);
  EXPECT_EQ(read.kind, rows.kind);
  EXPECT_EQ(read.box, rows.box);
  EXPECT_EQ(read.mode_transfer, rows.mode_transfer);
}

struct BadRow {
  const char* name;
  std::size_t column;
  float value;
  const char* sentence;
};
class BadRows : public testing::TestWithParam<BadRow> {};

TEST_P(BadRows, AreToldWithRowColumnAndValue) {
  const core::TemporaryFolder folder;
  std::vector<float> x = rows_of({.boxes = 2, .seed = 6}).x;
  x[3 * kInputs + GetParam().column] = GetParam().value;
  event::NpzWriter out(folder / "x.npz");
  out.add("x", x, {10, kInputs});
  out.commit();
  try {
    read_input_rows(folder / "x.npz");
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().sentence));
    EXPECT_THAT(error.what(), HasSubstr("x.npz"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadRows,
    testing::Values(
        BadRow{"Pascal", Pressure, 850.0F,
               "x, row 3, pressure = '850': is no pressure of the air in Pa (is it in hPa?)"},
        BadRow{"Celsius", Temperature, 15.0F, "x, row 3, temperature = '15': is no temperature of the air in K"},
        BadRow{"Humidity", Humidity, 1.2F, "x, row 3, relative_humidity = '1.2': is no relative humidity"},
        BadRow{"Cover", CloudCover, 3.0F, "x, row 3, cloud_cover = '3'"},
        BadRow{"Mass", 13, -1e-3F, "x, row 3, BC_KS = '-0.001': is negative"},
        BadRow{"Number", 31, -1.0F, "x, row 3, N_CI = '-1': is negative"},
        BadRow{"Gas", GasWithProduction, 0.0F, "x, row 3, H2SO4_gas = '0': is less than is produced in a step"},
        BadRow{"NaN", 20, std::nanf(""), "x, row 3, OC_KI = 'nan': is no number"}),
    [](const auto& each) { return each.param.name; });

TEST(Rows, OfAnotherWidthNameWhatIsMissing) {
  const core::TemporaryFolder folder;
  event::NpzWriter out(folder / "x.npz");
  out.add("x", std::vector<float>(62), {2, 31});
  out.commit();
  try {
    read_input_rows(folder / "x.npz");
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("shape of x = '[2, 31]': is not [rows, 32]; N_CI is missing"));
  }
}

}  // namespace
}  // namespace difftrack::aerosol
