// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tuple>
#include <utility>

#include "difftrack/event/hits.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// Columns that all hits of an event have as its steps: (of the steps, of the hits).
inline constexpr std::tuple kEventColumns{
    std::pair{&event::Steps::run, &event::Hits::run}, std::pair{&event::Steps::spot_x, &event::Hits::spot_x},
    std::pair{&event::Steps::spot_y, &event::Hits::spot_y}, std::pair{&event::Steps::rotation, &event::Hits::rotation}};

/// Columns that a hit of one particle has as its first step, besides those of the event: (of the steps, of the hits).
inline constexpr std::tuple kParticleColumns{
    std::pair{&event::Steps::layer, &event::Hits::layer}, std::pair{&event::Steps::event, &event::Hits::event},
    std::pair{&event::Steps::track, &event::Hits::particle}, std::pair{&event::Steps::pdg, &event::Hits::pdg},
    std::pair{&event::Steps::second_event, &event::Hits::second_event}};

/// Calls visit(values of the steps, values of the hits) for each pair whose column the steps have.
template <class Pairs, class Visitor>
void for_each_pair(const Pairs& pairs, const event::Steps& steps, event::Hits& hits, Visitor&& visit) {
  const auto one = [&](const auto& pair) {
    if (!(steps.*pair.first).empty()) visit(steps.*pair.first, hits.*pair.second);
  };
  std::apply([&](const auto&... each) { (one(each), ...); }, pairs);
}

}  // namespace difftrack::detector
