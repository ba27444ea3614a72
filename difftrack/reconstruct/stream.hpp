// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "difftrack/core/progress.hpp"
#include "difftrack/reconstruct/frame_source.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"

namespace difftrack::reconstruct {

/// Receives each frame and what was made of it, in the order of the source, one at a time but on any of the threads.
using ResultSink = std::function<void(const event::Frame& frame, std::int32_t file, const FrameResult& result)>;

/// What a stream went through.
struct StreamCounts {
  std::int64_t frames = 0;
  std::int64_t events = 0;  ///< primaries in them; 0 for data without truth
  std::int64_t hits = 0;
  std::int64_t tracks = 0;
  event::TrackCuts cuts;  ///< what the track filter dropped
};

/// Reconstructs every frame of `source` on `threads` threads (0: all cores) with bounded memory.
///
/// Each thread reads ahead, solves frames and hands results on in order, so that reading, solving and writing overlap;
/// at most 32 frames per thread are under way. With one thread everything happens on the calling one. Results do not
/// depend on the number of threads. Progress counts frames (the total is estimated from the share of the input read)
/// and notes protons per second. What source, reconstruction or sink throw ends all threads and is rethrown.
StreamCounts reconstruct_stream(FrameFeed& source, const ReconstructFrame& reconstruct, int threads,
                                const ResultSink& sink, const core::ProgressCallback& progress = {});

}  // namespace difftrack::reconstruct
