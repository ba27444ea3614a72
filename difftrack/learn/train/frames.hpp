// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/event/frame.hpp"

namespace difftrack::learn {

/// Frames of files of steps, in the order of the files; an incomplete last frame is left out. Graphs are not kept: they
/// take ten times the memory of the hits and are rebuilt in a fraction of a training step's time.
/// `max_frames` of each file, 0: all. `hits` tells how steps become hits; readouts count on from file to file. Throws
/// InputError for files that cannot be read, have no frame or, with `needs_truth`, no truth.
std::vector<event::Frame> load_frames(const std::vector<std::string>& files, const detector::Detector& detector,
                                      std::int32_t per_frame, std::int32_t max_frames = 0,
                                      detector::HitConfig hits = {}, bool needs_truth = true);

/// The frames a training step draws: `count` numbers below `frames`, with replacement. A function of seed and step
/// alone, so that a resumed run draws what an uninterrupted one does.
std::vector<std::size_t> draw_frames(std::uint64_t seed, std::int64_t step, std::size_t frames, std::int32_t count);

}  // namespace difftrack::learn
