// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace difftrack::detector {

/// A material by mass fractions of its elements.
struct Material {
  std::string name;
  double density = 0.0;                 ///< [g/cm3]
  std::vector<std::string> elements;    ///< chemical symbols
  std::vector<double> mass_fractions;   ///< one per element, sum 1
  double mean_excitation_energy = 0.0;  ///< [eV]; 0: from the elements by Bragg additivity
};

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

/// The pixel matrix of a layer, chip gaps included; positions are symmetric about x = y = 0.
struct PixelMatrix {
  std::int32_t columns = 0, rows = 0;              ///< pixels along x, y
  double half_width = 0.0, half_height = 0.0;      ///< [mm] extent of the matrix, chip gaps included
  double pitch_x = 0.0, pitch_y = 0.0;             ///< [mm] of one pixel
  std::int32_t chip_columns = 0, chip_rows = 0;    ///< pixels of one chip along x, y; 0: one chip
};

/// How a file's columns become a layer index; the first form whose columns are present is used.
struct LayerMapping {
  std::string form = "levels";  ///< "levels" (level1ID, level2ID), "volume" (volumeID[2], [3]), "plane" (posZ), "column"
  std::string column;           ///< for "column": its name
  double pitch = 0.0;           ///< [mm], for "plane": layer = round((posZ - origin) / pitch)
  double origin = 0.0;          ///< [mm], for "plane"
};

/// Limits that depend on the sensor and the layer material.
struct Thresholds {
  std::int32_t min_cluster_size = 2;       ///< [pixels] smaller clusters are dropped; 0: no cut
  double last_hit_edep = 0.0625;           ///< [MeV] a track's deepest hit must deposit more
  std::int32_t min_track_hits = 5;         ///< hits a track needs at least
  double max_angle_calorimeter = 0.4;      ///< [rad] segments at this or a larger angle to z are dropped
  double max_angle_tracker = 0.2;          ///< [rad] the same when the deeper hit lies behind a tracker layer
};

/// A detector as described in TOML (detectors/*.toml); everything that differs between detectors is here.
struct Detector {
  std::string name;
  std::string title;
  std::vector<Material> materials;
  std::vector<Layer> layers;
  std::int32_t n_tracker_layers = 0;  ///< leading layers without absorber
  PixelMatrix pixels;
  LayerMapping mapping;
  Thresholds thresholds;
  double source_z = 0.0;              ///< [mm] default beam source
};

/// Reads a description: a path to a TOML file, or the name of a shipped one ("bergen-dtc", "gate-3mm-al",
/// "groningen-w"). Throws InputError with file, key and value.
Detector read_detector(const std::string& name_or_path);

}  // namespace difftrack::detector
