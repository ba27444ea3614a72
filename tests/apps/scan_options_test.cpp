// SPDX-License-Identifier: Apache-2.0
// Every flag of the commands from a scan to its score, as options_test.cpp has it for the others.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/apps/flag_effects.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::apps {
namespace {

class ScanOptions : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new core::TemporaryFolder;
    std::ofstream(*folder_ / "scan.toml")
        << "views = 8\nprotons_per_spot = 60\nphantom = \"ctp404\"\nspots_x = 15\nspot_pitch = 11.0\n";
    ASSERT_EQ(run("difftrack scan scan.toml -q").exit_code, 0);
    ASSERT_EQ(run("difftrack reconstruct -q scan --method truth -o scanned").exit_code, 0);
  }
  static void TearDownTestSuite() { delete folder_; }

  static CommandResult run(const std::string& command) {
    return run_command("cd " + (*folder_ / "") + " && " + command);
  }

  static core::TemporaryFolder* folder_;
};
core::TemporaryFolder* ScanOptions::folder_ = nullptr;

TEST_F(ScanOptions, OfCalibrateChangeTheCalibration) {
  const std::string few = "--thickest 24 --step 6 --protons 300";
  const std::vector<Effect> effects{{"--detector gate-3mm-al", few},
                                    {"--energy 220", few},
                                    {"--thickest 30 --step 6 --protons 300"},
                                    {"--step 8 --thickest 24 --protons 300"},
                                    {"--protons 400 --thickest 24 --step 6"},
                                    {"--seed 2", few},
                                    {"--range-hits 3", few},
                                    {"--deposit-width 0.4", few},
                                    {"--deposit-clip 2", few},
                                    {"--tail-margin 0.2", few},
                                    {"--smoothing 3", few},
                                    {"--knots 3", few}};
  check("calibrate", effects, {{"--threads 1", few}}, {"output", "quiet"}, [](const std::string& options) {
    if (options.find("--protons") == std::string::npos) return std::string("not run: it would take minutes");
    const CommandResult result = run("difftrack calibrate -q -o out.range " + options);
    if (result.exit_code != 0) return result.output;
    std::ifstream in(*folder_ / "out.range");
    std::string table;
    for (std::string line; std::getline(in, line);)
      if (!line.starts_with("#")) table += line + "\n";  // the comment has the command line
    return table;
  });
}

TEST_F(ScanOptions, OfScanAreThoseOfAnyCommand) {
  check("scan", {}, {}, {"output", "threads", "quiet"}, [](const std::string&) { return std::string(); });
}

TEST_F(ScanOptions, OfImageChangeTheImage) {
  const std::string base = "scanned.npz --pixels 24 --pixel 8 --hull cylinder:75",
                    found = "scanned.npz --pixels 24 --pixel 8", drop = base + " --method drop";
  const std::vector<Effect> effects{{"--files-from scanned.txt", "--pixels 24 --pixel 8 --hull cylinder:75"},
                                    {"--detector gate-3mm-al", base},
                                    {"--calibration gate-3mm-al", base},
                                    {"--max-hole 0.5", base},
                                    {"--hull cylinder:60", found},
                                    {"--hull-threshold 0.8", found},
                                    {"--energy 200", base},
                                    {"--sigma 5", base},
                                    {"--divergence 4mrad", base},
                                    {"--emittance 10mm-mrad", base},
                                    {"--convergent", base},
                                    {"--source-z -1000", base},
                                    {"--steering-distance 3000", base},
                                    {"--position-sd 1", base},
                                    {"--scattering-scale 2", base},
                                    {"--angle-sigmas 1", base},
                                    {"--wepl-sigmas 1", base},
                                    {"--cell 20", base},
                                    {"--fewest 4", base},
                                    {"--pixels 22", "scanned.npz --pixel 8 --hull cylinder:75"},
                                    {"--pixel 9", "scanned.npz --pixels 24 --hull cylinder:75"},
                                    {"--slices 2", base},
                                    {"--slice-height 10", base},
                                    {"--splat linear", base},
                                    {"--window hann", base},
                                    {"--method drop", base},
                                    {"--sweeps 2", drop},
                                    {"--relaxation 0.3", drop},
                                    {"--tv-steps 2", drop},
                                    {"--tv-length 0.1", drop},
                                    {"--tv-shrink 0.5", drop},
                                    {"--range-hits 3", base},
                                    {"--deposit-width 0.4", base},
                                    {"--deposit-clip 2", base},
                                    {"--tail-margin 0.2", base}};
  std::ofstream(*folder_ / "scanned.txt") << "scanned.npz\n";
  check("image", effects, {{"--threads 1", base}}, {"output", "quiet"}, [](const std::string& options) {
    const CommandResult result = run("difftrack image -q -o out.mha " + options);
    if (result.exit_code != 0) return result.output;
    std::ifstream in(*folder_ / "out.mha", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  });
}

TEST_F(ScanOptions, OfExportChangeTheProtons) {
  const std::string base = "scanned.npz --pixels 24 --pixel 8 --hull cylinder:75",
                    found = "scanned.npz --pixels 24 --pixel 8";
  const std::vector<Effect> effects{{"--files-from scanned.txt", "--pixels 24 --pixel 8 --hull cylinder:75"},
                                    {"--detector gate-3mm-al", base},
                                    {"--calibration gate-3mm-al", base},
                                    {"--max-hole 0.5", base},
                                    {"--hull cylinder:60", found},
                                    {"--hull-threshold 0.8", found},
                                    {"--energy 200", base},
                                    {"--sigma 5", base},
                                    {"--divergence 4mrad", base},
                                    {"--emittance 10mm-mrad", base},
                                    {"--convergent", base},
                                    {"--source-z -1000", base},
                                    {"--steering-distance 3000", base},
                                    {"--position-sd 1", base},
                                    {"--scattering-scale 2", base},
                                    {"--angle-sigmas 1", base},
                                    {"--wepl-sigmas 1", base},
                                    {"--cell 20", base},
                                    {"--fewest 4", base},
                                    {"--pixels 22", "scanned.npz --pixel 8"},
                                    {"--pixel 9", "scanned.npz --pixels 24"},
                                    {"--slices 2", found + " --slice-height 6"},
                                    {"--slice-height 10", found},
                                    {"--range-hits 3", base},
                                    {"--deposit-width 0.4", base},
                                    {"--deposit-clip 2", base},
                                    {"--tail-margin 0.2", base},
                                    {"--format npz", base},
                                    {"--splat linear", base + " --format rtk"},
                                    {"--entrance-z -120", base}};
  std::ofstream(*folder_ / "scanned.txt") << "scanned.npz\n";
  check("export", effects, {{"--threads 1", base}}, {"output", "quiet"}, [](const std::string& options) {
    std::filesystem::remove_all(*folder_ / "out");
    const CommandResult result = run("difftrack export -q -o out " + options);
    return result.exit_code != 0 ? result.output : run("cat out/*").output;
  });
}

TEST_F(ScanOptions, OfScoreChangeWhatIsTold) {
  ASSERT_EQ(
      run("difftrack image -q scanned.npz --pixels 24 --pixel 8 --hull cylinder:75 --slice-height 20 -o judged.mha")
          .exit_code,
      0);
  ASSERT_EQ(
      run("difftrack image -q scanned.npz --pixels 24 --pixel 8 --hull cylinder:75 --slice-height 20 --window hann "
          "-o beside.mha")
          .exit_code,
      0);
  std::ofstream(*folder_ / "table.csv") << "hu,material,density\n-1024,air,0.0012\n0,water,1.0\n";
  std::ofstream(*folder_ / "block.mhd") << "NDims = 3\nDimSize = 3 3 3\nElementSpacing = 40 40 40\n"
                                           "ElementType = MET_UCHAR\nElementDataFile = block.raw\n";
  std::ofstream(*folder_ / "block.raw") << std::string(27, 'd');  // 100 HU
  const std::string base = "judged.mha --phantom ctp404", block = "judged.mha --phantom volume:block.mhd";
  const std::vector<Effect> effects{{"--phantom edges", "judged.mha"},
                                    {"--reference beside.mha --margin 0", "judged.mha"},
                                    {"--against beside.mha", base},
                                    {"--hu-table table.csv", block},
                                    {"--rsp-energy 100", base},
                                    {"--finer 3", base},
                                    {"--margin 12", base},
                                    {"--inner 0.5", base}};
  check("score", effects, {{"--threads 1", base}}, {"json", "page", "quiet"},
        [](const std::string& options) { return run("difftrack score " + options).output; });
}

TEST_F(ScanOptions, OfCheckImageChangeWhatIsFound) {
  const std::string few = "--frames 2 --swaps 8 --lambdas 1", grid = "--pixels 24 --pixel 8",
                    of = "scan --phantom ctp404 --per-frame 60 ", base = of + few + " " + grid + " --hull cylinder:75",
                    found = of + few + " " + grid;
  const std::vector<Effect> effects{
      {"--files-from scan.txt", "--phantom ctp404 --per-frame 60 " + few + " " + grid + " --hull cylinder:75"},
      {"--detector gate-3mm-al --model bergen-dtc --calibration gate-3mm-al", base},
      {"--model gate-3mm-al", base},
      {"--calibration gate-3mm-al --detector gate-3mm-al", base},
      {"--per-frame 30", "scan --phantom ctp404 --hull cylinder:75 " + few + " " + grid},
      {"--lambdas 3", of + grid + " --hull cylinder:75 --frames 2 --swaps 8"},
      {"--mode forced", base},
      {"--unassigned-cost 0.2", base + " --mode free"},
      {"--min-score 0.5", base},
      {"--hull cylinder:60", found},
      {"--hull-threshold 0.8", found},
      {"--energy 200", base},
      {"--sigma 5", base},
      {"--divergence 4mrad", base},
      {"--emittance 10mm-mrad", base},
      {"--convergent", base},
      {"--source-z -1000", base},
      {"--steering-distance 3000", base},
      {"--position-sd 1", base},
      {"--scattering-scale 2", base},
      {"--angle-sigmas 1", base},
      {"--wepl-sigmas 1", base},
      {"--cell 20", base},
      {"--fewest 4", base},
      {"--pixels 22", of + few + " --pixel 8 --hull cylinder:75"},
      {"--pixel 9", of + few + " --pixels 24 --hull cylinder:75"},
      {"--slices 2", base},
      {"--slice-height 10", base},
      {"--splat linear", base},
      {"--window hann", base},
      {"--range-hits 3", base},
      {"--deposit-width 0.4", base},
      {"--deposit-clip 2", base},
      {"--tail-margin 0.2", base},
      {"--phantom edges", "scan --per-frame 60 " + few + " " + grid + " --hull cylinder:75"},
      {"--hu-table table.csv", "scan --phantom volume:block.mhd --per-frame 60 --hull cylinder:75 " + few + " " + grid},
      {"--rsp-energy 100", base},
      {"--finer 3", base},
      {"--frames 3", of + grid + " --hull cylinder:75 --lambdas 1 --swaps 8"},
      {"--swaps 9", of + grid + " --hull cylinder:75 --lambdas 1 --frames 2"},
      {"--swap-seed 2", base},
      {"--temperature 0.5", base},
      {"--samples 7", base + " --temperature 0.5"}};
  std::ofstream(*folder_ / "scan.txt") << "scan\n";
  std::ofstream(*folder_ / "table.csv") << "hu,material,density\n-1024,air,0.0012\n0,water,1.0\n";
  std::ofstream(*folder_ / "block.mhd") << "NDims = 3\nDimSize = 3 3 3\nElementSpacing = 40 40 40\n"
                                           "ElementType = MET_UCHAR\nElementDataFile = block.raw\n";
  std::ofstream(*folder_ / "block.raw") << std::string(27, 'd');  // 100 HU
  check("check-image", effects, {{"--threads 1", base}}, {"json", "quiet"}, [](const std::string& options) {
    const CommandResult result = run("difftrack check-image -q --json check.json " + options);
    if (result.exit_code != 0) return result.output;
    std::ifstream in(*folder_ / "check.json");
    return std::string(std::istreambuf_iterator<char>(in), {});
  });
}

}  // namespace
}  // namespace difftrack::apps
