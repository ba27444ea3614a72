// SPDX-License-Identifier: Apache-2.0
// difftrack aerosol, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "difftrack/aerosol/boxes/rows_file.hpp"
#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/emulator/model.hpp"
#include "difftrack/event/io/npz.hpp"
#include "tests/aerosol/random_emulator.hpp"
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

TEST_F(Aerosol, OptionsOfEmulateAreThoseOfAnyCommand) {
  EXPECT_EQ(flags_of("aerosol emulate"), (std::set<std::string>{"output", "threads", "quiet"}));
}

TEST_F(Aerosol, OptionsOfRollOutChangeTheBoxes) {
  aerosol::write_emulator(folder_ / "model.safetensors", aerosol::random_emulator(8, 1.0, 5));
  const std::string base = "model.safetensors --boxes 4 --steps 3";
  const std::vector<Effect> effects{{"--boxes 5", "model.safetensors --steps 3"},
                                    {"--steps 4", "model.safetensors --boxes 4"},
                                    {"--spin-up 2", base},
                                    {"--seed 9", base},
                                    {"--regime polar", base}};
  check("aerosol roll-out", effects, {{"--threads 1", base}}, {"output", "quiet"},
        [this](const std::string& options) { return run("difftrack aerosol roll-out -q " + options).output; });
  EXPECT_EQ(run("difftrack aerosol roll-out -q model.safetensors --boxes 2 --steps 3 -o first.csv").exit_code, 0);
  const std::string csv = bytes("first.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);
}

TEST_F(Aerosol, EmulateWritesAnswersAndJudgesThem) {
  aerosol::write_emulator(folder_ / "model.safetensors", aerosol::random_emulator(8, 1.0, 5));
  ASSERT_EQ(run("difftrack aerosol simulate -q --boxes 30 -o rows.npz").exit_code, 0);
  const CommandResult judged = run("difftrack aerosol emulate model.safetensors rows.npz -o answers.npz");
  EXPECT_EQ(judged.exit_code, 0) << judged.output;
  EXPECT_THAT(judged.output, HasSubstr("rows.npz: 150 steps emulated"));
  EXPECT_THAT(judged.output, HasSubstr("asinh skill"));
  const event::NpzFile answers(folder_ / "answers.npz");
  EXPECT_EQ(answers.read("y").shape, (std::vector<std::int64_t>{150, 28}));
  EXPECT_EQ(answers.read("new_state").shape, (std::vector<std::int64_t>{150, 24}));
  const std::string once = bytes("answers.npz");
  ASSERT_EQ(run("difftrack aerosol emulate -q --threads 1 model.safetensors rows.npz -o answers.npz").exit_code, 0);
  EXPECT_EQ(bytes("answers.npz"), once);
}

TEST_F(Aerosol, EmulateRefusesWhatNoAirHas) {
  aerosol::write_emulator(folder_ / "model.safetensors", aerosol::random_emulator(8, 1.0, 5));
  const auto write = [&](const std::string& name, std::size_t column, float value, std::int64_t wide = 32) {
    std::vector<float> x = aerosol::SampleBoxes({.boxes = 1})().x;
    x[column] = value;
    x.resize(static_cast<std::size_t>(2 * wide));
    event::NpzWriter out(folder_ / name);
    out.add("x", x, {2, wide});
    out.commit();
  };
  write("good.npz", aerosol::Humidity, 0.5F);
  write("hpa.npz", aerosol::Pressure, 1013.0F);
  write("humid.npz", aerosol::Humidity, 1.01F);
  write("negative.npz", 12, -3.0F);
  write("narrow.npz", 0, 9e4F, 30);
  const auto refused = [&](const std::string& arguments, const std::string& sentence) {
    const CommandResult result = run("difftrack aerosol emulate " + arguments + " -o out.npz");
    EXPECT_EQ(result.exit_code, 2) << arguments << ": " << result.output;
    EXPECT_THAT(result.output, HasSubstr(sentence));
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.npz")) << arguments;
  };
  EXPECT_EQ(run("difftrack aerosol emulate model.safetensors good.npz").exit_code, 0);
  refused("model.safetensors hpa.npz",
          "hpa.npz: x, row 0, pressure = '1013': is no pressure of the air in Pa (is it in hPa?)");
  refused("model.safetensors humid.npz", "humid.npz: x, row 0, relative_humidity = '1.01'");
  refused("model.safetensors negative.npz", "negative.npz: x, row 0, SO4_CS = '-3': is negative");
  refused("model.safetensors narrow.npz", "narrow.npz: shape of x = '[2, 30]'");
  refused("model.safetensors none.npz", "none.npz");
  refused("good.npz good.npz", "good.npz");
}

}  // namespace
}  // namespace difftrack::apps
