// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace difftrack::core {

int default_threads() {
  if (const char* wanted = std::getenv("OMP_NUM_THREADS")) {
    const int threads = std::atoi(wanted);
    if (threads > 0) return threads;
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallel_for(std::int64_t n, int threads, const std::function<void(std::int64_t)>& body) {
  parallel_for_with_thread(n, threads, [&](std::int64_t i, int) { body(i); });
}

void parallel_for_with_thread(std::int64_t n, int threads, const std::function<void(std::int64_t, int)>& body) {
  const auto team = static_cast<int>(
      std::clamp<std::int64_t>(threads > 0 ? threads : default_threads(), 1, std::max<std::int64_t>(n, 1)));
  if (team == 1) {
    for (std::int64_t i = 0; i < n; ++i) body(i, 0);
    return;
  }
  std::atomic<std::int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr first;
  std::int64_t first_index = n;
  const auto work = [&](int thread) {
    for (std::int64_t i = next++; i < n; i = next++) {
      try {
        body(i, thread);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < first_index) {
          first_index = i;
          first = std::current_exception();
        }
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (int thread = 1; thread < team; ++thread) others.emplace_back(work, thread);
    work(0);
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace difftrack::core
