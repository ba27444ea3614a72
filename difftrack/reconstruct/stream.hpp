// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "difftrack/core/progress.hpp"
#include "difftrack/reconstruct/frame_source.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"

namespace difftrack::reconstruct {

/// Receives each frame and what was made of it, in the order of the source, on the calling thread.
using ResultSink = std::function<void(const event::Frame& frame, std::int32_t file, const FrameResult& result)>;

/// What a stream went through.
struct StreamCounts {
  std::int64_t frames = 0;
  std::int64_t events = 0;  ///< primaries in them; 0 for data without truth
  std::int64_t hits = 0;
  std::int64_t tracks = 0;
};

/// Reconstructs every frame of `source` on `threads` threads (0: all cores) with bounded memory.
///
/// One thread reads and builds frames ahead of the others, up to a few batches; a batch of frames is solved in
/// parallel, one frame per thread, while the results of the last one are handed to `sink` in order. Results do
/// not depend on the number of threads. Progress counts frames in `done` (the total is estimated from the share
/// of the input read) and notes protons per second.
StreamCounts reconstruct_stream(FrameSource& source, const ReconstructFrame& reconstruct, int threads,
                                const ResultSink& sink, const core::ProgressCallback& progress = {});

}  // namespace difftrack::reconstruct
