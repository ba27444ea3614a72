// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// When events arrive, and how long a readout looks at them.
struct ArrivalConfig {
  double window = 0.0;     ///< [ns] length of a readout; 0: readouts are of a number of events
  double rate = 0.0;       ///< [1/s] of a beam whose arrivals are drawn; 0: arrivals are the file's times
  std::uint32_t seed = 1;  ///< of the drawn arrivals

  bool by_time() const { return window > 0.0; }
  bool drawn() const { return by_time() && rate > 0.0; }
};

/// Gives every step the arrival of its event as its time.
///
/// Without a rate that is the earliest time of the event's steps. With one it is drawn: waiting times are exponential
/// with mean 1 / rate, one for every event number up to the event's, so that events that left no hits take their time,
/// too; the waiting time of an event is a function of (seed, run, event) alone. A run begins at time 0.
class ArrivalClock {
 public:
  explicit ArrivalClock(const ArrivalConfig& config) : config_(config) {}

  /// Whole events, in ascending order of (run, event) over all calls if arrivals are drawn.
  void operator()(event::Steps& events);

 private:
  double drawn(std::int32_t run, std::int64_t event);

  ArrivalConfig config_;
  bool any_ = false;
  std::int32_t run_ = 0;
  std::int64_t event_ = 0;
  double now_ = 0.0;
};

}  // namespace difftrack::detector
