// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/columns.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::detector {

/// A name that a program gives to a column, and the unit that it has there.
struct FileName {
  std::string_view name;
  std::string_view unit = {};  ///< "" : as in our own struct
};

/// The names of one column of event::Steps or event::Pixels in files, the most usual first.
struct QuantityNames {
  std::string_view quantity;  ///< the column's name in the struct
  std::vector<FileName> names;
};

/// The columns of event::Steps besides position and layer; docs/files.md lists them from here.
const std::vector<QuantityNames>& known_quantities();
/// The names of one of them; none for a column that is found otherwise (position, layer).
const std::vector<FileName>& known_names(std::string_view quantity);

/// Names of the three coordinates, the most usual first: GATE 9 and ours, plain ones, GATE 10's ends of a step.
const std::vector<std::array<std::string_view, 3>>& known_positions();

/// One axis of the detector's frame (beam along +z) in the frame of the file.
struct FileAxis {
  std::size_t from = 0;  ///< 0, 1, 2: the file's x, y, z
  double sign = 1.0;     ///< +1 or -1
};

/// Where a file of steps keeps each quantity, and what turns its numbers into mm, MeV, ns and rad with the beam along
/// +z.
struct StepsLayout {
  event::PerColumn<event::Steps, std::string> column;  ///< names in the file; "": it has none. Not of x, y, z, layer
  event::PerColumn<event::Steps, double> factor{1.0};  ///< of these columns, to mm, MeV, ns, rad
  std::array<std::string, 3> position;                 ///< columns of the file's x, y, z
  std::array<std::string, 3> end;                      ///< of the step's other end; position is the middle. Or ""
  double length = 1.0;                                 ///< factor of positions, to mm
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
