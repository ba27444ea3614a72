// SPDX-License-Identifier: Apache-2.0
// The shipped emulator meets the figures of its card (emulators/m7.json) on boxes that this test simulates.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/aerosol/emulator/roll_out.hpp"
#include "difftrack/aerosol/emulator/scores.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::aerosol {
namespace {

class ShippedEmulator : public testing::Test {
 protected:
  EmulatorModel model_ = read_emulator(paths::source() + "/emulators/m7.safetensors");
  nlohmann::json card_ = nlohmann::json::parse(std::ifstream(paths::source() + "/emulators/m7.json"));
};

TEST_F(ShippedEmulator, MeetsItsCard) {
  Rows rows = SampleBoxes({.boxes = 4000, .seed = 1234})();
  // One burst of more than 1e7 particles would carry all of the variance where they nucleate.
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows.new_particles[i] > 1e7F) rows.nucleation_rate[i] = 0.0F;
  const EmulatedRows found = emulate_rows(Emulate(model_), rows.x);
  const EmulatorScores s = score_emulator(rows, found.y, found.new_state);
  const auto at_least = [&](const char* name, double value, double slack) {
    EXPECT_GE(value, card_.at(name).get<double>() - slack) << name;
  };
  at_least("r2_mean", s.r2_mean, 0.05);  // a few rows of 20,000 carry it
  at_least("asinh_skill", s.asinh_skill, 0.01);
  at_least("within_1", s.within_1, 0.01);
  at_least("within_10", s.within_10, 0.01);
  at_least("r2_nucleating", s.r2_nucleating, 0.05);
  for (const double each : s.r2_regime) EXPECT_GT(each, 0.7);
  EXPECT_GT(s.within_1, s.same_within_1);
  EXPECT_EQ(s.negative, 0.0);
  EXPECT_LT(s.mass_rmse, 1e-9);  // gas of 32-bit rows that is below what is produced; emulator_test has 1e-14
}

TEST_F(ShippedEmulator, DoesNotRunAway) {
  const RollOut out = roll_out(model_, {.boxes = 300, .seed = 77});
  EXPECT_LE(out.run_away, card_.at("run_away_of_1000").get<std::size_t>());
  for (std::size_t k = 0; k < kModes; ++k)
    EXPECT_LT(std::abs(out.drift[k].mass_drift), 2.0 * card_.at("mass_drift").get<double>()) << "mode " << k;
}

}  // namespace
}  // namespace difftrack::aerosol
