// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/voxel_volume.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/meta_image.hpp"
#include "difftrack/matter/material.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kNudge = 1e-6;  // [mm]

}  // namespace

VoxelVolume::VoxelVolume(std::array<std::int64_t, 3> counts, Vector spacing, const std::vector<float>& hounsfield,
                         const std::vector<HounsfieldRow>& table)
    : counts_(counts), spacing_(spacing) {
  for (std::size_t axis = 0; axis < 3; ++axis) half_[axis] = 0.5 * spacing_[axis] * static_cast<double>(counts_[axis]);
  std::vector<std::uint8_t> media_of_row;
  std::vector<double> own_density;
  std::map<std::string, std::uint8_t> known;
  for (const auto& row : table) {
    const auto [entry, fresh] = known.try_emplace(row.material, static_cast<std::uint8_t>(media_.size()));
    if (fresh) {
      const auto material = matter::named_material(row.material);
      media_.push_back(std::make_shared<Medium>(material));
      own_density.push_back(material.density);
    }
    media_of_row.push_back(entry->second);
  }
  voxels_.reserve(hounsfield.size());
  for (const float hu : hounsfield) {
    auto above = std::upper_bound(table.begin(), table.end(), static_cast<double>(hu),
                                  [](double value, const HounsfieldRow& row) { return value < row.hu; });
    const std::size_t row = above == table.begin() ? 0 : static_cast<std::size_t>(above - table.begin()) - 1;
    double density = table[row].density;
    if (above != table.end() && above != table.begin())
      density += (hu - table[row].hu) / (above->hu - table[row].hu) * (above->density - table[row].density);
    voxels_.push_back({media_of_row[row], static_cast<float>(density / own_density[media_of_row[row]])});
  }
}

Stretch VoxelVolume::ahead(const Vector& p, const Vector& u) const {
  double entry = 0.0, exit = std::numeric_limits<double>::infinity();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (u[axis] == 0.0) {
      if (std::abs(p[axis]) >= half_[axis]) return {nullptr, -1.0};
      continue;
    }
    const double sign = u[axis] > 0.0 ? 1.0 : -1.0;
    entry = std::max(entry, (-sign * half_[axis] - p[axis]) / u[axis]);
    exit = std::min(exit, (sign * half_[axis] - p[axis]) / u[axis]);
  }
  if (entry >= exit || exit <= kNudge) return {nullptr, -1.0};
  if (entry > kNudge) return {nullptr, entry};
  // Inside: the voxel just ahead, to its nearest face.
  std::array<std::int64_t, 3> cell{};
  double length = exit;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double here = (p[axis] + kNudge * u[axis] + half_[axis]) / spacing_[axis];
    cell[axis] = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(here)), 0, counts_[axis] - 1);
    if (u[axis] == 0.0) continue;
    const double face = (static_cast<double>(cell[axis]) + (u[axis] > 0.0 ? 1.0 : 0.0)) * spacing_[axis] - half_[axis];
    length = std::min(length, (face - p[axis]) / u[axis]);
  }
  const Voxel& voxel = voxels_[static_cast<std::size_t>((cell[2] * counts_[1] + cell[1]) * counts_[0] + cell[0])];
  return {media_[voxel.material].get(), std::max(length, kNudge), voxel.density};
}

std::vector<HounsfieldRow> default_hounsfield_table() {
  return {{-1000, "air", 1.29e-3}, {-900, "lung", 0.12}, {-300, "adipose", 0.70}, {-100, "adipose", 0.93},
          {-20, "water", 0.98},    {0, "water", 1.0},    {20, "muscle", 1.03},    {100, "muscle", 1.10},
          {150, "bone", 1.12},     {1500, "bone", 1.90}, {3000, "bone", 2.80}};
}

std::unique_ptr<Phantom> read_voxel_volume(const std::string& path, const std::string& table) {
  const event::MetaImage image = event::read_meta_image(path);
  return std::make_unique<VoxelVolume>(image.counts, image.spacing, image.values,
                                       table.empty() ? default_hounsfield_table() : read_hounsfield_table(table));
}

}  // namespace difftrack::simulate
