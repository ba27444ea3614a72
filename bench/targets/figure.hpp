// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace difftrack::bench {

/// One line of `make bench`.
struct Figure {
  std::string name;
  double value = 0.0;
  std::string unit;
  double target = 0.0;
  bool at_most = true;       ///< the target is an upper limit; else a lower one
  double plain_ratio = 0.0;  ///< plain LibTorch path ÷ ours, measured in the same run; 0: no such path
  bool pass() const { return at_most ? value <= target : value >= target; }
};

inline double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Median time [s] of each work, run in turns so that a slow moment of a shared machine hits all alike.
inline std::vector<double> interleaved(int rounds, const std::vector<std::function<void()>>& works) {
  std::vector<std::vector<double>> times(works.size());
  for (const auto& work : works) work();  // warm up
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < works.size(); ++i) times[i].push_back(seconds(works[i]));
  std::vector<double> medians;
  for (auto& each : times) medians.push_back(median(std::move(each)));
  return medians;
}

/// Stops the benchmark: a figure without the right answer is worth nothing.
void require(bool proven, const std::string& what);

/// Names the figures measured and appended by each part. `folder` is for scratch files, `programs` holds the programs.
void measure_reconstruction(std::vector<Figure>& figures, const std::string& folder);
void measure_program(std::vector<Figure>& figures, const std::string& folder, const std::string& programs);
void measure_training(std::vector<Figure>& figures, const std::string& folder);

/// Reconstructs a file of steps by the plain LibTorch path on one thread, and writes nothing.
void reconstruct_plainly(const std::string& model, const std::string& file, int per_frame);

}  // namespace difftrack::bench
