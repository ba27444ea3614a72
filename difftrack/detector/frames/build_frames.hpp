// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/steps/arrivals.hpp"
#include "difftrack/detector/steps/frame_boundary.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/hits.hpp"

namespace difftrack::detector {

/// How hits are grouped into frames.
struct FrameConfig {
  std::int32_t per_frame = 100;             ///< events that left hits, in one frame
  double frame_time = 0.0;                  ///< [ns] instead of per_frame: all events of a window of time; 0: off
  double rate = 0.0;                        ///< [1/s] of the beam whose arrivals are drawn; 0: the file's times
  std::uint32_t arrival_seed = 1;           ///< of drawn arrivals
  bool keep_partial = true;                 ///< keep a last frame of fewer events
  std::int32_t max_hits_per_layer = 20000;  ///< more in one layer of a frame is refused

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("per_frame", &FrameConfig::per_frame, "", {1, 1e7}, "Events that left hits, in one frame."),
        field("frame_time", &FrameConfig::frame_time, "ns", {0.0, 1e15},
              "Length of windows of time that are frames instead, all events in them, as 5us; 0: off."),
        field("rate", &FrameConfig::rate, "1/s", {0.0, 1e12},
              "Rate of the beam whose arrival times are drawn for frame_time; 0: the file's times."),
        field("arrival_seed", &FrameConfig::arrival_seed, "", {0.0, 4294967295.0}, "Seed of drawn arrival times."),
        field("keep_partial", &FrameConfig::keep_partial, "",
              "Last frame of a file or spot kept where fewer events are left for it."),
        field("max_hits_per_layer", &FrameConfig::max_hits_per_layer, "", {1, 1e9},
              "Hits in one layer beyond which a frame is refused: segments grow with their square.")};
  }
  ArrivalConfig arrivals() const { return {frame_time, rate, arrival_seed}; }
};

/// What grouping left out, and why.
struct FrameReport {
  std::int64_t events = 0;          ///< events that left hits
  std::int64_t frames = 0;          ///< frames that came out
  std::int64_t partial_events = 0;  ///< events of incomplete frames that were dropped (keep_partial = false)
  std::int64_t cut_off = 0;         ///< hits dropped behind the first empty layer of their frame
  std::int64_t empty_windows = 0;   ///< windows of frame_time between others in which no event left a hit
  std::string why_none;             ///< the reason when there is no frame
};

/// Frames of hits in memory, and what was left out.
struct Frames {
  std::vector<event::Frame> frames;
  FrameReport report;
};

/// Makes one frame of hits in any order: sorts them by layer, deepest first (equal layers keep their order), and drops
/// those behind the first empty layer. `source` names the file in the error that more hits in a layer than
/// config.max_hits_per_layer give.
event::Frame make_frame(const event::Hits& hits, std::int32_t n_events, std::int64_t index, const FrameConfig& config,
                        const std::string& source);

/// Groups hits into frames while they come in.
///
/// Which events share a frame says FrameBoundary: `per_frame` consecutive ones that left hits, or those of one window
/// of time; a new run, beam spot or rotation begins a new frame. Events come whole (all hits of an event in one call,
/// one after the other) and in the order of StepReader. A frame that a file, run or spot leaves incomplete is kept with
/// fewer events, unless config.keep_partial is false.
class FrameBuilder {
 public:
  /// `source` names the file in errors and frames. Throws InputError as check_frames does.
  FrameBuilder(const FrameConfig& config, std::string source);

  /// Throws InputError when an event comes in two pieces or a layer holds too many hits.
  void add(const event::Hits& hits);
  /// A frame of its own, of all hits of one readout in any order, truth or not. `n_events` of them are known to be in
  /// it (0: unknown); a readout that is not `complete` is treated as an incomplete frame. Throws as add does.
  void add_readout(const event::Hits& hits, std::int32_t n_events, bool complete = true);
  /// No more hits will come: closes the last frame.
  void finish();
  /// Takes the oldest finished frame; false when there is none.
  bool next(event::Frame& frame);

  const FrameReport& report() const { return report_; }

 private:
  bool is_pending(std::int64_t event);
  void count_empty_windows(const EventPlace& next);
  void close(bool complete);
  void close(const event::Hits& hits, std::int32_t n_events, bool complete);

  FrameConfig config_;
  std::string source_;
  FrameBoundary boundary_;
  event::Hits pending_;         // of the open frame
  bool pending_ascend_ = true;  // the numbers of its events
  std::int32_t pending_events_ = 0;
  std::deque<event::Frame> finished_;
  FrameReport report_;
};

/// Throws InputError (source, option, value) for options of frames without effect on each other.
void check_frames(const FrameConfig& config, const std::string& source);

/// All frames of hits in memory, by event. Throws InputError as FrameBuilder does.
Frames build_frames(const event::Hits& hits, const FrameConfig& config, const std::string& source = "");

}  // namespace difftrack::detector
