// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/cross_layer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "difftrack/core/error.hpp"

namespace difftrack::simulate {

CrossLayer::CrossLayer(const detector::Detector& detector, std::int32_t layer) : stack_(detector) {
  const std::vector<Block>& blocks = stack_.blocks();
  for (std::size_t i = 0; i < blocks.size() && end_ == 0; ++i) {
    if (blocks[i].layer < 0) continue;
    if (blocks[i].layer == layer) end_ = i + 1;
    if (blocks[i].layer < layer) begin_ = i + 1;
  }
  if (end_ == 0)
    throw core::InputError({detector.name, "layer", fmt::format("{}", layer)},
                           fmt::format("is none of its {} layers, from 0 on", detector.layers.size()));
}

detector::LayerCrossings CrossLayer::operator()(const std::vector<double>& energies, std::uint64_t seed,
                                                std::uint64_t first) const {
  World world;
  world.physics.nuclear = world.physics.electrons = false;
  Transport transport(world);
  detector::LayerCrossings all;
  all.resize(energies.size());
  for (std::size_t i = 0; i < energies.size(); ++i) {
    core::RandomStream random(seed, first + i);
    Particle proton;
    proton.energy = energies[i];
    bool alive = true;
    for (std::size_t b = begin_; b < end_ && alive; ++b) {
      const Block& block = stack_.blocks()[b];
      alive = transport.travel(*block.medium, block.thickness, 1.0, proton, random,
                               block.layer < 0 ? Transport::Way::Slab : Transport::Way::ToFace, block.lever);
    }
    all.energy_in[i] = energies[i];
    all.energy_out[i] = alive ? proton.energy : 0.0;
    all.deposit[i] = energies[i] - all.energy_out[i];
    if (!alive) continue;
    all.kink_x[i] = std::atan2(proton.direction[0], proton.direction[2]);
    all.kink_y[i] = std::atan2(proton.direction[1], proton.direction[2]);
  }
  return all;
}

}  // namespace difftrack::simulate
