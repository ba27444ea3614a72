// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// Pieces of a sequence of steps as whole events: rows of the last event wait, since the next piece may go on with it.
/// Rows of an event come one after the other.
class WholeEvents {
 public:
  explicit WholeEvents(std::string file) : file_(std::move(file)) {}

  /// The steps of all events that are complete. Throws InputError when one event has more than 10 million rows.
  event::Steps add(const event::Steps& steps);
  /// The steps of the last event.
  event::Steps finish();

 private:
  std::string file_;
  event::Steps waiting_;
};

}  // namespace difftrack::detector
