// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frames/frames_from_pixels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "difftrack/detector/pixels/pixel_repeats.hpp"

namespace difftrack::detector {
namespace {

/// Different readouts of a file, ascending.
std::vector<std::int32_t> readouts_of(const event::Pixels& pixels) {
  std::vector<std::int32_t> readouts = pixels.frame;
  std::sort(readouts.begin(), readouts.end());
  readouts.erase(std::unique(readouts.begin(), readouts.end()), readouts.end());
  return readouts;
}

/// How many different events left pixels in each readout.
std::map<std::int32_t, std::set<std::int64_t>> events_by_readout(const event::Pixels& pixels) {
  std::map<std::int32_t, std::set<std::int64_t>> events;
  for (std::size_t i = 0; i < pixels.event.size(); ++i)
    if (pixels.event[i] >= 0) events[pixels.frame[i]].insert(pixels.event[i]);
  return events;
}

}  // namespace

FramesFromPixels::FramesFromPixels(const Config& config) : config_(config) { core::check_fields(config, ""); }

PixelFrames FramesFromPixels::operator()(const event::Pixels& all, const Detector& detector,
                                         const std::string& source) const {
  PixelFrames result;
  const event::Pixels once = config_.drop_repeats ? drop_repeats(all) : event::Pixels{};
  const event::Pixels& pixels = config_.drop_repeats ? once : all;
  result.repeated_rows = static_cast<std::int64_t>(all.size() - pixels.size());
  result.hot.layers.resize(detector.layers.size());
  if (config_.mask_hot) result.hot = FindHotPixels(config_.hot)(pixels, detector);
  const FramedHits clustered =
      ClusterPixels(config_.cluster)(result.hot.places.empty() ? pixels : mask_pixels(pixels, result.hot), detector);

  const std::vector<std::int32_t> readouts = readouts_of(all);
  const auto events = events_by_readout(pixels);
  std::size_t hit = 0;
  for (std::size_t first = 0; first < readouts.size(); first += static_cast<std::size_t>(config_.readouts_per_frame)) {
    const std::size_t last =
        std::min(readouts.size(), first + static_cast<std::size_t>(config_.readouts_per_frame)) - 1;
    event::Hits hits;
    for (; hit < clustered.hits.size() && clustered.frame[hit] <= readouts[last]; ++hit)
      event::append_row(hits, clustered.hits, hit);
    std::set<std::int64_t> in_frame;
    for (std::size_t r = first; r <= last; ++r)
      if (const auto found = events.find(readouts[r]); found != events.end()) in_frame.merge(std::set(found->second));
    event::Frame frame =
        make_frame(hits, static_cast<std::int32_t>(in_frame.size()), readouts[first], config_.frames, source);
    if (hits.size() == 0)
      frame.why_empty = fmt::format("no cluster is left after {}masking hot pixels and dropping small clusters",
                                    config_.drop_repeats ? "leaving out repeated pixels, " : "");
    result.frames.push_back(std::move(frame));
  }
  return result;
}

}  // namespace difftrack::detector
