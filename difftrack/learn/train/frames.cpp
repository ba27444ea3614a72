// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/frames.hpp"

#include <iterator>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"

namespace difftrack::learn {

namespace {

std::vector<event::Frame> frames_of(const std::string& file, const detector::Detector& detector, std::int32_t per_frame,
                                    std::int32_t max_frames, const detector::HitConfig& hits, bool needs_truth,
                                    bool grouped) {
  detector::FrameReader reader(file, detector, {.per_frame = per_frame, .keep_partial = false}, hits, {}, grouped);
  std::vector<event::Frame> frames;
  const auto most = static_cast<std::size_t>(max_frames);
  for (event::Frame frame; (max_frames == 0 || frames.size() < most) && reader.next(frame);) {
    if (needs_truth && (!frame.hits.has_truth() || frame.hits.primary.empty()))
      throw core::InputError({file, "eventID, parentID", ""}, "training needs the truth of every hit");
    frames.push_back(std::move(frame));
    frame = {};
  }
  if (frames.empty())
    throw core::InputError({file, "per_frame", std::to_string(per_frame)},
                           "the file has no whole frame of that many events");
  return frames;
}

}  // namespace

std::vector<event::Frame> load_frames(const std::vector<std::string>& files, const detector::Detector& detector,
                                      std::int32_t per_frame, std::int32_t max_frames, detector::HitConfig hits,
                                      bool needs_truth) {
  std::vector<event::Frame> frames;
  for (const std::string& file : files) {
    std::vector<event::Frame> of_file;
    try {
      of_file = frames_of(file, detector, per_frame, max_frames, hits, needs_truth, false);
    } catch (const detector::EventsOutOfOrder&) {
      of_file = frames_of(file, detector, per_frame, max_frames, hits, needs_truth, true);
    }
    hits.first_readout += static_cast<std::int32_t>(of_file.size());
    frames.insert(frames.end(), std::make_move_iterator(of_file.begin()), std::make_move_iterator(of_file.end()));
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
