// SPDX-License-Identifier: Apache-2.0
// One table of cases; each runs plainly and in vectors, and both are the same.
#include "difftrack/aerosol/m7.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/reference/m7_step.hpp"
#include "tests/aerosol/golden.hpp"
#include "tests/problems/aerosol_cells.hpp"

namespace difftrack::aerosol {
namespace {

using problems::AerosolKind;

struct Case {
  AerosolKind kind;
  std::size_t cells = 3000;
};

class M7Step : public testing::TestWithParam<Case> {
 protected:
  Cells cells() const { return problems::aerosol_cells(GetParam().cells, GetParam().kind, 7); }
};

StepResult plainly(const Cells& cells) {
  StepResult result;
  result.resize(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto trace = reference::m7_step(cells.air(i), cells.cell(i));
    for (std::size_t c = 0; c < kColumns; ++c) result.state[c][i] = trace.moved[c];
    for (std::size_t k = 0; k < kSoluble; ++k) result.water[k][i] = trace.after.water[k];
    for (std::size_t k = 0; k < 3; ++k) {
      const double down = k == 0 ? 0.0 : result.grown[k - 1][i];
      result.grown[k][i] = trace.coagulated[number_of(k)] + down - trace.moved[number_of(k)];
    }
    result.nucleation_rate[i] = trace.nucleation.binary + trace.nucleation.activation;
    result.new_particles[i] = trace.nucleation.particles;
    result.condensation_sink[i] = trace.condensation.total_sink;
  }
  return result;
}

TEST_P(M7Step, InVectorsIsThePlainOne) {
  const Cells all = cells();
  const StepResult fast = M7({.threads = 1})(all), plain = plainly(all);
  for (std::size_t c = 0; c < kColumns; ++c) {
    // What is left of much, where nearly all of it is moved, is as good as the rounding of the much.
    const double largest = *std::max_element(plain.state[c].begin(), plain.state[c].end());
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_NEAR(fast.state[c][i], plain.state[c][i],
                  1e-9 * std::abs(plain.state[c][i]) + 1e-13 * largest + 2e-12 * all.state[c][i])
          << kColumnNames[c] << ", cell " << i;
  }
  for (std::size_t k = 0; k < kSoluble; ++k)
    EXPECT_LE(worst_column_error(fast.water[k], plain.water[k], 1), 1.0) << "water " << k;
  EXPECT_LE(worst_column_error(fast.nucleation_rate, plain.nucleation_rate, 1), 1.0);
  EXPECT_LE(worst_column_error(fast.new_particles, plain.new_particles, 1), 1.0);
  EXPECT_LE(worst_column_error(fast.condensation_sink, plain.condensation_sink, 1), 1.0);
  for (std::size_t k = 0; k < 3; ++k)  // the plain one is a difference of numbers
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_NEAR(fast.grown[k][i], plain.grown[k][i],
                  1e-8 + 1e-11 * (all.state[number_of(k)][i] + plain.grown[k][i] + plain.new_particles[i]));
}

/// Sums of soot, organic carbon, salt, dust and sulphur of a cell, with what is produced.
std::array<double, 5> sums(const CellState& state) {
  const auto sum = [&](int first, int last) {
    double total = 0.0;
    for (int c = first; c <= last; ++c) total += state[static_cast<std::size_t>(c)];
    return total;
  };
  return {sum(Gas, So4Cs), sum(BcKs, BcKi), sum(OcKs, OcKi), sum(SsAs, SsCs), sum(DuAs, DuCi)};
}

TEST_P(M7Step, ConservesMassAndStaysPositive) {
  const Cells all = cells();
  const StepResult fast = M7({.threads = 1})(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CellState after{};
    for (std::size_t c = 0; c < kColumns; ++c) {
      after[c] = fast.state[c][i];
      EXPECT_GE(after[c], -1e-14 * (1.0 + all.state[c][i])) << kColumnNames[c] << ", cell " << i;
    }
    auto before = sums(all.cell(i));
    const auto now = sums(after);
    before[0] += all.production[i] * constants::kTimeStep;
    for (std::size_t s = 0; s < before.size(); ++s)
      EXPECT_NEAR(now[s], before[s], 1e-14 * before[s]) << s << ", cell " << i;
  }
}

TEST_P(M7Step, IsTheSameForAnyNumberOfThreads) {
  const Cells all = cells();
  const StepResult one = M7({.threads = 1})(all), three = M7({.threads = 3})(all);
  for (std::size_t c = 0; c < kColumns; ++c) EXPECT_EQ(one.state[c], three.state[c]);
  EXPECT_EQ(one.water, three.water);
  EXPECT_EQ(one.grown, three.grown);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, M7Step,
    testing::Values(
        Case{{.name = "ordinary"}, 5000}, Case{{.name = "full", .empty = 0.0}},
        Case{{.name = "half_empty", .empty = 0.5}}, Case{{.name = "overcast", .cloud_cover = 1.0}},
        Case{{.name = "clear", .cloud_cover = 0.0}},
        Case{{.name = "nucleating", .cloud_cover = 0.0, .gas = 1e9, .humidity_low = 0.4, .cold = 200, .warm = 260}},
        Case{{.name = "no_gas", .gas = 0.0}}, Case{{.name = "wide", .spread = 4.0}},
        Case{{.name = "damp", .humidity_low = 0.9}}, Case{{.name = "one_cell"}, 1},
        Case{{.name = "a_block_and_one"}, 65}),
    [](const auto& each) { return std::string(each.param.kind.name); });

TEST(Golden, TheVectorsHaveTheNewStateAndTheWater) {
  if (!Golden::is_there()) GTEST_SKIP() << Golden::path() << " is not there";
  const Golden golden;
  const StepResult fast = M7({.threads = 1})(golden.cells());
  const auto expect = [&](const std::string& key, const auto& columns, std::size_t first, std::size_t count) {
    std::vector<double> found;
    for (std::size_t i = 0; i < fast.size(); ++i)
      for (std::size_t c = first; c < first + count; ++c) found.push_back(columns.at(c)[i]);
    EXPECT_LE(worst_column_error(found, golden.values(key), count), 1.0) << key;
  };
  expect("gas_final", fast.state, Gas, 1);
  expect("mass_final", fast.state, So4Ns, kMasses);
  expect("number_final", fast.state, NNs, kModes);
  expect("water_2", fast.water, 0, kSoluble);
}

}  // namespace
}  // namespace difftrack::aerosol
