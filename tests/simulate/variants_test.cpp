// SPDX-License-Identifier: Apache-2.0
// The options that choose another simulation: cuts of electrons, steps and their shift, models of scattering.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>

#include "difftrack/simulate/sample_statistics.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/simulate/transport_quantities.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

SimulationConfig sample(int water, std::int64_t primaries) {
  SimulationConfig config;
  config.phantom = "water:" + std::to_string(water);
  config.primaries = primaries;
  config.seed = 11;
  return config;
}

double quantity(const SimulationConfig& config, std::string_view name) {
  for (const auto& each : transport_quantities(Simulation(config).run(), config.primaries))
    if (each.name == name) return each.value;
  ADD_FAILURE() << name << " is not there";
  return 0.0;
}

constexpr const char* kCorrelation = "correlation of adjacent kinks, planes 3-11";

// Geant4 with the toolkit's cuts (data/geant4/bergen_dtc_water100_small_cuts.npz): 9.5 electron hits per 100 of
// primaries, 85 % of them within 50 um of their parent's. What they take is missing at the parent.
TEST(Variants, SmallCutsMakeElectronsBesideTheirParents) {
  auto config = sample(100, 1500);
  const auto mean = [&] {
    double sum = 0.0, all = 0.0, number = 0.0;
    const auto steps = Simulation(config).run();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      all += steps.edep[i];
      if (steps.parent[i] == 0) sum += steps.edep[i], ++number;
    }
    return std::pair{sum / number, all / number};
  };
  const auto [coarse, coarse_all] = mean();
  config.electron_cut = 0.007;
  const auto [fine, fine_all] = mean();
  EXPECT_LT(fine, 0.95 * coarse);
  EXPECT_NEAR(fine_all / coarse_all, 1.0, 0.04);
  std::map<std::tuple<std::int64_t, int, int>, MergedHit> hits;
  const auto merged = merge_by_track(Simulation(config).run());
  for (const auto& hit : merged) hits[{hit.event, hit.track, hit.layer}] = hit;
  double electrons = 0.0, near = 0.0, primaries = 0.0;
  for (const auto& hit : merged) {
    primaries += hit.parent == 0;
    if (hit.pdg != pdg::kElectron) continue;
    ++electrons;
    const auto parent = hits.find({hit.event, hit.parent, hit.layer});
    if (parent != hits.end()) near += std::hypot(hit.x - parent->second.x, hit.y - parent->second.y) < 0.05;
  }
  EXPECT_NEAR(100.0 * electrons / primaries, 10.3, 2.0);
  EXPECT_NEAR(near / electrons, 0.85, 0.06);
}

// Kinks share deflections from where a slab takes a tenth of the range; in fine steps everywhere.
TEST(Variants, FinerStepsCorrelateAdjacentKinks) {
  auto config = sample(100, 6000);
  EXPECT_LT(quantity(config, kCorrelation), 0.06);
  config.step_share = 0.01;
  const double shifted = quantity(config, kCorrelation);
  EXPECT_NEAR(shifted, 0.25, 0.05);
  config.step_shift = false;
  EXPECT_LT(quantity(config, kCorrelation), shifted);
}

// Molière's theory with its shift: as Geant4 with steps of 0.25 mm, 0.29.
TEST(Variants, DisplacedKinksCorrelateAsInFineSteps) {
  auto config = sample(100, 6000);
  config.scattering = Scattering::Displaced;
  EXPECT_NEAR(quantity(config, kCorrelation), 0.29, 0.04);
  config.scattering = Scattering::WentzelViLike;
  EXPECT_LT(quantity(config, kCorrelation), 0.08);
}

// Behind 100 mm of water Molière's theory is 6 % wider than Urban's fits, shifted or not.
TEST(Variants, MoliereIsALittleWiderThanUrbanBehindWater) {
  auto config = sample(100, 6000);
  const double urban = quantity(config, "slope 68 % [mrad] plane 0-1");
  for (const auto mode : {Scattering::WentzelViLike, Scattering::Displaced}) {
    config.scattering = mode;
    EXPECT_NEAR(quantity(config, "slope 68 % [mrad] plane 0-1") / urban, 1.06, 0.03);
  }
}

}  // namespace
