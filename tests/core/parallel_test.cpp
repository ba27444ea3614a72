// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/parallel.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace difftrack::core {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnceForAnyNumberOfThreads) {
  for (const int threads : {1, 2, 5}) {
    std::vector<int> visits(101, 0);
    parallel_for(101, threads, [&](std::int64_t i) { ++visits[static_cast<std::size_t>(i)]; });
    EXPECT_EQ(visits, std::vector<int>(101, 1));
  }
}

TEST(ParallelFor, RethrowsTheExceptionOfTheSmallestIndex) {
  for (const int threads : {1, 3}) {
    try {
      parallel_for(50, threads, [](std::int64_t i) {
        if (i >= 20) throw std::runtime_error(std::to_string(i));
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "20");
    }
  }
}

}  // namespace
}  // namespace difftrack::core
