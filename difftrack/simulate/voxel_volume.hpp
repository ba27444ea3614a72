// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/simulate/phantom.hpp"

namespace difftrack::simulate {

/// From this Hounsfield number on (to the next row's), voxels are this material; density runs linearly between rows.
struct HounsfieldRow {
  double hu;  ///< Hounsfield number
  std::string material;
  double density;  ///< [g/cm3] at `hu`
};

/// Built-in table: air, lung, adipose, water, muscle, bone; densities after Schneider et al. (PMB 45 (2000) 459).
std::vector<HounsfieldRow> default_hounsfield_table();

/// Reads "hu,material,density" rows, ascending in hu. Throws InputError with file, row and value.
std::vector<HounsfieldRow> read_hounsfield_table(const std::string& path);

/// A grid of Hounsfield numbers, mapped to materials with their densities.
class VoxelVolume : public Phantom {
 public:
  /// `spacing` [mm]; `hounsfield` has one number per voxel, x fastest. Throws InputError for an unknown material.
  VoxelVolume(std::array<std::int64_t, 3> counts, Vector spacing, const std::vector<float>& hounsfield,
              const std::vector<HounsfieldRow>& table);
  Stretch ahead(const Vector& position, const Vector& direction) const override;
  Vector half_size() const override { return half_; }

 private:
  struct Voxel {
    std::uint8_t material;
    float density;  // relative to the material's own
  };
  std::array<std::int64_t, 3> counts_;
  Vector spacing_, half_;
  std::vector<std::shared_ptr<const Medium>> media_;
  std::vector<Voxel> voxels_;
};

/// MetaImage: a text header (.mhd: NDims 3, DimSize, ElementSpacing, ElementType MET_SHORT, MET_USHORT, MET_UCHAR,
/// MET_INT, MET_FLOAT or MET_DOUBLE, ElementDataFile NAME.raw or LOCAL) and raw voxels, x fastest. `table` empty: the
/// built-in one. Throws InputError with file, key and value, among them a raw file whose size does not match.
std::unique_ptr<Phantom> read_voxel_volume(const std::string& path, const std::string& table);

}  // namespace difftrack::simulate
