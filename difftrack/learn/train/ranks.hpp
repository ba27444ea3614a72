// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "difftrack/learn/train/training_step.hpp"
#include "difftrack/learn/train/validation.hpp"

namespace difftrack::learn {

/// Processes that train one model together. Every rank holds the whole state and all frames; the frames of a step are
/// divided over the ranks, and what they contribute comes back to all in the order of the draw. So each rank moves its
/// state by the same sum, and the model is the same to the byte for any number of ranks and threads.
struct Ranks {
  int rank = 0;  ///< in [0, size)
  int size = 1;  ///< processes
  /// The bytes of every rank, in their order, at every rank. Not called when size is 1.
  std::function<std::vector<std::string>(const std::string& mine)> gather;
};

/// One step on all ranks: the frames i with i mod size = rank are computed here, all contributions applied. `stop`,
/// where given, says whether this process was told to stop by then; returns whether any was, the same answer at every
/// rank.
bool step_on_ranks(const TrainingStep& step, const Ranks& ranks, int threads, TrainingState& state,
                   const std::function<bool()>& stop);

/// The validation that rank 0 makes, at every rank.
Validation validate_on_ranks(const Ranks& ranks, const std::function<Validation()>& validate);

}  // namespace difftrack::learn
