// SPDX-License-Identifier: Apache-2.0
#include "tests/aerosol/golden.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "difftrack/aerosol/reference/m7_step.hpp"

namespace difftrack::aerosol {
namespace {

using reference::StepTrace;

std::vector<double> part(const CellState& state, std::size_t first, std::size_t count) {
  return {state.begin() + static_cast<std::ptrdiff_t>(first),
          state.begin() + static_cast<std::ptrdiff_t>(first + count)};
}
template <std::size_t n>
std::vector<double> all(const std::array<double, n>& values) {
  return {values.begin(), values.end()};
}

/// A quantity on the way, by its key in the file.
struct Quantity {
  std::string key;
  std::function<std::vector<double>(const StepTrace&)> of;
};

const std::vector<Quantity> kQuantities{
    {"r_dry_0", [](const StepTrace& t) { return all(t.before.dry_radius); }},
    {"r_wet_0", [](const StepTrace& t) { return all(t.before.radius); }},
    {"density_0", [](const StepTrace& t) { return all(t.before.density); }},
    {"water_0", [](const StepTrace& t) { return all(t.before.water); }},
    {"cs_mode", [](const StepTrace& t) { return all(t.condensation.sink); }},
    {"cs_total", [](const StepTrace& t) { return std::vector{t.condensation.total_sink}; }},
    {"gas_after_cond", [](const StepTrace& t) { return std::vector{t.condensation.gas}; }},
    {"so4_after_cond", [](const StepTrace& t) { return all(t.condensation.sulphate); }},
    {"so4_on_KI_AI_CI", [](const StepTrace& t) { return all(t.condensation.on_insoluble); }},
    {"J_vehkamaki", [](const StepTrace& t) { return std::vector{t.nucleation.binary}; }},
    {"n_crit_h2so4", [](const StepTrace& t) { return std::vector{t.nucleation.molecules}; }},
    {"J_activation", [](const StepTrace& t) { return std::vector{t.nucleation.activation}; }},
    {"n_new", [](const StepTrace& t) { return std::vector{t.nucleation.particles}; }},
    {"h2so4_nucleated", [](const StepTrace& t) { return std::vector{t.nucleation.sulphate}; }},
    {"gas_final", [](const StepTrace& t) { return std::vector{t.nucleation.gas}; }},
    {"coag_kernel16", [](const StepTrace& t) { return all(t.kernel); }},
    {"mass_after_coag", [](const StepTrace& t) { return part(t.coagulated, So4Ns, kMasses); }},
    {"number_after_coag", [](const StepTrace& t) { return part(t.coagulated, NNs, kModes); }},
    {"r_dry_1", [](const StepTrace& t) { return all(t.aged.dry_radius); }},
    {"mass_final", [](const StepTrace& t) { return part(t.moved, So4Ns, kMasses); }},
    {"number_final", [](const StepTrace& t) { return part(t.moved, NNs, kModes); }},
    {"r_dry_2", [](const StepTrace& t) { return all(t.after.dry_radius); }},
    {"r_wet_2", [](const StepTrace& t) { return all(t.after.radius); }},
    {"density_2", [](const StepTrace& t) { return all(t.after.density); }},
    {"water_2", [](const StepTrace& t) { return all(t.after.water); }},
};

TEST(Golden, TheReferenceHasEveryQuantityOnTheWay) {
  if (!Golden::is_there()) GTEST_SKIP() << Golden::path() << " is not there";
  const Golden golden;
  std::vector<StepTrace> traces;
  for (std::size_t i = 0; i < golden.cells().size(); ++i)
    traces.push_back(reference::m7_step(golden.cells().air(i), golden.cells().cell(i)));
  ASSERT_EQ(traces.size(), 500U);
  for (const Quantity& quantity : kQuantities) {
    std::vector<double> found;
    for (const StepTrace& trace : traces)
      for (const double value : quantity.of(trace)) found.push_back(value);
    const std::vector<double> expected = golden.values(quantity.key);
    ASSERT_EQ(found.size(), expected.size()) << quantity.key;
    EXPECT_LE(worst_column_error(found, expected, expected.size() / traces.size()), 1.0) << quantity.key;
  }
}

}  // namespace
}  // namespace difftrack::aerosol
