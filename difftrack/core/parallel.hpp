// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace difftrack::core {

/// Number of threads to use when a Config says 0: OMP_NUM_THREADS or the number of cores.
int default_threads();

/// Calls body(i) for i in [0, n) on `threads` threads (0: default_threads()), in no fixed order.
///
/// Write results to slot i and reduce them in index order afterwards, so that they do not depend on the number
/// of threads. Of the exceptions thrown, the one with the smallest i is rethrown after all have ended.
void parallel_for(std::int64_t n, int threads, const std::function<void(std::int64_t i)>& body);

/// As above, with the number of the thread in [0, threads), for per-thread scratch space only.
void parallel_for_with_thread(std::int64_t n, int threads, const std::function<void(std::int64_t i, int thread)>& body);

}  // namespace difftrack::core
