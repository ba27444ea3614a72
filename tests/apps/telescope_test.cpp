// SPDX-License-Identifier: Apache-2.0
// A detector of one's own in which protons do not stop: what the definitions and cuts of a calorimeter make of it is
// told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::apps {
namespace {

using testing::HasSubstr;
using testing::Not;

class Telescope : public testing::Test {
 protected:
  void SetUp() override {
    const std::string planes = R"(name = "telescope"
source_z = -100.0
[materials]
silicon = { density = 2.33, elements = { Si = 1.0 } }
air = { density = 1.29e-3, elements = { N = 0.7553, O = 0.2318, Ar = 0.0128, C = 0.0001 } }
[stacks]
plane = [["silicon", 0.05, "sensitive"], ["air", 9.95]]
[[layers]]
stack = "plane"
count = 12
front_z = 0.0
[pixels]
columns = 1024
rows = 1024
half_width = 15.0
half_height = 15.0
pitch_x = 0.029
pitch_y = 0.029
[mapping]
form = "plane"
pitch = 10.0
origin = 0.0
)";
    std::ofstream(folder_ / "default.toml") << planes;
    std::ofstream(folder_ / "through.toml") << planes << "[thresholds]\nlast_hit_edep = 0.0\n";
    const auto made = run("simulate -q --detector through.toml --phantom none --primaries 300 --seed 3 -o steps.npz");
    ASSERT_EQ(made.exit_code, 0) << made.output;
  }

  CommandResult run(const std::string& arguments) const {
    return run_command("cd " + (folder_ / "") + " && difftrack " + arguments);
  }
  CommandResult reconstruct(const std::string& options) const {
    return run("reconstruct steps.npz --method follower --per-frame 20 -o t " + options);
  }
  /// The table of t.npz, and its row as JSON.
  std::pair<std::string, nlohmann::json> evaluate() const {
    const auto table = run("evaluate t.npz --json m.json");
    EXPECT_EQ(table.exit_code, 0) << table.output;
    return {table.output, nlohmann::json::parse(std::ifstream(folder_ / "m.json")).at(0)};
  }

  core::TemporaryFolder folder_;
};

TEST_F(Telescope, ALastHitCutThatTakesNearlyAllIsTold) {
  const auto told = reconstruct("-d default.toml");
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.output, HasSubstr("warning: "));
  EXPECT_THAT(told.output, HasSubstr("write [thresholds] last_hit_edep = 0 in its description"));
  EXPECT_THAT(told.output, HasSubstr("chains dropped: last hit not above 0.0625 MeV"));
  EXPECT_THAT(told.output, Not(HasSubstr("min_track_hits")));
  const auto dropped = evaluate().second;
  EXPECT_GT(dropped.at("cuts").at("faint_end").get<int>(), 200);
  EXPECT_EQ(dropped.at("cuts").at("chains").get<int>() - dropped.at("cuts").at("too_short").get<int>() -
                dropped.at("cuts").at("faint_end").get<int>(),
            dropped.at("tracks").get<int>());

  const auto followed = reconstruct("-d through.toml");
  EXPECT_THAT(followed.output, Not(HasSubstr("warning"))) << followed.output;
  const auto all = evaluate().second;
  EXPECT_EQ(all.at("cuts").at("faint_end"), 0);
  EXPECT_GT(all.at("strict_efficiency").at("value").get<double>(), 0.95);
}

TEST_F(Telescope, ALengthCutThatTakesNearlyAllIsTold) {
  std::ofstream(folder_ / "long.toml") << std::ifstream(folder_ / "through.toml").rdbuf() << "min_track_hits = 13\n";
  const auto told = reconstruct("-d long.toml");
  EXPECT_THAT(told.output, HasSubstr("lower [thresholds] min_track_hits in the detector's description"));
  EXPECT_THAT(told.output, HasSubstr("chains dropped: fewer than 13 hits"));
  EXPECT_THAT(told.output, Not(HasSubstr("last_hit_edep = 0")));
}

TEST_F(Telescope, AShareAboveOneHasARemarkAndNoInterval) {
  ASSERT_EQ(reconstruct("-q -d through.toml").exit_code, 0);
  const auto [table, row] = evaluate();
  const auto& efficiency = row.at("published_efficiency");
  ASSERT_GT(efficiency.at("value").get<double>(), 1.0);
  EXPECT_TRUE(efficiency.at("low").is_null() && efficiency.at("high").is_null());
  EXPECT_THAT(efficiency.at("remark").get<std::string>(), HasSubstr("above 100 %"));
  EXPECT_THAT(table, HasSubstr("\n* published efficiency above 100 %: "));
  EXPECT_FALSE(row.at("published_purity").contains("remark"));
  EXPECT_FALSE(row.at("strict_efficiency").at("low").is_null());
}

}  // namespace
}  // namespace difftrack::apps
