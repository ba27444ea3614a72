// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/learn/train/ranks.hpp"

namespace difftrack::train_app {

/// MPI from construction on; ended by finish(). A process that ends without it, after an error, takes the others along.
class MpiRanks {
 public:
  /// Joins the processes that mpirun started.
  MpiRanks();
  /// This process among them.
  learn::Ranks ranks() const;
  /// Leaves; nothing is exchanged afterwards.
  void finish();
};

}  // namespace difftrack::train_app
