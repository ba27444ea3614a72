// SPDX-License-Identifier: Apache-2.0
#include "apps/physics/geant4.hpp"

#include <fmt/format.h>

#include "difftrack/simulate/simulation.hpp"

namespace difftrack::physics {

std::vector<simulate::Comparison> compare_geant4(const simulate::SimulationConfig& asked) {
  std::vector<simulate::Comparison> out;
  for (const int water : {100, 150, 200}) {
    auto config = simulate::geant4_run_config(water, asked.primaries, asked.seed);
    config.threads = asked.threads;
    config.scattering = asked.scattering;
    const auto here = simulate::compare_with_geant4(simulate::Simulation(config).run(), config.primaries, water);
    out.insert(out.end(), here.begin(), here.end());
  }
  return out;
}

std::vector<simulate::Check> check_geant4(const std::vector<simulate::Comparison>& comparisons) {
  std::vector<simulate::Check> checks;
  for (const auto& each : comparisons)
    if (each.known == nullptr)
      checks.push_back({fmt::format("{}, {} mm water", each.name, each.water), each.own, each.geant4 - each.allowed,
                        each.geant4 + each.allowed, "Geant4 11.4 (our run)"});
  return checks;
}

std::string comparison_table(const std::vector<simulate::Comparison>& comparisons, bool outside_only) {
  std::string text = fmt::format("{:55} {:>5} {:>9} {:>9} {:>8} {:>8} {:>6}\n", "quantity", "water", "ours", "Geant4",
                                 "error", "ratio", "sigma");
  std::size_t outside = 0;
  for (const auto& each : comparisons) {
    outside += each.outside();
    if (outside_only && !each.outside()) continue;
    text += fmt::format("{:55} {:5} {:9.4g} {:9.4g} {:8.2g} {:8.3f} {:6.1f} {}\n", each.name, each.water, each.own,
                        each.geant4, each.error, each.own / each.geant4, (each.own - each.geant4) / each.error,
                        !each.outside()         ? ""
                        : each.known != nullptr ? each.known
                                                : "outside");
  }
  return text + fmt::format("{} of {} outside 2 % or twice the error\n", outside, comparisons.size());
}

}  // namespace difftrack::physics
