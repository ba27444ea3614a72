// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace difftrack::detector {

/// What decides where an event belongs.
struct EventPlace {
  std::int32_t run = 0;                ///< 0 where the file has none
  float spot_x = 0.0F, spot_y = 0.0F;  ///< [mm]
  float rotation = 0.0F;               ///< of the phantom [rad]; 0 where the file has none
  double arrival = 0.0;                ///< since the beginning of the run [ns]
  bool operator==(const EventPlace&) const = default;
};

/// Where the event of row `i` of steps or hits belongs; `times` [ns] are their column of times, or empty.
template <class Rows>
EventPlace place_of(const Rows& rows, const std::vector<double>& times, std::size_t i) {
  const auto at = [i](const auto& values) { return values.empty() ? 0 : values[i]; };
  return {at(rows.run), at(rows.spot_x), at(rows.spot_y), at(rows.rotation), at(times)};
}

/// Cuts a sequence of events into frames, which are readouts: `per_frame` events each, or with `window` > 0 all events
/// that arrive in one window [k window, (k + 1) window) of time. A new run, beam spot or rotation of the phantom
/// begins a new frame.
class FrameBoundary {
 public:
  explicit FrameBoundary(std::int32_t per_frame, double window = 0.0) : per_frame_(per_frame), window_(window) {}

  /// Takes the next event: whether it begins a frame.
  bool begins(const EventPlace& event) {
    const bool elsewhere = events_ > 0 && (event.run != last_.run || event.spot_x != last_.spot_x ||
                                           event.spot_y != last_.spot_y || event.rotation != last_.rotation);
    const double window = window_ > 0.0 ? std::floor(event.arrival / window_) : 0.0;
    const bool full = window_ > 0.0 ? window != last_window_ : events_ == per_frame_;
    const bool begins = events_ == 0 || elsewhere || full;
    if (begins) {
      complete_ = window_ > 0.0 ? !elsewhere : events_ == per_frame_;
      events_ = 0;
    }
    ++events_;
    last_ = event;
    last_window_ = window;
    return begins;
  }

  /// Whether the frame before the one that began last had all its events or its whole window.
  bool last_was_complete() const { return complete_; }
  /// The same of the frame that is open when no event follows.
  bool open_is_complete() const { return window_ <= 0.0 && events_ == per_frame_; }

 private:
  std::int32_t per_frame_;
  double window_;
  std::int32_t events_ = 0;
  EventPlace last_;
  double last_window_ = 0.0;
  bool complete_ = false;
};

}  // namespace difftrack::detector
