// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// Looks at the order of the events of a file, row by row.
///
/// A block is a stretch of rows in which (run, event) does not descend; where it descends, a new one begins. An event
/// that comes back in a later block is either one whose rows were torn apart (threads that wrote side by side) or
/// another one with the same number (jobs appended to each other). Torn rows add new layers to the event; another
/// proton crosses the same layers again, elsewhere. So: of the (event, layer) cells that events bring along in later
/// blocks, the share that was there before and lies more than a millimetre away is near 1 for jobs and near 0 for torn
/// events.
///
/// Memory is bounded: events are sampled by a hash of their number, more sparsely the more there are.
class EventOrder {
 public:
  /// Takes the next rows of the file.
  void add(const event::Steps& steps);

  bool ascending() const { return blocks_ <= 1; }
  std::int64_t blocks() const { return blocks_; }
  std::int64_t rows() const { return rows_; }
  /// Whether the blocks are jobs that number their events anew: at least half of what comes back is elsewhere.
  bool are_jobs() const { return again_ > 0 && 2 * elsewhere_ >= again_; }
  /// "event 1 comes after event 1996 in row 31549": the first descent; empty when ascending.
  const std::string& first_descent() const { return first_descent_; }

 private:
  struct Cell {
    std::int32_t layer;
    std::int64_t block;
    float x, y;
  };
  void sample(const event::Steps& steps, std::size_t i, std::pair<std::int32_t, std::int64_t> key);
  bool is_sampled(std::int64_t event) const;

  std::map<std::pair<std::int32_t, std::int64_t>, std::vector<Cell>> cells_;
  std::size_t n_cells_ = 0;
  std::uint64_t sparseness_ = 1;
  std::pair<std::int32_t, std::int64_t> last_{};
  std::int64_t blocks_ = 0, rows_ = 0, again_ = 0, elsewhere_ = 0;
  std::string first_descent_;
};

}  // namespace difftrack::detector
