// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/steps/steps_layout.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::detector {

/// How far from the nearest plane [mm] a position may lie for form "position", besides half the sensitive thickness:
/// the uncertainty of a geometry written by hand, far below the distance of planes.
inline constexpr double kPositionTolerance = 0.5;

/// The layer of every row. Throws InputError with file, column, row and value for layers outside the detector.
///
/// "levels"    level2ID < 0 ? level1ID : n + level2ID, n the number of tracker layers (2 in the Bergen DTC)
/// "volume"    2 volumeID[2] + volumeID[3]
/// "plane"     round((z - origin) / pitch)
/// "position"  the plane nearest to z, which must lie within kPositionTolerance of the sensitive slab
/// "column"    the named column
/// with z along the beam in mm (the mapping's units and axis). find_steps_layout says which is taken where columns are
/// missing.
std::vector<std::int32_t> layers_from_table(const event::Table& table, const Detector& detector,
                                            const StepsLayout& layout);
/// The same with the layout that find_steps_layout finds.
std::vector<std::int32_t> layers_from_table(const event::Table& table, const Detector& detector);

/// The same without the check that layers are the detector's, save for form "position".
std::vector<std::int32_t> raw_layers(const event::Table& table, const Detector& detector, const StepsLayout& layout);

/// Energy deposits of a file as Steps, in mm, MeV, ns and rad with the beam along +z. Needed: event, position, energy
/// and what the layer comes from; all other columns of Steps where the file has them, time only if `with_time`. Names
/// of several programs are known (known_quantities, known_positions). A file of hits is read the same way, one step per
/// hit. Throws InputError with file, column, row and value for missing columns, positions
/// that are not finite, negative or infinite energies and layers outside the detector.
event::Steps steps_from_table(const event::Table& table, const Detector& detector, const StepsLayout& layout,
                              bool with_time = false);
/// The same with the layout that find_steps_layout finds, without times.
event::Steps steps_from_table(const event::Table& table, const Detector& detector);

}  // namespace difftrack::detector
