// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/arrivals.hpp"

#include <algorithm>
#include <cstddef>

#include "difftrack/core/random.hpp"

namespace difftrack::detector {

double ArrivalClock::drawn(std::int32_t run, std::int64_t event) {
  constexpr std::int64_t kLongestGap = 1'000'000;  // numbers that jump further do not count what never was
  const bool new_run = !any_ || run != run_;
  if (new_run) now_ = 0.0;
  const std::int64_t before = new_run ? -1 : event_;
  const std::int64_t first = event - before > kLongestGap || event < before ? event : before + 1;
  const auto stream = static_cast<std::uint64_t>(static_cast<std::uint32_t>(run)) << 32U | config_.seed;
  for (std::int64_t e = first; e <= event; ++e) {
    core::RandomStream random(stream, static_cast<std::uint64_t>(e));
    now_ += random.exponential() * 1e9 / config_.rate;
  }
  any_ = true;
  run_ = run;
  event_ = event;
  return now_;
}

void ArrivalClock::operator()(event::Steps& events) {
  if (config_.drawn()) events.time.assign(events.size(), 0.0);
  for (std::size_t begin = 0; begin < events.size();) {
    std::size_t end = begin;
    while (end < events.size() && events.same_event(begin, end)) ++end;
    const auto first = events.time.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = events.time.begin() + static_cast<std::ptrdiff_t>(end);
    const double arrival = config_.drawn() ? drawn(events.run.empty() ? 0 : events.run[begin], events.event[begin])
                                           : *std::min_element(first, last);
    std::fill(first, last, arrival);
    begin = end;
  }
}

}  // namespace difftrack::detector
