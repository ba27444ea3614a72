// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace difftrack::core {

/// How far a long computation is. The library reports; a program decides what to show (apps/cli/progress_bar).
struct Progress {
  std::int64_t done = 0;   ///< units finished
  std::int64_t total = 0;  ///< units in all; 0 when unknown
  std::string note;        ///< one short text, e.g. "loss 0.0123  pur 91.2 %"; may be empty
};

/// Called from one thread at a time. Empty: nobody listens.
using ProgressCallback = std::function<void(const Progress&)>;

}  // namespace difftrack::core
