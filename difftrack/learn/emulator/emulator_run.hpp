// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "difftrack/core/progress.hpp"

namespace difftrack::learn {

/// How a run is carried out; without effect on its result.
struct EmulatorRun {
  std::string checkpoint = {};  ///< file that a run that was stopped goes on from, written after every epoch
  core::ProgressCallback progress = {};
  std::function<bool()> stop = {};  ///< asked after every step; true: keep the last checkpoint and return
};

}  // namespace difftrack::learn
