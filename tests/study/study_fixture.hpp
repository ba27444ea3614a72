// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "difftrack/study/evaluate.hpp"
#include "difftrack/study/frames.hpp"
#include "difftrack/study/models.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::study {

/// A trained model of the study.
inline Model trained(const std::string& name) {
  return read_model(paths::source() + "/models/study/" + name + ".safetensors");
}

/// Frames of scattered tracks in the Bergen DTC.
inline FrameSet beam_frames(std::size_t count, std::int32_t tracks, std::int32_t layers) {
  FrameSet set{detector::read_detector("bergen-dtc"), {{"beam", 0, static_cast<std::int64_t>(count), 1}}, {}};
  for (std::size_t f = 0; f < count; ++f)
    set.frames.push_back(study_frame(problems::beam_frame(f + 1, tracks, layers), set.detector));
  return set;
}

}  // namespace difftrack::study
