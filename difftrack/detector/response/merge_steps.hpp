// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/hits.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// What came of the steps, and what was left out and why. For hits of pixels `small` counts clusters that were dropped.
struct MergeReport {
  std::int64_t rows = 0;        ///< steps that came in
  std::int64_t duplicates = 0;  ///< steps dropped because an identical one came before in the same event
  std::int64_t folded = 0;      ///< steps of electrons that joined a hit of their parent (fold_electrons)
  std::int64_t merged = 0;      ///< steps that joined an earlier step of the same particle and layer
  std::int64_t small = 0;       ///< hits dropped because their cluster is smaller than the threshold
  std::int64_t hits = 0;        ///< hits that came out
  std::int64_t mixed = 0;       ///< hits of pixels: those with pixels of several events
  std::int64_t crowded = 0;     ///< hits of pixels: those of three primaries or more, of which truth names two

  /// Adds the counts of another part.
  MergeReport& operator+=(const MergeReport& other);
};

/// What merging gives.
struct MergedHits {
  event::Hits hits;  ///< by event, within it in the order of their first steps
  MergeReport report;
};

/// Size of the cluster that an energy deposit [MeV] fires: int(4.2267 (1000 edep / 25)^0.65 + 0.5) pixels, the law of
/// the DigitalTrackingCalorimeterToolkit that the published method uses (arXiv 2407.13420).
std::int32_t cluster_size(double edep);

/// The published merging, which uses truth: all steps of one (event, track, layer) become one hit, energies summed,
/// positions averaged; hits with clusters below `thresholds.min_cluster_size` are dropped. Without tracks every step
/// is a hit. Of steps that are equal in event, track, layer, position and energy only the first counts.
/// Hits are numbered from `first_id`, dropped ones included. Rows may come in any order; hits come by event.
MergedHits merge_steps(const event::Steps& steps, const Thresholds& thresholds, std::int64_t first_id = 0);

/// The same of events that come whole, one after the other; hits keep their order.
MergedHits merge_events(const event::Steps& whole_events, const Thresholds& thresholds, std::int64_t first_id = 0);

/// The same by an ordered map, as plainly as it can be said: what merge_steps is tested against.
MergedHits merge_steps_reference(const event::Steps& steps, const Thresholds& thresholds, std::int64_t first_id = 0);

/// Leaves out steps that are equal to an earlier one of their event in track, layer, position and energy; returns how
/// many. Steps of an event come one after the other.
std::int64_t drop_repeated_steps(event::Steps& steps);

}  // namespace difftrack::detector
