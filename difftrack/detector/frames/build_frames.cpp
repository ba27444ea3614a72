// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frames/build_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::detector {

using core::InputError;
using event::Frame;
using event::Hits;

event::Frame make_frame(const Hits& hits, std::int32_t n_events, std::int64_t index, const FrameConfig& config,
                        const std::string& source) {
  Frame frame;
  frame.index = index;
  frame.n_events = n_events;
  if (hits.size() == 0) {
    frame.why_empty = "no hits";
    return frame;
  }
  if (!hits.run.empty()) frame.run = hits.run.front();
  frame.has_spot = hits.has_spot();
  if (frame.has_spot) {
    frame.spot_x = hits.spot_x.front();
    frame.spot_y = hits.spot_y.front();
  }
  frame.has_rotation = !hits.rotation.empty();
  if (frame.has_rotation) frame.rotation = hits.rotation.front();
  const auto [lowest, highest] = std::minmax_element(hits.layer.begin(), hits.layer.end());
  if (*lowest < 0)
    throw InputError({source, fmt::format("frame {}", index), ""}, fmt::format("a hit has layer {}", *lowest));
  // No layer behind the number of hits can be reached without an empty one before it.
  const auto reach =
      static_cast<std::int32_t>(std::min<std::size_t>(static_cast<std::size_t>(*highest), hits.size())) + 1;
  std::vector<std::int32_t> count(static_cast<std::size_t>(reach), 0);
  for (const std::int32_t layer : hits.layer)
    if (layer < reach) ++count[static_cast<std::size_t>(layer)];
  const auto most = std::max_element(count.begin(), count.end());
  if (*most > config.max_hits_per_layer)
    throw InputError(
        {source, fmt::format("frame {}, layer {}", index, most - count.begin()), fmt::format("{} hits", *most)},
        fmt::format("more than max_hits_per_layer = {}; group fewer events into a frame", config.max_hits_per_layer));

  const auto n_layers = static_cast<std::int32_t>(std::find(count.begin(), count.end(), 0) - count.begin());
  frame.group_begin.assign(static_cast<std::size_t>(n_layers) + 1, 0);
  for (std::int32_t g = 0; g < n_layers; ++g)
    frame.group_begin[static_cast<std::size_t>(g) + 1] =
        frame.group_begin[static_cast<std::size_t>(g)] + count[static_cast<std::size_t>(n_layers - 1 - g)];
  const auto kept = static_cast<std::size_t>(frame.group_begin.back());
  frame.n_cut_off = static_cast<std::int32_t>(hits.size() - kept);
  if (kept == 0) {
    frame.group_begin.clear();
    frame.why_empty =
        fmt::format("layer 0 has no hit, so that all {} hits lie behind the first empty layer", hits.size());
    return frame;
  }
  std::vector<std::int32_t> next(frame.group_begin.begin(), frame.group_begin.end() - 1);
  std::vector<std::size_t> order(kept);
  for (std::size_t i = 0; i < hits.size(); ++i)
    if (hits.layer[i] < n_layers)
      order[static_cast<std::size_t>(next[static_cast<std::size_t>(n_layers - 1 - hits.layer[i])]++)] = i;
  frame.hits = event::select_rows(hits, order);
  return frame;
}

void check_frames(const FrameConfig& config, const std::string& source) {
  core::check_fields(config, source);
  if (config.rate > 0.0 && config.frame_time <= 0.0)
    throw InputError({source, "rate", fmt::format("{:g}", config.rate)},
                     "needs frame_time: frames of a number of events do not ask when they arrive");
}

FrameBuilder::FrameBuilder(const FrameConfig& config, std::string source)
    : config_(config), source_(std::move(source)), boundary_(config.per_frame, config.frame_time) {
  check_frames(config_, source_);
  report_.why_none = "no event left a hit";
}

void FrameBuilder::add(const Hits& hits) {
  if (hits.size() > 0 && !hits.has_truth())
    throw InputError({source_, "eventID", ""},
                     "hits without events cannot be grouped by events; take the frames of the readout");
  for (std::size_t begin = 0, end = 0; begin < hits.size(); begin = end) {
    while (end < hits.size() && hits.same_event(begin, end)) ++end;
    const EventPlace place = place_of(hits, hits.arrival, begin);
    if (boundary_.begins(place) && pending_events_ > 0) {
      if (config_.frame_time > 0.0) count_empty_windows(place);
      close(boundary_.last_was_complete());
    }
    if (is_pending(hits.event[begin]))
      throw InputError({source_, "eventID", fmt::format("{}", hits.event[begin])},
                       "the hits of this event come in two pieces; an event must come whole");
    ++pending_events_;
    ++report_.events;
    event::append_rows(pending_, hits, begin, end);
  }
}

/// Whether the open frame holds hits of the event. Where numbers ascend, which is the rule, no search is needed.
bool FrameBuilder::is_pending(std::int64_t event) {
  const bool ascends = pending_.size() == 0 || event > pending_.event.back();
  pending_ascend_ = ascends && (pending_ascend_ || pending_.size() == 0);
  return !pending_ascend_ && std::find(pending_.event.begin(), pending_.event.end(), event) != pending_.event.end();
}

void FrameBuilder::count_empty_windows(const EventPlace& next) {
  const EventPlace last = place_of(pending_, pending_.arrival, 0);
  if (last.run != next.run) return;
  const double between = std::floor(next.arrival / config_.frame_time) - std::floor(last.arrival / config_.frame_time);
  report_.empty_windows += std::max<std::int64_t>(0, static_cast<std::int64_t>(between) - 1);
}

void FrameBuilder::finish() {
  if (pending_events_ > 0) close(boundary_.open_is_complete());
}

void FrameBuilder::add_readout(const Hits& hits, std::int32_t n_events, bool complete) {
  report_.events += n_events;
  close(hits, n_events, complete);
}

void FrameBuilder::close(bool complete) {
  close(pending_, pending_events_, complete);
  pending_ = {};
  pending_events_ = 0;
}

void FrameBuilder::close(const Hits& hits, std::int32_t n_events, bool complete) {
  if (complete || config_.keep_partial) {
    finished_.push_back(make_frame(hits, n_events, report_.frames, config_, source_));
    ++report_.frames;
    report_.cut_off += finished_.back().n_cut_off;
    report_.why_none.clear();
  } else {
    report_.partial_events += n_events;
    if (report_.frames == 0)
      report_.why_none =
          fmt::format("{} events left hits, fewer than the {} of one frame", report_.events, config_.per_frame);
  }
}

bool FrameBuilder::next(Frame& frame) {
  if (finished_.empty()) return false;
  frame = std::move(finished_.front());
  finished_.pop_front();
  return true;
}

Frames build_frames(const Hits& hits, const FrameConfig& config, const std::string& source) {
  FrameBuilder builder(config, source);
  builder.add(hits);
  builder.finish();
  Frames result;
  for (Frame frame; builder.next(frame);) result.frames.push_back(std::move(frame));
  result.report = builder.report();
  return result;
}

}  // namespace difftrack::detector
