// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "difftrack/core/progress.hpp"

namespace difftrack::cli {

/// One line on a computation that began at `first` and has run for `elapsed` seconds since: with a bar of its share or
/// without, counts, rate, and the time left or taken.
std::string progress_line(const core::Progress& progress, const std::string& unit, std::int64_t first, double elapsed,
                          bool bar);

/// A progress bar on standard error: share, counts, rate and time left, and the note of the computation. On a
/// terminal it redraws one line at most ten times a second; elsewhere it prints a plain line every 30 seconds, so
/// that logs of batch systems stay short. `unit` is what is counted, in the plural: "frames", "protons", "steps".
core::ProgressCallback progress_bar(std::string unit);

}  // namespace difftrack::cli
