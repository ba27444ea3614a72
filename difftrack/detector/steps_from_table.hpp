// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::detector {

/// The layer of every row. Throws InputError with file, column, row and value for layers outside the detector.
///
/// "levels"  level2ID < 0 ? level1ID : n + level2ID, n the number of tracker layers (2 in the Bergen DTC)
/// "volume"  2 volumeID[2] + volumeID[3]
/// "plane"   round((posZ - origin) / pitch)
/// "column"  the named column
/// Where the columns of the described form are missing, a column "layer" is used if there is one, and else, for
/// "levels", the form "volume", and the other way round.
std::vector<std::int32_t> layers_from_table(const event::Table& table, const Detector& detector);

/// Energy deposits of a file as Steps. Needed: eventID, posX, posY, posZ [mm], edep [MeV] and what the detector's
/// mapping asks for; used where present: trackID, parentID, PDGEncoding, creatorProcess (numbers), spotX, spotY. A file
/// of hits is read the same way, one step per hit. Names of other programs are known too: event, track, parent, pdg, x,
/// y, z. Throws InputError with file, column, row and value for missing columns, positions that are not finite,
/// negative or infinite energies and layers outside the detector.
event::Steps steps_from_table(const event::Table& table, const Detector& detector);

}  // namespace difftrack::detector
