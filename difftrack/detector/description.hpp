// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/matter/material.hpp"

namespace difftrack::detector {

/// A homogeneous slab across the beam.
struct Slab {
  std::int32_t material = 0;  ///< index into Detector::materials
  double thickness = 0.0;     ///< [mm] along z
  bool sensitive = false;     ///< the epitaxial layer: energy deposited here makes hits
};

/// One detector layer: slabs in beam order. `sensitive_z` is the centre of its sensitive slab.
struct Layer {
  std::vector<Slab> slabs;
  double sensitive_z = 0.0;  ///< [mm], isocentre = 0
};

/// How pixel files number the n columns or rows of a matrix (pixels_from_table.hpp).
enum class PixelNumbering {
  Index,               ///< 0 to n - 1
  Centred,             ///< -(n/2 - 1) to n/2
  CentredWithoutZero,  ///< -n/2 to n/2, 0 left out
};
/// Their names.
constexpr core::Choices<PixelNumbering, 3> choices(PixelNumbering) {
  return {{{PixelNumbering::Index, "index"},
           {PixelNumbering::Centred, "centred"},
           {PixelNumbering::CentredWithoutZero, "centred-without-zero"}}};
}

/// The pixel matrix of a layer, chip gaps included; positions are symmetric about x = y = 0.
struct PixelMatrix {
  std::int32_t columns = 0, rows = 0;                       ///< pixels along x, y
  double half_width = 0.0, half_height = 0.0;               ///< [mm] extent of the matrix, chip gaps included
  double pitch_x = 0.0, pitch_y = 0.0;                      ///< [mm] of one pixel
  std::int32_t chip_columns = 0, chip_rows = 0;             ///< pixels of one chip along x, y; 0: one chip
  PixelNumbering column_numbering = PixelNumbering::Index;  ///< of columns in pixel files
  PixelNumbering row_numbering = PixelNumbering::Index;     ///< and of rows

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("columns", &PixelMatrix::columns, "", {1, 1e6}, "Pixels along x."),
        field("rows", &PixelMatrix::rows, "", {1, 1e6}, "Pixels along y."),
        field("half_width", &PixelMatrix::half_width, "mm", {1e-3, 1e5}, "Half extent along x, chip gaps included."),
        field("half_height", &PixelMatrix::half_height, "mm", {1e-3, 1e5}, "Half extent along y, chip gaps included."),
        field("pitch_x", &PixelMatrix::pitch_x, "mm", {1e-4, 1e3}, "Width of one pixel."),
        field("pitch_y", &PixelMatrix::pitch_y, "mm", {1e-4, 1e3}, "Height of one pixel."),
        field("chip_columns", &PixelMatrix::chip_columns, "", {0, 1e6}, "Pixels of one chip along x; 0: one chip."),
        field("chip_rows", &PixelMatrix::chip_rows, "", {0, 1e6}, "Pixels of one chip along y; 0: one chip."),
        field("column_numbering", &PixelMatrix::column_numbering, "", "Numbering of columns in pixel files."),
        field("row_numbering", &PixelMatrix::row_numbering, "", "Numbering of rows in pixel files.")};
  }
};

/// A chip that does not sit at its nominal place: positions from its pixels are mirrored (x -> -x about the centre of
/// the matrix) if so, then shifted.
struct ChipPlacement {
  std::int32_t layer = 0;
  std::int32_t chip_column = 0, chip_row = 0;  ///< of its pixels: column / chip_columns, row / chip_rows
  double shift_x = 0.0, shift_y = 0.0;         ///< [mm]
  bool mirror_x = false;                       ///< x -> -x, before the shift

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("layer", &ChipPlacement::layer, "", {0, 1e4}, "Layer of the chip."),
        field("chip_column", &ChipPlacement::chip_column, "", {0, 1e6}, "Number of the chip along x, from 0."),
        field("chip_row", &ChipPlacement::chip_row, "", {0, 1e6}, "Number of the chip along y, from 0."),
        field("shift_x", &ChipPlacement::shift_x, "mm", {-100.0, 100.0}, "True minus nominal position."),
        field("shift_y", &ChipPlacement::shift_y, "mm", {-100.0, 100.0}, "True minus nominal position."),
        field("mirror_x", &ChipPlacement::mirror_x, "", "Columns that run the other way; applied before the shift.")};
  }
};

/// How a layer is found for a row of a file.
enum class LayerForm {
  Levels,    ///< columns level1ID, level2ID
  Volume,    ///< columns volumeID[2], volumeID[3]
  Plane,     ///< from z, planes of one pitch
  Position,  ///< from z, the nearest plane
  Column,    ///< a column of the layer's number
};
/// Their names.
constexpr core::Choices<LayerForm, 5> choices(LayerForm) {
  return {{{LayerForm::Levels, "levels"},
           {LayerForm::Volume, "volume"},
           {LayerForm::Plane, "plane"},
           {LayerForm::Position, "position"},
           {LayerForm::Column, "column"}}};
}

/// The unit of a file's lengths; Unsaid: that of its header, else of the program that names columns so. Names are
/// those of core/quantity.hpp.
enum class LengthUnit { Unsaid, Nm, Um, Mm, Cm, M };
/// Their names.
constexpr core::Choices<LengthUnit, 7> choices(LengthUnit) {
  return {{{LengthUnit::Unsaid, ""},
           {LengthUnit::Nm, "nm"},
           {LengthUnit::Um, "um"},
           {LengthUnit::Um, "µm"},
           {LengthUnit::Mm, "mm"},
           {LengthUnit::Cm, "cm"},
           {LengthUnit::M, "m"}}};
}

/// The unit of a file's energies, as LengthUnit.
enum class EnergyUnit { Unsaid, EV, KeV, MeV, GeV };
/// Their names.
constexpr core::Choices<EnergyUnit, 5> choices(EnergyUnit) {
  return {{{EnergyUnit::Unsaid, ""},
           {EnergyUnit::EV, "eV"},
           {EnergyUnit::KeV, "keV"},
           {EnergyUnit::MeV, "MeV"},
           {EnergyUnit::GeV, "GeV"}}};
}

/// The unit of a file's times, as LengthUnit.
enum class TimeUnit { Unsaid, Ps, Ns, Us, Ms, S };
/// Their names.
constexpr core::Choices<TimeUnit, 7> choices(TimeUnit) {
  return {{{TimeUnit::Unsaid, ""},
           {TimeUnit::Ps, "ps"},
           {TimeUnit::Ns, "ns"},
           {TimeUnit::Us, "us"},
           {TimeUnit::Us, "µs"},
           {TimeUnit::Ms, "ms"},
           {TimeUnit::S, "s"}}};
}

/// The direction of the beam in a file; Unsaid: +z.
enum class BeamAxis { Unsaid, PlusZ, MinusZ, PlusX, MinusX, PlusY, MinusY };
/// Their names.
constexpr core::Choices<BeamAxis, 7> choices(BeamAxis) {
  return {{{BeamAxis::Unsaid, ""},
           {BeamAxis::PlusZ, "+z"},
           {BeamAxis::MinusZ, "-z"},
           {BeamAxis::PlusX, "+x"},
           {BeamAxis::MinusX, "-x"},
           {BeamAxis::PlusY, "+y"},
           {BeamAxis::MinusY, "-y"}}};
}

/// How a file's columns become layers and positions in mm with the beam along +z; steps_from_table.hpp gives the
/// formulas.
struct LayerMapping {
  LayerForm form = LayerForm::Levels;
  std::string column;                           ///< for Column: its name
  double pitch = 0.0;                           ///< [mm], for Plane: layer = round((posZ - origin) / pitch)
  double origin = 0.0;                          ///< [mm], for Plane
  LengthUnit length_unit = LengthUnit::Unsaid;  ///< of positions and spots
  EnergyUnit energy_unit = EnergyUnit::Unsaid;  ///< of energy deposits
  TimeUnit time_unit = TimeUnit::Unsaid;        ///< of times
  BeamAxis beam_axis = BeamAxis::Unsaid;        ///< of the beam

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("form", &LayerMapping::form, "", "Origin of the layer."),
        field("column", &LayerMapping::column, "", "Name of the layer column, for form column."),
        field("pitch", &LayerMapping::pitch, "mm", {0.0, 1e5}, "Distance of planes, for form plane."),
        field("origin", &LayerMapping::origin, "mm", {-1e6, 1e6}, "Position of plane 0 along z, for form plane."),
        field("length_unit", &LayerMapping::length_unit, "",
              "Unit of the file's positions; none: what the file says, else mm."),
        field("energy_unit", &LayerMapping::energy_unit, "",
              "Unit of the file's energies; none: what the file says, else MeV."),
        field("time_unit", &LayerMapping::time_unit, "",
              "Unit of the file's times; none: what the file says, else that of GATE."),
        field("beam_axis", &LayerMapping::beam_axis, "", "Direction of the beam in the file; none: +z.")};
  }
};

/// Which segments are kept: the angle to the z axis must be below a limit that depends on the deeper hit's layer.
struct AngularFilter {
  double max_angle_calorimeter = 0.4;  ///< [rad]
  double max_angle_tracker = 0.2;      ///< [rad] where the deeper hit lies in or directly behind a tracker layer

  static constexpr auto fields() {
    using core::field;
    constexpr double right_angle = 1.5707963267948966;
    return std::tuple{field("max_angle_calorimeter", &AngularFilter::max_angle_calorimeter, "rad", {0.0, right_angle},
                            "Angle to the z axis at which a segment is dropped."),
                      field("max_angle_tracker", &AngularFilter::max_angle_tracker, "rad", {0.0, right_angle},
                            "Angle to the z axis at which a segment is dropped whose deeper hit lies directly behind a "
                            "tracker layer.")};
  }
};

/// Limits that depend on the sensor and the layer material.
struct Thresholds {
  std::int32_t min_cluster_size = 2;  ///< [pixels] smaller clusters are dropped; 0: no cut
  double last_hit_edep = 0.0625;      ///< [MeV] a track's deepest hit must deposit more
  std::int32_t min_track_hits = 5;    ///< hits a track needs at least
  AngularFilter angles = {};          ///< of segments
  double electron_distance = -1.0;    ///< [mm] electrons this near to their parent join its hit; < 0: four pixels

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("min_cluster_size", &Thresholds::min_cluster_size, "pixels", {0, 1e6},
              "Pixels of a cluster that is kept; 0: no cut."),
        field("last_hit_edep", &Thresholds::last_hit_edep, "MeV", {0.0, 1e3},
              "Energy that a track's deepest hit must exceed."),
        field("min_track_hits", &Thresholds::min_track_hits, "", {1, 1e6}, "Hits a track needs at least."),
        core::part(&Thresholds::angles),
        field("electron_distance", &Thresholds::electron_distance, "mm", {-1.0, 1e3},
              "Distance from their parent at which electrons still join its hit; -1: four pixels.")};
  }
};

/// A detector as described in TOML (detectors/*.toml); everything that differs between detectors is here.
struct Detector {
  std::string name;
  std::string title;
  std::vector<matter::Material> materials;
  std::vector<Layer> layers;
  std::int32_t n_tracker_layers = 0;  ///< leading layers without absorber
  PixelMatrix pixels;
  std::vector<ChipPlacement> chips;  ///< measured alignment; chips that are not listed sit at their nominal place
  LayerMapping mapping;
  Thresholds thresholds;
  double source_z = 0.0;  ///< [mm] default beam source
};

/// Throws InputError (file, key, value) for a form without the option that it needs.
void check_mapping(const LayerMapping& mapping, const std::string& file, const std::string& section);

/// Reads a description: a path to a TOML file (it has a '/' or ends in ".toml"), or the name of a shipped one
/// ("bergen-dtc", "gate-3mm-al", "groningen-w"), looked for where core::find_shipped says.
/// Throws InputError with file, key and value. docs/detector.md describes the format.
Detector read_detector(const std::string& name_or_path);

/// Reads a description from TOML text; `file` names it in errors.
Detector parse_detector(std::string_view text, const std::string& file);

}  // namespace difftrack::detector
