// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <functional>

namespace difftrack::cli {

/// SIGINT or SIGTERM once one has come, 0 before.
inline volatile std::sig_atomic_t interrupted = 0;

inline void watch_for_interrupts() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int received) { interrupted = received; });
}

/// Thrown by stop_if_interrupted; unwinding removes unfinished files.
struct Interrupted {
  int signal;
};

inline void stop_if_interrupted() {
  if (interrupted != 0) throw Interrupted{interrupted};
}

/// Runs `work`, which calls stop_if_interrupted now and then; after SIGINT or SIGTERM the process ends as the signal
/// would have ended it, but with its unfinished files gone.
inline void run_interruptible(const std::function<void()>& work) {
  watch_for_interrupts();
  try {
    work();
  } catch (const Interrupted& stop) {
    std::signal(stop.signal, SIG_DFL);
    std::raise(stop.signal);
  }
}

}  // namespace difftrack::cli
