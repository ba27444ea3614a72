// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/core/progress.hpp"

namespace difftrack::cli {

/// A progress bar on standard error: share, counts, rate and time left, and the note of the computation. On a
/// terminal it redraws one line at most ten times a second; elsewhere it prints a line every 30 seconds, so that
/// logs of batch systems stay short. `unit` is what is counted, in the plural: "frames", "protons", "steps".
core::ProgressCallback progress_bar(std::string unit);

}  // namespace difftrack::cli
