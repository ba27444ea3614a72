// SPDX-License-Identifier: Apache-2.0
// difftrack aerosol, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "difftrack/aerosol/boxes/rows_file.hpp"
#include "difftrack/event/io/npz.hpp"
#include "tests/apps/flag_effects.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::apps {
namespace {

using ::testing::HasSubstr;

class Aerosol : public testing::Test {
 protected:
  CommandResult run(const std::string& command) const { return run_command("cd " + (folder_ / "") + " && " + command); }
  std::string bytes(const std::string& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  core::TemporaryFolder folder_;
};

TEST_F(Aerosol, OptionsOfSimulateChangeTheRows) {
  const std::string base = "--boxes 40 --samples 2";
  const std::vector<Effect> effects{
      {"--boxes 41", "--samples 2"}, {"--samples 3", "--boxes 40"}, {"--seed 2", base},
      {"--regime dust", base},       {"--disturbed 0.9", base},     {"--least-spin-up 40", base},
      {"--most-spin-up 20", base},   {"--least-spacing 9", base},   {"--most-spacing 3", base}};
  check("aerosol simulate", effects, {{"--threads 1", base}}, {"output", "quiet"}, [this](const std::string& options) {
    const CommandResult result = run("difftrack aerosol simulate -q -o rows.npz " + options);
    return result.exit_code != 0 ? result.output : bytes("rows.npz");
  });
}

TEST_F(Aerosol, SimulateTellsWhatItWroteAndWithWhat) {
  const CommandResult result = run("difftrack aerosol simulate --boxes 3 --samples 4 --seed 7 -o rows.npz");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("rows.npz: 12 steps of M7 in 3 boxes"));
  EXPECT_EQ(aerosol::read_rows(folder_ / "rows.npz").size(), 12u);
  const event::NpzFile file(folder_ / "rows.npz");
  EXPECT_THAT(file.read("command").text, HasSubstr("difftrack aerosol simulate --boxes 3 --samples 4 --seed 7"));
  EXPECT_THAT(file.read("y_names").text, HasSubstr("d_N_CI water_NS"));
}

TEST_F(Aerosol, BadInputIsOneSentenceAndLeavesNothing) {
  const auto refused = [&](const std::string& options, const std::string& sentence) {
    const CommandResult result = run("difftrack aerosol simulate " + options);
    EXPECT_EQ(result.exit_code, 2) << options << ": " << result.output;
    EXPECT_THAT(result.output, HasSubstr(sentence));
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
    EXPECT_TRUE(std::filesystem::is_empty(folder_ / "")) << options;
  };
  refused("-o rows.npz --boxes 0", "--boxes = '0'");
  refused("-o rows.npz --regime desert", "--regime = 'desert'");
  refused("-o rows.npz --disturbed 1.5", "--disturbed = '1.5'");
  refused("-o rows.npz --least-spacing 20", "--most-spacing = '10': is below --least-spacing, 20");
  refused("-o rows.npz --least-spin-up 90", "--most-spin-up = '59': is below --least-spin-up, 90");
  refused("-o none/rows.npz", "none/rows.npz");
  refused("--boxes 3", "--output");
}

}  // namespace
}  // namespace difftrack::apps
