// SPDX-License-Identifier: Apache-2.0
// The emulator against its plain form, and what it keeps whatever its weights are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/aerosol/emulator/plain_emulator.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/event/io/safetensors.hpp"
#include "tests/aerosol/random_emulator.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/problems/aerosol_cells.hpp"

namespace difftrack::aerosol {
namespace {

using ::testing::HasSubstr;

struct Case {
  problems::AerosolKind kind;
  std::size_t hidden;
  double steepness;
};
class Emulator : public testing::TestWithParam<Case> {
 protected:
  Cells cells_ = problems::aerosol_cells(300, GetParam().kind, 11);
  EmulatorModel model_ = random_emulator(GetParam().hidden, GetParam().steepness, 3);
};

std::array<double, kPoolColumns> before(const Cells& cells, std::size_t i) {
  std::array<double, kPoolColumns> state{};
  for (std::size_t c = 0; c < kNewState; ++c) state[c] = cells.state[kStateColumns[c]][i];
  state[0] += cells.production[i] * constants::kTimeStep;
  return state;
}

TEST_P(Emulator, FeaturesAreThePlainOnes) {
  std::vector<float> features, nucleated;
  Emulate::features(cells_, features, nucleated);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Features plain = reference::features(cells_.air(i), cells_.cell(i));
    for (std::size_t f = 0; f < kFeatures; ++f)
      ASSERT_NEAR(features[i * kFeatures + f], plain.values[f], 1e-6 + 1e-6 * std::abs(plain.values[f]))
          << "cell " << i << ", feature " << f;
    ASSERT_NEAR(nucleated[2 * i], plain.new_particles, 1e-6 * plain.new_particles);
    ASSERT_NEAR(nucleated[2 * i + 1], plain.new_sulphate, 1e-6 * plain.new_sulphate);
  }
}

TEST_P(Emulator, IsThePlainOne) {
  const EmulatedCells fast = Emulate(model_)(cells_);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const auto plain = reference::emulate(model_, cells_.air(i), cells_.cell(i));
    const auto old = before(cells_, i);
    const double most_gas = *std::max_element(old.begin(), old.begin() + 5);
    for (std::size_t c = 0; c < kNewState; ++c) {
      const double scale = c < 5 ? most_gas : *std::max_element(old.begin() + 5, old.end()) + plain.state[c];
      ASSERT_NEAR(fast.state[c][i], plain.state[c], GetParam().steepness * (2e-4 * plain.state[c] + 1e-6 * scale))
          << i << " " << c;
    }
  }
}

TEST_P(Emulator, KeepsEverySpeciesAndIsNeverNegative) {
  const EmulatedCells after = Emulate(model_)(cells_);
  constexpr std::array<std::array<std::size_t, 2>, 4> kSpecies{{{0, 5}, {5, 9}, {9, 13}, {13, 17}}};
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const auto old = before(cells_, i);
    for (const auto& [first, last] : kSpecies) {
      double was = 0.0, is = 0.0;
      for (std::size_t c = first; c < last; ++c) was += old[c], is += after.state[c][i];
      ASSERT_NEAR(is, was, 1e-14 * was) << "cell " << i << ", species from column " << first;
    }
    double particles = reference::features(cells_.air(i), cells_.cell(i)).new_particles, left = 0.0;
    for (std::size_t c = 17; c < kNewState; ++c) particles += old[c], left += after.state[c][i];
    ASSERT_LE(left, particles * (1.0 + 1e-6));
    for (std::size_t c = 0; c < kNewState; ++c) ASSERT_GE(after.state[c][i], 0.0);
    for (std::size_t k = 0; k < kSoluble; ++k) ASSERT_GE(after.water[k][i], 0.0);
  }
}

TEST_P(Emulator, DoesNotDependOnThreads) {
  const EmulatedCells one = Emulate(model_, {.threads = 1})(cells_), three = Emulate(model_, {.threads = 3})(cells_);
  EXPECT_EQ(one.state, three.state);
  EXPECT_EQ(one.water, three.water);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Emulator,
    testing::Values(Case{{.name = "ordinary"}, 32, 1.0}, Case{{.name = "overcast", .cloud_cover = 1.0}, 20, 1.0},
                    Case{{.name = "empty", .empty = 0.7}, 33, 1.0}, Case{{.name = "steep"}, 64, 20.0}),
    [](const auto& each) { return std::string(each.param.kind.name) + (each.param.steepness > 1 ? "_weights" : ""); });

/// Pools by hand: half of the sulphate of NS to KS, all gas stays.
TEST(Pools, ShareAsTheirOutputsSay) {
  std::array<float, kNetworkOutputs> outputs;
  outputs.fill(-40.0F);
  outputs[4] = 0.0F;                           // sulphate NS to KS: 1 / (1 + 1)
  outputs[10] = outputs[11] = std::log(2.0F);  // soot and organics KS: 2/5 to AS, 2/5 to CS
  outputs[kPoolOutputs + 1] = std::log(3.0F);  // water of KS: three times its volume
  std::array<double, kPoolColumns> state{};
  state[0] = 7.0, state[1] = 10.0, state[5] = 5.0, state[17] = 100.0;
  const auto after = reference::apply_pools(outputs, state);
  EXPECT_NEAR(after.state[0], 7.0, 1e-12);
  EXPECT_NEAR(after.state[1], 5.0, 1e-12);
  EXPECT_NEAR(after.state[2], 5.0, 1e-12);
  EXPECT_NEAR(after.state[5], 1.0, 1e-6);
  EXPECT_NEAR(after.state[6], 2.0, 1e-6);
  EXPECT_NEAR(after.state[7], 2.0, 1e-6);
  EXPECT_NEAR(after.state[17], 100.0, 1e-9);
  EXPECT_NEAR(after.water[1], 3.0 * (1.0 / 2.0 + 5.0 * 96.0631 / 6.02214e23 * 1e12 / 1.841), 1e-6);
}

TEST(EmulatorModel, ComesBackFromItsFile) {
  const core::TemporaryFolder folder;
  EmulatorModel model = random_emulator(24, 1.0, 5);
  model.metadata["rows"] = "1000";
  write_emulator(folder / "model.safetensors", model);
  const EmulatorModel read = read_emulator(folder / "model.safetensors");
  EXPECT_EQ(read.hidden, 24u);
  EXPECT_EQ(read.weight2, model.weight2);
  EXPECT_EQ(read.direct, model.direct);
  EXPECT_EQ(read.metadata.at("rows"), "1000");
}

TEST(EmulatorModel, OfAnotherKindOrShapeIsRefused) {
  const core::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  const auto refused = [&](const auto& change, const std::string& sentence) {
    write_emulator(path, random_emulator(8, 1.0, 5));
    event::SafeTensors file = event::read_safetensors(path);
    change(file);
    event::write_safetensors(path, file);
    try {
      read_emulator(path);
      FAIL() << sentence;
    } catch (const core::InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path));
      EXPECT_THAT(error.what(), HasSubstr(sentence));
    }
  };
  refused([](auto& file) { file.metadata.erase("kind"); }, "is no emulator");
  refused([](auto& file) { file.metadata["schema"] = "9"; }, "schema = '9'");
  refused([](auto& file) { file.tensors.erase("direct"); }, "direct: is missing");
  refused([](auto& file) { file.tensors["weight2"] = {{8, 7}, std::vector<float>(56)}; }, "weight2 = '[8, 7]'");
  refused([](auto& file) { file.tensors["bias2"] = {{8}, std::vector<float>(8, std::nanf(""))}; }, "bias2 = 'nan'");
  refused(
      [](auto& file) {
        file.tensors["deviation"] = {{kFeatures}, std::vector<float>(kFeatures)};
      },
      "deviation = '0': is not positive");
}

}  // namespace
}  // namespace difftrack::aerosol
