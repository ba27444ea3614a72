// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/physics_reference.hpp"

#include "difftrack/simulate/acceptance.hpp"

namespace difftrack::simulate {

std::vector<std::pair<std::string, double>> reference_numbers() {
  std::vector<std::pair<std::string, double>> numbers;
  for (const auto& check : check_water(water_points(500, 11))) numbers.emplace_back(check.name, check.value);
  const Simulation gate(gate_stack_config(kReferencePrimaries, 11));
  for (const auto& check : check_gate_stack(sample_statistics(gate.run(), kReferencePrimaries)))
    numbers.emplace_back(check.name, check.value);
  SimulationConfig config;
  config.primaries = 1000;
  config.seed = 11;
  for (const char* phantom : {"water:100", "water:200", "ctp404"}) {
    config.phantom = phantom;
    const auto steps = Simulation(config).run();
    double energy = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      energy += steps.edep[i];
      squares += steps.x[i] * steps.x[i] + steps.y[i] * steps.y[i];
    }
    const std::string where = std::string(" in bergen-dtc behind ") + phantom;
    numbers.emplace_back("steps" + where, static_cast<double>(steps.size()));
    numbers.emplace_back("deposited energy [MeV]" + where, energy);
    numbers.emplace_back("mean squared radius [mm2]" + where, squares / static_cast<double>(steps.size()));
  }
  return numbers;
}

}  // namespace difftrack::simulate
