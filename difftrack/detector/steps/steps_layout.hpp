// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::detector {

/// Names that programs give to one quantity of a step, the most usual first.
struct QuantityNames {
  std::string_view quantity;  ///< ours, as in event::Steps
  std::vector<std::string_view> names;
  bool needed;
};

/// The quantities besides position and layer; docs/files.md lists them from here.
const std::vector<QuantityNames>& known_quantities();

/// Names of the three coordinates, the most usual first: GATE 9 and ours, plain ones, GATE 10's ends of a step.
const std::vector<std::array<std::string_view, 3>>& known_positions();

/// One axis of the detector's frame (beam along +z) in the frame of the file.
struct FileAxis {
  std::size_t from = 0;  ///< 0, 1, 2: the file's x, y, z
  double sign = 1.0;     ///< +1 or -1
};

/// Where a file of steps keeps each quantity, and what turns its numbers into mm, MeV and ns with the beam along +z.
struct StepsLayout {
  std::string event, edep;                              ///< names of columns that must be there
  std::string run, track, parent, pdg, process, time;   ///< "": the file has none
  std::array<std::string, 3> position;                  ///< columns of the file's x, y, z
  std::array<std::string, 3> end;                       ///< of the step's other end; position is the middle. Or ""
  std::array<std::string, 2> spot;                      ///< columns of the spot's x, y; or ""
  double length = 1.0, energy = 1.0, time_scale = 1.0;  ///< factors to mm, MeV, ns
  std::array<FileAxis, 3> axes{{{0, 1.0}, {1, 1.0}, {2, 1.0}}};
  LayerForm form = LayerForm::Levels;
  std::string layer_column;  ///< of form Column
  std::string missing;  ///< columns that would have told the layer, where it comes from the position for want of them
  std::vector<std::string> notes;  ///< what was assumed; one sentence each, without the file
};

/// Finds the layout of a file from its first rows: names it knows, units of the description's mapping or of the
/// columns' headers, axes, and the form of the layer: the described one where its columns are there, else a column
/// "layer", else the other of levels and volume, else the plane nearest to the position. Throws InputError (file,
/// column) for a unit that is none.
StepsLayout find_steps_layout(const event::Table& first, const Detector& detector);

/// Axes for a beam direction of the mapping: proper rotations, so that nothing is mirrored.
std::array<FileAxis, 3> axes_of_beam(BeamAxis direction);

/// Coordinate `axis` (0, 1, 2) of a row in the detector's frame [mm]; not finite where the file's is not.
double coordinate(const event::Table& table, const StepsLayout& layout, std::size_t axis, std::size_t row);

/// Number of the plane nearest to z [mm], and how far away it is [mm].
struct NearestPlane {
  std::int32_t layer = 0;  ///< number of the plane, 0 = first along the beam
  double distance = 0.0;   ///< [mm]
};
/// `z` [mm] along the beam, in the detector's frame.
NearestPlane nearest_plane(const Detector& detector, double z);

}  // namespace difftrack::detector
