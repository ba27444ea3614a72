// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/detector/description.hpp"

namespace difftrack::detector {

/// A detector without material: `layers` planes 10 mm apart with a pixel matrix of 30 um, chips of half its size.
inline Detector pixel_test_detector(std::int32_t layers, std::int32_t columns, std::int32_t rows) {
  Detector d;
  d.name = "test";
  d.source_z = -1e6;
  for (std::int32_t l = 0; l < layers; ++l) {
    Layer layer;
    layer.sensitive_z = 10.0 * l;
    d.layers.push_back(layer);
  }
  d.pixels = {columns, rows, 0.015 * columns, 0.015 * rows, 0.03, 0.03, 0, 0};
  return d;
}

}  // namespace difftrack::detector
