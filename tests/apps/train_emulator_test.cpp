// SPDX-License-Identifier: Apache-2.0
// difftrack train-emulator, as a user runs it; present where the build has LibTorch.
#ifdef DIFFTRACK_HAS_TRAINING
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "difftrack/aerosol/emulator/model.hpp"
#include "tests/apps/flag_effects.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::apps {
namespace {

using ::testing::HasSubstr;

class TrainEmulator : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run("difftrack aerosol simulate -q --boxes 12 --seed 1 -o rows.npz").exit_code, 0);
    ASSERT_EQ(run("difftrack aerosol simulate -q --boxes 5 --seed 2 -o test.npz").exit_code, 0);
    ASSERT_EQ(run("difftrack aerosol simulate -q --boxes 6 --seed 3 -o more.npz").exit_code, 0);
  }
  CommandResult run(const std::string& command) const { return run_command("cd " + (folder_ / "") + " && " + command); }
  std::string bytes(const std::string& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void refused(const std::string& arguments, const std::string& sentence) const {
    const CommandResult result = run("difftrack train-emulator " + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments << ": " << result.output;
    EXPECT_THAT(result.output, HasSubstr(sentence));
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  }
  core::TemporaryFolder folder_;
};

TEST_F(TrainEmulator, OptionsOfTransferChangeTheModel) {
  const std::string base = "--hidden 4 --epochs 2 --batch 20", fresh = base + " --fresh 3";
  const std::vector<Effect> effects{{"--hidden 8", "--epochs 2 --batch 20"},
                                    {"--epochs 3", "--hidden 4 --batch 20"},
                                    {"--batch 10", "--hidden 4 --epochs 2"},
                                    {"--learning-rate 0.01", base},
                                    {"--squares 1", base},
                                    {"--relative 1", base},
                                    {"--seed 2", base},
                                    {"--fresh 4", base},
                                    {"--fresh-seed 7", fresh}};
  check("train-emulator transfer", effects, {}, {"output", "quiet", "resume"}, [this](const std::string& options) {
    const CommandResult result = run("difftrack train-emulator transfer -q rows.npz -o model.safetensors " + options);
    if (result.exit_code != 0) return result.output;
    const auto model = aerosol::read_emulator(folder_ / "model.safetensors");
    return fmt::format("{} {}", fmt::join(model.weight1, " "), fmt::join(model.direct, " "));
  });
}

TEST_F(TrainEmulator, OptionsOfPublishedChangeTheAnswers) {
  const std::string some = "--test test.npz ", base = some + "--hidden 4 --epochs 3 --batch 20";
  const std::vector<Effect> effects{{"--hidden 8", some + "--epochs 3 --batch 20"},
                                    {"--epochs 4", some + "--hidden 4 --batch 20 --validation 0"},
                                    {"--batch 10", some + "--hidden 4 --epochs 3"},
                                    {"--learning-rate 0.01", base},
                                    {"--weight-decay 0.1", base},
                                    {"--validation 0.5", base},
                                    {"--seed 2", base},
                                    {"--form logarithms", base},
                                    {"--complete", base},
                                    {"--mass-loss 10", base},
                                    {"--positivity-loss 100", base}};
  check("train-emulator published", effects, {}, {"output", "quiet", "resume", "test"},
        [this](const std::string& options) {
          const CommandResult result = run("difftrack train-emulator published -q rows.npz -o answers.npz " + options);
          return result.exit_code != 0 ? result.output : bytes("answers.npz");
        });
  EXPECT_EQ(
      run("difftrack train-emulator published -q rows.npz -o more-answers.npz --epochs 1 --test more.npz").exit_code,
      0);
  const CommandResult told = run("difftrack train-emulator published rows.npz -o answers.npz " + base);
  EXPECT_THAT(told.output, HasSubstr("plain   completed   corrected"));
  EXPECT_THAT(told.output, HasSubstr("R2, mean of 28 columns"));
}

TEST_F(TrainEmulator, OptionsOfLayerChangeItsReport) {
  const std::string base = "--epochs 2 --hidden 4 --protons 1000";
  const std::vector<Effect> effects{{"--epochs 3", "--hidden 4 --protons 1000"},
                                    {"--hidden 8", "--epochs 2 --protons 1000"},
                                    {"--protons 1100", "--epochs 2 --hidden 4"},
                                    {"--batch 100", base},
                                    {"--learning-rate 0.02", base},
                                    {"--seed 2", base},
                                    {"--detector gate-3mm-al", base},
                                    {"--layer 1", base},
                                    {"--energy 150", base}};
  check("train-emulator layer", effects, {}, {"quiet"}, [this](const std::string& options) {
    const std::string told = run("difftrack train-emulator layer -q " + options).output;
    return told.substr(told.find('\n') + 1, told.find("microseconds") - told.find('\n') - 1);  // no names, no times
  });
  refused("layer -q --layer 4000", "layer = '4000': is none of its");
  refused("layer -q --detector nothing", "nothing");
}

TEST_F(TrainEmulator, RefusesWhatItCannotLearnFrom) {
  refused("transfer -q none.npz -o model.safetensors", "none.npz");
  refused("transfer -q rows.npz -o rows.npz", "rows.npz");
  refused("transfer -q rows.npz -o model.safetensors --hidden 0", "--hidden = '0'");
  refused("published -q rows.npz -o answers.npz --test rows.npz --form roots", "--form = 'roots'");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "model.safetensors"));
  std::ofstream(folder_ / "model.safetensors.checkpoint") << "x";
  refused("transfer -q rows.npz -o model.safetensors", "--resume goes on, or remove it");
}

}  // namespace
}  // namespace difftrack::apps
#endif
