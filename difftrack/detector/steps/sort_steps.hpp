// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/event/io/row_spool.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// Brings steps in any order into the order of their events, with bounded memory.
///
/// Rows are sorted by (run, window of their time, event), rows of one key in the order they came: an external merge
/// sort. Up to `memory_rows` rows are held; more are sorted piece by piece into temporary files (std::tmpfile, of the
/// rows' size on disk in all), which next() merges, 4096 rows of each at a time. The order does not depend on
/// memory_rows.
class StepSorter {
 public:
  /// How much is held in memory, and what the rows are sorted by.
  struct Config {
    std::size_t memory_rows = 8'000'000;  ///< rows that are held
    double window = 0.0;                  ///< [ns]; 0: times do not count
  };

  explicit StepSorter(const Config& config) : config_(config) {}

  /// Takes rows; all calls with the same optional columns. Throws InputError when temporary files cannot be written.
  void add(event::Steps steps);

  /// Puts the next rows, up to about 65536, into `steps`; false when there are none left. No add() afterwards.
  bool next(event::Steps& steps);

  bool on_disk() const { return !pieces_.empty(); }
  std::size_t rows() const { return rows_; }

 private:
  using Key = std::tuple<std::int32_t, double, std::int64_t>;

  /// A sorted piece in a temporary file, read block by block.
  struct Piece {
    event::RowSpool<event::Steps> spool;
    event::Steps block;
    std::size_t at = 0;
  };

  Key key_of(const event::Steps& steps, std::size_t i) const;
  std::vector<std::size_t> order() const;
  void spill();
  void load(Piece& piece) const;
  bool merge(event::Steps& steps);

  Config config_;
  event::Steps held_;
  std::vector<std::size_t> order_;  // of held_, once it is handed out
  std::size_t handed_out_ = 0, rows_ = 0;
  bool sorted_ = false;
  std::vector<Piece> pieces_;
};

}  // namespace difftrack::detector
