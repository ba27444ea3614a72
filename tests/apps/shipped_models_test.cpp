// SPDX-License-Identifier: Apache-2.0
// Every shipped model meets the figures of its card (models/NAME.json) on frames that this test simulates.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/apps/run_command.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::apps {
namespace {

namespace fs = std::filesystem;

class ShippedModels : public testing::TestWithParam<std::string> {};

TEST_P(ShippedModels, MeetsItsCard) {
  const fs::path folder = fs::path(testing::TempDir()) / ("difftrack_model_" + GetParam());
  fs::create_directories(folder);
  const auto card = nlohmann::json::parse(std::ifstream(paths::source() + "/models/" + GetParam() + ".json"));
  for (const auto& cell : card.at("figures")) {
    const std::string name = cell.at("name"), simulate = cell.at("simulate");
    const auto made = run_command("cd " + folder.string() + " && difftrack simulate -q " + simulate + " -o steps.npz");
    ASSERT_EQ(made.exit_code, 0) << made.output;
    for (const auto& figure : cell.at("at")) {
      const int per_frame = figure.at("per_frame");
      const auto tracks =
          run_command("cd " + folder.string() + " && difftrack reconstruct -q steps.npz --detector " +
                      card.at("detector").get<std::string>() + " --model " + GetParam() + " --per-frame " +
                      std::to_string(per_frame) + " --no-keep-partial " + card.value("reconstruct", "") +
                      " -o tracks && difftrack evaluate tracks.npz --json m.json");
      ASSERT_EQ(tracks.exit_code, 0) << tracks.output;
      const auto metrics = nlohmann::json::parse(std::ifstream(folder / "m.json")).at(0);
      for (const char* key : {"published_purity", "published_efficiency", "strict_purity", "strict_efficiency"}) {
        const double value = metrics.at(key).at("value"), low = metrics.at(key).at("low");
        // Two points for another machine's rounding, and the statistical error of these frames.
        EXPECT_GE(value, figure.at(key).get<double>() - 0.02 - (value - low))
            << name << " at " << per_frame << ": " << key;
      }
    }
  }
  fs::remove_all(folder);
}

std::vector<std::string> shipped() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(paths::source() + "/models"))
    if (entry.path().extension() == ".safetensors") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Models, ShippedModels, testing::ValuesIn(shipped()), [](const auto& parameter) {
  std::string name = parameter.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace difftrack::apps
