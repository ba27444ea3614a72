// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/step_reader.hpp"

#include <fmt/format.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/core/quantity.hpp"
#include "difftrack/detector/steps/event_order.hpp"
#include "difftrack/detector/steps/plausibility.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"

namespace difftrack::detector {

using event::Steps;
using event::Table;

namespace {

constexpr std::int64_t kChunkRows = 65536;
constexpr std::size_t kBytesPerRow = 100;  // of Steps with all columns, and its place in the order

std::pair<std::int32_t, std::int64_t> key_of(const Steps& steps, std::size_t i) {
  return {steps.run.empty() ? 0 : steps.run[i], steps.event[i]};
}

/// Makes each ascending stretch of events a run of its own.
class JobNumbers {
 public:
  void operator()(Steps& rows) {
    std::vector<std::int32_t> job(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto key = key_of(rows, i);
      if (last_ && key < *last_) ++job_;
      last_ = key;
      job[i] = job_;
    }
    rows.run = std::move(job);
  }
  std::int32_t jobs() const { return job_ + 1; }

 private:
  std::optional<std::pair<std::int32_t, std::int64_t>> last_;
  std::int32_t job_ = 0;
};

}  // namespace

event::ReadOptions InputConfig::read_options() const {
  event::ReadOptions options;
  for (std::size_t begin = 0; !columns.empty() && begin <= columns.size();) {
    const std::size_t end = std::min(columns.find(',', begin), columns.size());
    options.columns.push_back(columns.substr(begin, end - begin));
    begin = end + 1;
  }
  return options;
}

StepReader::StepReader(std::shared_ptr<const event::Bytes> file, const Detector& detector, const InputConfig& config,
                       const ArrivalConfig& arrivals, bool grouped)
    : bytes_(std::move(file)),
      detector_(detector),
      config_(config),
      arrivals_(arrivals),
      table_(bytes_, config.read_options()),
      grouped_(grouped),
      whole_(bytes_->name()),
      clock_(arrivals) {
  more_ = table_.next(chunk_, kChunkRows);
}

void StepReader::find_layout() {
  layout_ = find_steps_layout(chunk_, detector_);
  const auto suspicions = find_suspicions(chunk_, detector_, *layout_);
  if (!config_.force) refuse(suspicions, file());
  for (const auto& each : suspicions) note(each.field + ": " + each.problem + "; read as it is");
  if (std::string& column = layout_->column[&Steps::rotation]; !column.empty() && config_.rotation) {
    note("column " + column + " is left out: the rotation is given");
    column.clear();
  }
  for (const auto& each : layout_->notes) note(each);
  if (arrivals_.by_time() && !arrivals_.drawn() && layout_->column[&Steps::time].empty())
    throw core::InputError({file(), "frame_time", ""},
                           "needs times: the file has no column time or GlobalTime; a rate (--rate) draws them");
}

/// The next rows; false at the end of the file. A file without rows gives an empty piece first, so that its columns are
/// checked.
bool StepReader::read_rows(Steps& rows) {
  if (!chunk_waits_) more_ = more_ && table_.next(chunk_, kChunkRows);
  if (!more_ && !chunk_waits_) return false;
  chunk_waits_ = false;
  warnings_.insert(warnings_.end(), chunk_.warnings.begin(), chunk_.warnings.end());
  rows = steps_from_table(chunk_, detector_, *layout_, arrivals_.by_time() && !arrivals_.drawn());
  return true;
}

bool StepReader::is_ascending(const Steps& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto key = key_of(rows, i);
    if (last_ && key < *last_) return false;
    last_ = key;
  }
  return true;
}

bool StepReader::windows_ascend(const Steps& events) {
  for (std::size_t i = 0; i < events.time.size(); ++i) {
    const std::pair window(key_of(events, i).first, std::floor(events.time[i] / arrivals_.window));
    if (last_window_ && window < *last_window_) return false;
    last_window_ = window;
  }
  return true;
}

bool StepReader::next(Steps& events) {
  if (!layout_) find_layout();
  if (grouped_ && !sorter_) group();
  const bool any = by_time_ ? next_by_time(events) : next_in_order(events);
  if (!any) return false;
  if (!handed_out_) {
    const auto suspicions = find_merged_runs(events, *layout_);
    if (!config_.force) refuse(suspicions, file());
    for (const auto& each : suspicions) note(each.field + ": " + each.problem + "; read as it is");
  }
  handed_out_ = true;
  return true;
}

bool StepReader::next_in_order(Steps& events) {
  for (bool more = true; more;) {
    Steps rows;
    more = sorter_ ? sorter_->next(rows) : read_rows(rows);
    bool ordered = sorter_ || is_ascending(rows);
    if (ordered) {
      events = more ? whole_.add(rows) : whole_.finish();
      if (arrivals_.by_time()) clock_(events);
      ordered = sorter_ || !arrivals_.by_time() || windows_ascend(events);
    }
    if (!ordered) {
      if (handed_out_) throw EventsOutOfOrder(file());
      group();
      return by_time_ ? next_by_time(events) : next_in_order(events);
    }
    if (events.size() > 0) return true;
  }
  return false;
}

bool StepReader::next_by_time(Steps& events) {
  for (bool more = true; more;) {
    Steps rows;
    more = by_time_->next(rows);
    events = more ? whole_.add(rows) : whole_.finish();
    if (events.size() > 0) return true;
  }
  return false;
}

void StepReader::group() {
  grouped_ = true;
  const std::size_t memory_rows = static_cast<std::size_t>(config_.memory) * 1'000'000 / kBytesPerRow;
  whole_ = WholeEvents(file());
  clock_ = ArrivalClock(arrivals_);
  fill_sorter(memory_rows);
  if (!arrivals_.by_time() || arrivals_.drawn()) return;
  StepSorter by_time({memory_rows, arrivals_.window});
  for (Steps events; next_in_order(events);) by_time.add(events);
  by_time_ = std::move(by_time);
  whole_ = WholeEvents(file());
}

void StepReader::fill_sorter(std::size_t memory_rows) {
  const auto each_piece = [&](auto&& use) {
    table_ = event::TableReader(bytes_, config_.read_options());
    chunk_waits_ = false;
    more_ = true;
    warnings_.clear();  // they come again
    for (Steps rows; read_rows(rows);) use(rows);
  };
  EventOrder order;
  Steps all;  // as long as they fit into memory
  each_piece([&](const Steps& rows) {
    order.add(rows);
    if (static_cast<std::size_t>(order.rows()) <= memory_rows) event::append_rows(all, rows);
    if (static_cast<std::size_t>(order.rows()) > memory_rows) all = {};
  });
  sorter_.emplace(StepSorter::Config{memory_rows, 0.0});
  JobNumbers number;
  const bool jobs = order.are_jobs();
  const auto sort = [&](Steps&& rows) {
    if (jobs) number(rows);
    sorter_->add(std::move(rows));
  };
  if (all.size() == static_cast<std::size_t>(order.rows()))
    sort(std::move(all));
  else
    each_piece([&](Steps& rows) { sort(std::move(rows)); });
  const std::string how = sorter_->on_disk() ? "on disk" : "in memory";
  if (jobs)
    note(
        fmt::format("event numbers restart ({}): read as {} jobs one after the other, whose events are kept apart as "
                    "runs 0 to {}; grouped {}",
                    order.first_descent(), number.jobs(), number.jobs() - 1, how));
  else if (!order.ascending())
    note(fmt::format("events are not in order ({}): {} rows grouped by event {}", order.first_descent(), order.rows(),
                     how));
  else if (arrivals_.by_time() && !arrivals_.drawn())
    note(fmt::format("events do not arrive in the order of their numbers: {} rows grouped by time {}", order.rows(),
                     how));
}

}  // namespace difftrack::detector
