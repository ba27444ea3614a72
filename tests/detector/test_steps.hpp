// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"

namespace difftrack::detector {

/// One row of a file of steps, as protons of a known place would leave it.
struct TestStep {
  std::int32_t run = 0;
  std::int64_t event = 0;
  std::int32_t layer = 0;
  double x = 0.0, y = 0.0, z = 0.0;  ///< [mm]
  double edep = 0.025;               ///< [MeV]
};

/// Where the proton of an event crosses a layer: places differ from event to event and from run to run by millimetres.
inline TestStep crossing(const Detector& detector, std::int32_t run, std::int64_t event, std::int32_t layer) {
  const double angle = 2.4 * static_cast<double>(event) + 1.1 * run;
  const double radius = 4.0 + static_cast<double>(event % 7) + run;
  return {run,
          event,
          layer,
          radius * std::cos(angle) + 0.01 * layer,
          radius * std::sin(angle),
          detector.layers[static_cast<std::size_t>(layer)].sensitive_z,
          0.02 + 0.0005 * layer};
}

/// Events [first, last) of one run in layers [0, layers), row after row.
inline std::vector<TestStep> test_run(const Detector& detector, std::int32_t run, std::int64_t first, std::int64_t last,
                                      std::int32_t layers) {
  std::vector<TestStep> rows;
  for (std::int64_t e = first; e < last; ++e)
    for (std::int32_t layer = 0; layer < layers; ++layer) rows.push_back(crossing(detector, run, e, layer));
  return rows;
}

/// The rows as text with GATE's names; `with_run` adds the column runID.
inline std::string text_of(const std::vector<TestStep>& rows, bool with_run) {
  std::string text = "eventID,trackID,parentID,posX,posY,posZ,edep,layer";
  text += with_run ? ",runID\n" : "\n";
  for (const TestStep& r : rows) {
    text += fmt::format("{},1,0,{},{},{},{},{}", r.event, r.x, r.y, r.z, r.edep, r.layer);
    text += with_run ? fmt::format(",{}\n", r.run) : "\n";
  }
  return text;
}

}  // namespace difftrack::detector
