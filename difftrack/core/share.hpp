// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace difftrack::core {

/// Which part of a list of independent tasks a process does: those i with i mod count = index. Neighbours in a list
/// cost about the same, so that all parts take about as long.
struct Share {
  std::int32_t index = 0;  ///< in [0, count)
  std::int32_t count = 1;  ///< processes that work on the list

  /// Whether task `task` belongs to it.
  bool has(std::int64_t task) const { return task % count == index; }
  bool operator==(const Share&) const = default;
};

/// Reads "i/n" with 0 <= i < n. Throws InputError ("--shard", text).
Share parse_share(const std::string& text);

/// The part of this process among those that mpirun (or srun with PMI) started together, as the launcher says in the
/// environment: OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE, PMI_RANK and PMI_SIZE; the whole list when
/// nothing launched it. A list of independent tasks in a shared folder needs no messages, so no MPI library either.
Share launched_share();

}  // namespace difftrack::core
