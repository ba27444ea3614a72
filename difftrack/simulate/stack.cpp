// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/stack.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/material.hpp"
#include "difftrack/simulate/electrons.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kThick = 0.01;      // radiation lengths: a slab of its own
constexpr double kGas = 0.02;        // [g/cm3]
constexpr double kShortGas = 3.0;    // [mm]
constexpr double kLongGas = 20.0;    // [mm] gas longer than this is a block of its own
constexpr double kThinRest = 0.2;    // [mm] passive rest before a sensor that joins the block before it
constexpr double kDeltaDepth = 0.1;  // [g/cm2] solid in front of a sensor that delta electrons may come out of
constexpr double kTolerance = 1e-6;  // [mm]

}  // namespace

std::vector<Stack::Piece> Stack::lay_out(const detector::Detector& detector, double& front) {
  std::int32_t air = -1;
  for (std::size_t i = 0; i < detector.materials.size(); ++i)
    if (detector.materials[i].name == "air") air = static_cast<std::int32_t>(i);
  std::vector<Piece> pieces;
  double back = 0.0;
  for (std::size_t l = 0; l < detector.layers.size(); ++l) {
    const auto& layer = detector.layers[l];
    double before = 0.0, total = 0.0;
    bool found = false;
    for (const auto& slab : layer.slabs) {
      if (!(slab.thickness > 0.0))
        throw core::InputError(
            {detector.name, "layer " + std::to_string(l) + " thickness", std::to_string(slab.thickness)},
            "must be above 0 mm");
      if (!found && slab.sensitive) {
        before = total + 0.5 * slab.thickness;
        found = true;
      }
      total += slab.thickness;
    }
    const double begin = layer.sensitive_z - before;
    if (l == 0) {
      front = begin;
    } else if (begin < back - 1e-3) {
      throw core::InputError({detector.name, "layer " + std::to_string(l), std::to_string(begin)},
                             "begins inside the layer before it, which ends at " + std::to_string(back) + " mm");
    } else if (begin > back + kTolerance) {
      pieces.push_back({air, begin - back, -1});
    }
    for (const auto& slab : layer.slabs)
      pieces.push_back({slab.material, slab.thickness, slab.sensitive ? static_cast<std::int32_t>(l) : -1});
    back = begin + total;
  }
  return pieces;
}

void Stack::add_block(const detector::Detector& detector, const std::vector<Piece>& pieces, std::size_t begin,
                      std::size_t end, double& z) {
  std::vector<std::pair<std::int32_t, double>> recipe;
  double total = 0.0;
  for (std::size_t i = begin; i < end; ++i) total += pieces[i].thickness;
  for (std::size_t i = begin; i < end; ++i) recipe.emplace_back(pieces[i].material, pieces[i].thickness / total);
  const auto same = [&](const auto& other) {
    return other.size() == recipe.size() &&
           std::equal(other.begin(), other.end(), recipe.begin(),
                      [](auto& a, auto& b) { return a.first == b.first && std::abs(a.second - b.second) < 1e-9; });
  };
  const auto known = std::find_if(recipes_.begin(), recipes_.end(), same);
  const auto index = static_cast<std::size_t>(known - recipes_.begin());
  if (known == recipes_.end()) {
    std::vector<matter::Ingredient> ingredients;
    for (const auto& [material, share] : recipe)
      ingredients.push_back(
          {material < 0 ? matter::named_material("air") : detector.materials[static_cast<std::size_t>(material)],
           share});
    media_.push_back(std::make_shared<Medium>(ingredients));
    recipes_.push_back(recipe);
  }
  blocks_.push_back({media_[index].get(), z, total, end == begin + 1 ? pieces[begin].layer : -1});
  z += total;
}

Stack::Stack(const detector::Detector& detector) {
  if (detector.layers.empty()) throw core::InputError({detector.name, "layers", ""}, "the detector has no layer");
  double z = 0.0;
  const auto pieces = lay_out(detector, z);
  const auto material = [&](const Piece& piece) {
    return piece.material < 0 ? matter::named_material("air")
                              : detector.materials[static_cast<std::size_t>(piece.material)];
  };
  std::vector<double> lengths;  // in radiation lengths
  std::vector<bool> gas;
  for (const auto& piece : pieces) {
    const auto m = material(piece);
    matter::check_material(m);
    lengths.push_back(0.1 * piece.thickness * m.density / matter::radiation_length(m));
    gas.push_back(m.density < kGas);
  }
  // Short gas from which on foils and a thick slab follow: what lies before it deflects little beside that slab.
  const auto before_slab = [&](std::size_t i) {
    for (; i < pieces.size() && pieces[i].layer < 0; ++i) {
      if (lengths[i] > kThick) return true;
      if (gas[i] && pieces[i].thickness > kShortGas) return false;
    }
    return false;
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    double lever = 0.0;
    // Does the block [begin, i] end here?
    bool ends = i + 1 == pieces.size() || pieces[i].layer >= 0 || pieces[i + 1].layer >= 0 || lengths[i] > kThick;
    if (!ends && !gas[i] && ((gas[i + 1] && !before_slab(i + 1)) || lengths[i + 1] > kThick)) ends = true;
    if (!ends && gas[i] != gas[i + 1] && (pieces[i].thickness > kLongGas || pieces[i + 1].thickness > kLongGas))
      ends = true;
    if (ends && i + 1 < pieces.size() && lengths[i] > kThick && pieces[i].layer < 0) {
      double rest = 0.0;
      std::size_t next = i + 1;
      while (next < pieces.size() && pieces[next].layer < 0 && lengths[next] <= kThick)
        rest += pieces[next++].thickness;
      if (next < pieces.size() && pieces[next].layer >= 0 && rest > 0.0 && rest < kThinRest) {
        i = next - 1;
        lever = rest;
      }
    }
    if (!ends) continue;
    const std::size_t sensor = begin;
    add_block(detector, pieces, begin, i + 1, z);
    blocks_.back().lever = lever;
    begin = i + 1;
    if (pieces[sensor].layer < 0) continue;
    // Back through the solid in front of the sensor to the gas before it.
    Block& block = blocks_.back();
    std::size_t j = sensor;
    for (; j > 0 && !gas[j - 1] && pieces[j - 1].layer < 0; --j) {
      block.window += 0.1 * pieces[j - 1].thickness * material(pieces[j - 1]).density;
    }
    for (; j > 0 && gas[j - 1]; --j) block.gas += pieces[j - 1].thickness;
    block.open = j == 0;
    block.solid = 10.0 * std::min(block.window, kDeltaDepth) / material(pieces[sensor]).density;
    if (block.window > 0.0) block.slowest = electron_energy_at_mass_range(block.window);
  }
}

}  // namespace difftrack::simulate
