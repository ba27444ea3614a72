// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "bench/network/machine_limits.hpp"

namespace difftrack::bench {

/// What judges a figure: seconds say as much about the machine as about the program, a ratio taken on that machine in
/// that run does not.
struct Ratio {
  std::string of;  ///< what is divided by what
  double value = 0.0;
  double target = 0.0;
  bool at_most = false;  ///< the target is an upper limit; else a lower one
  std::string reason;    ///< of the target, one sentence
  bool pass() const { return at_most ? value <= target : value >= target; }
};

/// One figure of `make bench`: what was measured, and the ratios by which it is judged.
struct Figure {
  std::string name;
  double value = 0.0;
  std::string unit;
  std::vector<Ratio> ratios;
};

/// Where to write and find files, and whether to prove the answers with one short round instead of measuring.
struct Bench {
  std::string folder;    ///< reports
  std::string scratch;   ///< other files
  std::string programs;  ///< holds the programs
  bool quick = false;
  int rounds(int full) const { return quick ? 1 : full; }
};

inline double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// CPU time [s] of this process so far, all threads.
inline double cpu_time() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// CPU time [s] of work on one thread: what it takes where nobody else wants the core.
inline double cpu_seconds(const std::function<void()>& work) {
  const double start = cpu_time();
  work();
  return cpu_time() - start;
}

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Median CPU time [s] of each work on one thread, run in turns so that a slow moment of the machine hits all alike.
inline std::vector<double> interleaved(int rounds, const std::vector<std::function<void()>>& works) {
  std::vector<std::vector<double>> times(works.size());
  for (const auto& work : works) work();  // warm up
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < works.size(); ++i) times[i].push_back(cpu_seconds(works[i]));
  std::vector<double> medians;
  for (auto& each : times) medians.push_back(median(std::move(each)));
  return medians;
}

/// Runs multiply-adds of floats on one core with an operand from L1, a millisecond or two of them, and returns how
/// many: the limit of the kernels.
inline double run_multiply_adds() {
  constexpr std::int64_t kSteps = 20'000;
  static const std::vector<float> x(256, 1e-3F);
  float out[16];
  return static_cast<double>(kSteps * kVectorsPerStep) * multiply_adds(x.data(), kSteps, true, out);
}

/// Multiply-adds that no kernel of the network of hidden 16 gets by without, per line-graph edge: two products and the
/// interpolated angle forward; in training three passes forward and two dense ones backward (docs/performance.md).
constexpr double kForwardMultiplyAdds = 34.0 * 16.0, kTrainingMultiplyAdds = 112.0 * 16.0;

/// The share of the multiply-add limit that work reached which needs so many and took `time` [s], while
/// run_multiply_adds() took `limit_time` [s].
inline double share_of_limit(double needed, double time, double limit_time) {
  return needed / time * (limit_time / run_multiply_adds());
}

/// Stops the benchmark: a figure without the right answer is worth nothing.
void require(bool proven, const std::string& what);

/// The figures measured and appended by each part.
void measure_reconstruction(std::vector<Figure>& figures, const Bench& bench);
void measure_program(std::vector<Figure>& figures, const Bench& bench);
void measure_reading(std::vector<Figure>& figures, const Bench& bench);
void measure_training(std::vector<Figure>& figures, const Bench& bench);

/// Reconstructs a file of steps by the plain LibTorch path on one thread, and writes nothing.
void reconstruct_plainly(const std::string& model, const std::string& file, int per_frame);

}  // namespace difftrack::bench
