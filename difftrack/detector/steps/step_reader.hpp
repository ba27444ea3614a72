// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/core/units.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/steps/arrivals.hpp"
#include "difftrack/detector/steps/sort_steps.hpp"
#include "difftrack/detector/steps/steps_layout.hpp"
#include "difftrack/detector/steps/whole_events.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// How files are read, beyond what the detector's description says of them.
struct InputConfig {
  std::string columns = {};             ///< names for text without a line of names, separated by commas
  bool force = false;                   ///< read implausible input as it is
  std::int32_t memory = 1000;           ///< [MB] for rows of files whose events are not in order
  std::optional<double> rotation = {};  ///< [rad] of the phantom in the whole file; none: as the file says

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("columns", &InputConfig::columns, "",
              "Names of the columns of text that has no line of names, separated by commas; '-' leaves one out."),
        field("force", &InputConfig::force, "", "Implausible input (units, axes, merged runs) read as it is."),
        field("memory", &InputConfig::memory, "MB", {1, 1e6},
              "Memory for rows when events are not in order, without effect on the result; more are sorted on disk."),
        field("rotation", &InputConfig::rotation, "rad", {-360 * units::degree, 360 * units::degree},
              "Rotation of the phantom in the whole file; auto: as the file's column says.")
            .usually_in("deg")};
  }
  /// What of it the reader of tables needs.
  event::ReadOptions read_options() const;
};

/// Thrown when events turn out not to be in order after some were handed out: the file has to be read again, with
/// `grouped`.
struct EventsOutOfOrder : std::runtime_error {
  explicit EventsOutOfOrder(std::string name)
      : std::runtime_error(name + ": events are not in order"), file(std::move(name)) {}
  std::string file;
};

/// Whole events of a file of steps in the order of (run, event), a batch at a time.
///
/// First the layout is found and judged (find_steps_layout, find_suspicions); config.force turns refusals into notes. A
/// file in order is streamed with memory for a chunk. In one that is not, events are grouped (StepSorter); numbers that
/// restart are jobs and become runs of their own (EventOrder). That needs the whole file, so when the descent is found
/// after events were handed out, next() throws EventsOutOfOrder.
///
/// With a time window every step gets the arrival of its event (ArrivalClock), and events come in the order of
/// (run, window, event).
///
/// Throws InputError with file, column, row and value as steps_from_table does; for implausible input; and for a window
/// without times.
class StepReader {
 public:
  /// Reads the first chunk. `grouped`: bring events into order before the first one is handed out.
  StepReader(std::shared_ptr<const event::Bytes> file, const Detector& detector, const InputConfig& config,
             const ArrivalConfig& arrivals = {}, bool grouped = false);

  /// The first chunk as read, until next() is called: tells what kind of file it is.
  const event::Table& first_rows() const { return chunk_; }

  /// Puts the next whole events into `events`; false when there are none left.
  bool next(event::Steps& events);

  double fraction_read() const { return table_.fraction_read(); }  ///< in [0, 1], for progress
  const std::string& file() const { return table_.file(); }
  const std::vector<std::string>& warnings() const { return warnings_; }  ///< what was odd; one sentence each
  const std::vector<std::string>& notes() const { return notes_; }        ///< what was assumed or done about it
  const std::optional<StepsLayout>& layout() const { return layout_; }    ///< once events were asked for

 private:
  void find_layout();
  bool read_rows(event::Steps& rows);
  bool next_in_order(event::Steps& events);
  bool next_by_time(event::Steps& events);
  bool is_ascending(const event::Steps& rows);
  bool windows_ascend(const event::Steps& events);
  void group();
  void fill_sorter(std::size_t memory_rows);
  void note(const std::string& sentence) { notes_.push_back(file() + ": " + sentence); }

  std::shared_ptr<const event::Bytes> bytes_;
  Detector detector_;
  InputConfig config_;
  ArrivalConfig arrivals_;
  event::TableReader table_;
  event::Table chunk_;
  bool chunk_waits_ = true, more_ = true;
  std::optional<StepsLayout> layout_;

  bool grouped_, handed_out_ = false;
  std::optional<StepSorter> sorter_;   // of rows, where events are not in order
  std::optional<StepSorter> by_time_;  // of whole events, where they are grouped and their arrivals count
  WholeEvents whole_;
  ArrivalClock clock_;
  std::optional<std::pair<std::int32_t, std::int64_t>> last_;   // (run, event)
  std::optional<std::pair<std::int32_t, double>> last_window_;  // (run, number of the window)
  std::vector<std::string> warnings_, notes_;
};

}  // namespace difftrack::detector
