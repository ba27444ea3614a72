// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/simulate/medium.hpp"

namespace difftrack::simulate {

/// A slab, or neighbouring slabs as one: what one transport step crosses.
struct Block {
  const Medium* medium = nullptr;
  double front = 0.0;       ///< z of its upstream face [mm]
  double thickness = 0.0;   ///< [mm]
  std::int32_t layer = -1;  ///< sensitive layer, or -1
  double lever = 0.0;       ///< from where the thick slab of a block ends, and deflects, to the block's end [mm]
  double gas = 0.0;         ///< of a sensor: thickness of the gas before it [mm]
  bool open = false;        ///< of a sensor: that gas goes on before the detector
  double window = 0.0;      ///< of a sensor: solid between that gas and it [g/cm2]
  double slowest = 0.0;     ///< energy of the slowest electron that crosses the window [MeV]
  double solid = 0.0;       ///< of a sensor: solid in front of it that sends delta electrons, as so much sensor [mm]
};

/// The detector as blocks without gaps, in beam order.
///
/// Thin passive slabs are smeared into one block with their neighbours; a block ends behind every slab thicker than
/// 1 % of a radiation length and behind a group of foils, so that deflections (at the end of blocks) happen where the
/// matter is.
class Stack {
 public:
  /// Throws InputError for a slab of non-positive thickness, an unknown element, or layers that overlap.
  explicit Stack(const detector::Detector& detector);

  const std::vector<Block>& blocks() const { return blocks_; }
  double front() const { return blocks_.front().front; }
  double back() const { return blocks_.back().front + blocks_.back().thickness; }

 private:
  struct Piece {
    std::int32_t material;
    double thickness;
    std::int32_t layer;
  };
  std::vector<Piece> lay_out(const detector::Detector& detector, double& front);
  void add_block(const detector::Detector& detector, const std::vector<Piece>& pieces, std::size_t begin,
                 std::size_t end, double& z);

  std::vector<Block> blocks_;
  std::vector<std::shared_ptr<const Medium>> media_;
  std::vector<std::vector<std::pair<std::int32_t, double>>> recipes_;  // of media_, to share equal ones
};

}  // namespace difftrack::simulate
