// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// Where the energy of a folded electron is put.
enum class FoldedPosition {
  OfHit,  ///< x, y of the hadron's hit: what merging averages over rows must not move with the number of electron steps
  Own,    ///< as the file has it: charge fires the pixels where it is, and only its name changes
};

/// Gives electrons near the particle that knocked them out its identity, because no sensor can tell them from it.
///
/// With production cuts of micrometres a simulation follows every δ-electron, and each of its steps is a row with a
/// track number of its own; merging by track number then makes hits of them that do not exist. A row with |pdg| = 11
/// takes track, parent, pdg and process of its hadron (anything but an electron or photon): the first one up its line
/// of parents, through electrons and photons that have rows in the event, whatever their distance. It does so where the
/// hadron has rows in the same layer and their mean is nearer than `distance` [mm] in x and y. Rows further away stay
/// electrons, as do those whose line of parents has a gap. Steps of one electron are judged one by one.
///
/// The distance is from the mean and not from the nearest row, since the mean is the hit, and it does not depend on how
/// finely the hadron was stepped; in 25 um of silicon the two differ for 0.15 % of the electron rows.
///
/// z stays, since two steps of equal energy (Auger electrons of one line) at the same place would pass for a row
/// written twice (merge_steps).
///
/// Rows of an event come one after the other, in any order. A second call with OfHit changes nothing. Returns the
/// number of rows folded. Without pdg, track or parent, or with `distance` <= 0, nothing happens. O(n log n) in the
/// rows of events that have electrons, one look at pdg for all others.
std::int64_t fold_electrons(event::Steps& steps, double distance, FoldedPosition position = FoldedPosition::OfHit);

/// The same by ordered maps, each row climbing one parent per pass: what fold_electrons is tested against. Takes events
/// in any order.
std::int64_t fold_electrons_reference(event::Steps& steps, double distance,
                                      FoldedPosition position = FoldedPosition::OfHit);

/// Thresholds::electron_distance in mm [>= 0]: a negative one is four pixels, four times the larger pitch.
double electron_distance(const Detector& detector);

}  // namespace difftrack::detector
