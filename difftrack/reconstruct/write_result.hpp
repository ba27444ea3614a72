// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/io/tracks_file.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"

namespace difftrack::reconstruct {

/// The thresholds of the track filter that a tracks file was made with; the others keep their defaults.
detector::Thresholds thresholds_of(const event::TracksMeta& meta);

/// Says in `meta` which track filter was used.
void set_thresholds(event::TracksMeta& meta, const detector::Thresholds& thresholds);

/// What a tracks file records of a frame beside its hits and tracks: counts of segments and, where the frame has truth,
/// the label of every track (track::match_truth, track::evaluate_tracks). `with_graph`: its segments, too.
event::FrameRecord record_of(const event::Frame& frame, std::int32_t file, const FrameResult& result,
                             const detector::Thresholds& thresholds, bool with_graph);

/// Appends a frame and what was made of it to a tracks file; `file` is the index of its source in the file's meta.
/// Throws InputError as event::TracksWriter::add does.
void write_result(event::TracksWriter& writer, const event::Frame& frame, std::int32_t file, const FrameResult& result);

}  // namespace difftrack::reconstruct
