// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"

namespace difftrack::track {

/// What no method can do better: the hits of each primary, from the first plane on to where it leaves a plane out. One
/// track per primary, in the order of their first hits; score 1. A primary that leaves several hits on a plane keeps
/// the first. Throws InputError when the frame has no truth.
event::Tracks truth_tracks(const event::Frame& frame);

}  // namespace difftrack::track
