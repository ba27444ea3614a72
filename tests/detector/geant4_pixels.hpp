// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/response/digitise.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/io/write_npy.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {

/// What the sensor shows of Geant4's protons behind 100, 150 or 200 mm of water (tests/data), truth left out.
inline event::Pixels geant4_pixels(int water, const Detector& detector, const Digitise::Config& config) {
  const std::string file = paths::source() + "/tests/data/geant4_water" + std::to_string(water) + ".npz";
  event::Pixels pixels = Digitise(config)(steps_from_table(event::read_table(file), detector), detector);
  pixels.event.clear();
  pixels.particle.clear();
  pixels.parent.clear();
  pixels.pdg.clear();
  pixels.edep.clear();
  return pixels;
}

/// The rows of a real detector: frame, x, y, layer.
inline void write_pixels(const std::string& path, const event::Pixels& pixels) {
  const event::ColumnView columns[] = {
      {"frame", pixels.frame}, {"x", pixels.column}, {"y", pixels.row}, {"layer", pixels.layer}};
  event::write_npy_table(path, columns);
}

}  // namespace difftrack::detector
