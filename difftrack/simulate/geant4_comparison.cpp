// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/geant4_comparison.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <string>

#include "difftrack/core/units.hpp"
#include "difftrack/simulate/transport_quantities.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kShare = 0.02;  // of the value that a difference may have
constexpr double kErrors = 2.0;  // standard deviations that it may have

constexpr Geant4Value kGeant4[] = {
#include "difftrack/simulate/tables/geant4_reference.inc"
};

/// Quantities that stay outside, by how their names begin, and why (docs/physics.md#what-stays-outside).
struct Known {
  std::string_view begin;
  const char* why;
};
constexpr Known kKnown[] = {
    {"electron hits / 100, before cluster cut", "known: electrons below two pixels"},
    {"electrons / 100 primary hits, plane", "known: electrons through windows"},
    {"kink 99 % [mrad] plane 1", "known: foils of little weight"},
    {"alive at plane 24", "known: range 0.15 mm long"},
};

const char* reason(std::string_view name) {
  const auto* found = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& each) {
    return name.starts_with(each.begin) &&
           !(name.size() > each.begin.size() && std::isdigit(static_cast<unsigned char>(name[each.begin.size()])));
  });
  return found == std::end(kKnown) ? nullptr : found->why;
}

}  // namespace

const std::vector<Geant4Value>& geant4_values() {
  static const std::vector<Geant4Value> values(std::begin(kGeant4), std::end(kGeant4));
  return values;
}

SimulationConfig geant4_run_config(int water, std::int64_t primaries, std::int64_t seed) {
  SimulationConfig config;
  config.phantom = "water:" + std::to_string(water);
  config.primaries = primaries;
  config.seed = seed;
  config.beam.sigma = 3.4;
  config.beam.divergence = 2.45 * units::mrad;
  config.beam.emittance = 20.8 * units::mrad;
  return config;
}

std::vector<Comparison> compare_with_geant4(const event::Steps& steps, std::int64_t primaries, int water) {
  const auto own = transport_quantities(steps, primaries);
  std::vector<Comparison> out;
  for (const auto& reference : geant4_values()) {
    if (reference.water != water) continue;
    const auto same =
        std::find_if(own.begin(), own.end(), [&](const auto& each) { return each.name == reference.name; });
    if (same == own.end()) continue;
    const double error = reference.error * std::sqrt(1.0 + reference.primaries / static_cast<double>(primaries));
    out.push_back({same->name, water, same->value, reference.value, error,
                   std::max(kShare * std::abs(reference.value), kErrors * error), reason(same->name)});
  }
  return out;
}

}  // namespace difftrack::simulate
