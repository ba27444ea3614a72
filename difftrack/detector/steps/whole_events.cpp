// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/whole_events.hpp"

#include <fmt/format.h>

#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::detector {

using event::Steps;

Steps WholeEvents::add(const Steps& steps) {
  constexpr std::size_t kMostRows = 10'000'000;
  if (steps.size() == 0) return {};
  std::size_t cut = steps.size();  // the last event begins here
  while (cut > 0 && steps.same_event(cut - 1, steps.size() - 1)) --cut;
  const bool goes_on = waiting_.size() > 0 && waiting_.event.front() == steps.event.front() &&
                       (steps.run.empty() || waiting_.run.front() == steps.run.front());
  Steps whole;
  if (cut > 0 || (waiting_.size() > 0 && !goes_on)) {
    event::append_rows(waiting_, steps, 0, cut);
    whole = std::exchange(waiting_, {});
  }
  event::append_rows(waiting_, steps, cut, steps.size());
  if (waiting_.size() > kMostRows)
    throw core::InputError({file_, "eventID", fmt::format("{}", steps.event.back())},
                           fmt::format("this event has more than {} rows; are the events numbered?", kMostRows));
  return whole;
}

Steps WholeEvents::finish() { return std::exchange(waiting_, {}); }

}  // namespace difftrack::detector
