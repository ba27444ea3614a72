// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/frames.hpp"

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/detector/frame_reader.hpp"

namespace difftrack::learn {

std::vector<event::Frame> load_frames(const std::vector<std::string>& files, const detector::Detector& detector,
                                      std::int32_t per_frame, std::int32_t max_frames, detector::HitConfig hits) {
  std::vector<event::Frame> frames;
  for (const std::string& file : files) {
    detector::FrameReader reader(file, detector, {.per_frame = per_frame, .keep_partial = false}, hits);
    std::int32_t taken = 0;
    for (event::Frame frame; (max_frames == 0 || taken < max_frames) && reader.next(frame); ++taken) {
      if (!frame.hits.has_truth() || frame.hits.primary.empty())
        throw core::InputError({file, "eventID, parentID", ""}, "training needs the truth of every hit");
      frames.push_back(std::move(frame));
      frame = {};
    }
    hits.first_readout += taken;
    if (taken == 0)
      throw core::InputError({file, "per_frame", std::to_string(per_frame)},
                             "the file has no whole frame of that many events");
  }
  return frames;
}

std::vector<std::size_t> draw_frames(std::uint64_t seed, std::int64_t step, std::size_t frames, std::int32_t count) {
  core::RandomStream random(seed, static_cast<std::uint64_t>(step));
  std::vector<std::size_t> drawn;
  for (std::int32_t i = 0; i < count; ++i) drawn.push_back(random.below(static_cast<std::uint32_t>(frames)));
  return drawn;
}

}  // namespace difftrack::learn
