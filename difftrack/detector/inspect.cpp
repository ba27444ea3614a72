// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/build_frames.hpp"
#include "difftrack/detector/pixels_from_table.hpp"
#include "difftrack/detector/steps_to_hits.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/read_table.hpp"

namespace difftrack::detector {

using event::Column;
using event::Frame;
using event::Hits;
using event::Table;

namespace {

constexpr std::int64_t kChunkRows = 65536;
constexpr std::int64_t kMaxLayer = 10000;

class Columns {
 public:
  void add(const Table& chunk) {
    if (summaries_.empty())
      for (const auto& column : chunk.columns)
        summaries_.push_back({column.name, column.type, std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity(), 0});
    for (std::size_t c = 0; c < chunk.columns.size(); ++c) {
      const Column& column = chunk.columns[c];
      ColumnSummary& summary = summaries_[c];
      if (column.type.empty() && summary.type != "number") summary.type = column.is_integer() ? "integer" : "number";
      for (std::size_t i = 0; i < column.size(); ++i) {
        const double value = column.number(i);
        if (!std::isfinite(value)) {
          ++summary.not_finite;
          continue;
        }
        summary.min = std::min(summary.min, value);
        summary.max = std::max(summary.max, value);
      }
    }
  }
  std::vector<ColumnSummary> take() {
    for (auto& summary : summaries_)
      if (summary.min > summary.max) summary.min = summary.max = std::numeric_limits<double>::quiet_NaN();
    return std::move(summaries_);
  }

 private:
  std::vector<ColumnSummary> summaries_;
};

/// Frames of one size, counted as they are built.
class FrameCounter {
 public:
  FrameCounter(std::int32_t per_frame, const std::string& file)
      : builder_({.per_frame = per_frame, .max_hits_per_layer = 1'000'000'000}, file) {
    summary_.per_frame = per_frame;
  }
  void add(const Hits& hits) {
    builder_.add(hits);
    take();
  }
  void add(const Readout& readout) {
    builder_.add_readout(readout.hits, readout.n_events, readout.complete);
    take();
  }
  FrameSummary finish() {
    builder_.finish();
    take();
    if (summary_.frames > 0) summary_.mean_hits = static_cast<double>(hits_) / static_cast<double>(summary_.frames);
    return summary_;
  }

 private:
  void take() {
    const FrameConfig limits;
    for (Frame frame; builder_.next(frame);) {
      for (std::int32_t layer = 0; layer < frame.n_layers() && summary_.problem.empty(); ++layer)
        if (const auto n = frame.end(layer) - frame.begin(layer); n > limits.max_hits_per_layer)
          summary_.problem = fmt::format("frame {}, layer {}: {} hits, more than max_hits_per_layer = {}", frame.index,
                                         layer, n, limits.max_hits_per_layer);
      summary_.cut_off += frame.n_cut_off;
      summary_.cut_frames += frame.n_cut_off > 0 ? 1 : 0;
      if (frame.hits.size() == 0) {
        if (summary_.empty++ == 0) summary_.why_empty = frame.why_empty;
      }
      if (frame.n_events < summary_.per_frame) {
        summary_.partial_events += frame.n_events;
        continue;
      }
      ++summary_.frames;
      hits_ += static_cast<std::int64_t>(frame.hits.size());
    }
  }

  FrameBuilder builder_;
  FrameSummary summary_;
  std::int64_t hits_ = 0;
};

/// Layers, energies and primaries of hits as they come.
class HitStatistics {
 public:
  explicit HitStatistics(StepsSummary& summary) : summary_(summary) {}

  /// Hits of whole events or whole readouts.
  void add(const Hits& hits) {
    events_.clear();
    primaries_.clear();
    for (std::size_t i = 0; i < hits.size(); ++i) {
      const auto layer = static_cast<std::size_t>(hits.layer[i]);
      if (layer >= summary_.hits_per_layer.size()) summary_.hits_per_layer.resize(layer + 1, 0);
      ++summary_.hits_per_layer[layer];
      const bool first = hits_++ == 0;
      summary_.min_edep = first ? hits.edep[i] : std::min(summary_.min_edep, hits.edep[i]);
      summary_.max_edep = first ? hits.edep[i] : std::max(summary_.max_edep, hits.edep[i]);
      energy_ += static_cast<double>(hits.edep[i]);
      if (hits.event.empty() || hits.event[i] < 0) continue;  // noise
      events_.insert(hits.event[i]);
      if (hits.primary.empty() || hits.primary[i] == 0) continue;
      ++summary_.primary_hits;
      primaries_.insert(hits.event[i]);
    }
    summary_.events_with_hits += static_cast<std::int64_t>(events_.size());
    summary_.primaries += static_cast<std::int64_t>(primaries_.size());
    summary_.has_truth = summary_.has_truth || !hits.primary.empty();
    summary_.has_spot = summary_.has_spot || hits.has_spot();
    if (hits_ > 0) summary_.mean_edep = energy_ / static_cast<double>(hits_);
  }

 private:
  StepsSummary& summary_;
  std::unordered_set<std::int64_t> events_, primaries_;
  std::int64_t hits_ = 0;
  double energy_ = 0.0;
};

class StepsInspector {
 public:
  StepsInspector(const Detector& detector, const std::vector<std::int32_t>& per_frame, const std::string& file,
                 const HitConfig& hits)
      : merger_(detector, hits), statistics_(summary_) {
    for (const std::int32_t n : per_frame) counters_.emplace_back(n, file);
    if (!hits.from_pixels()) return;
    for (const std::int32_t n : per_frame) digitisers_.emplace_back(detector, hits, FrameConfig{.per_frame = n});
    if (per_frame.empty()) digitisers_.emplace_back(detector, hits, FrameConfig{});
  }
  void add(const event::Steps& events) {
    for (std::size_t i = 0; i < events.size(); ++i) summary_.events += i == 0 || !events.same_event(i, i - 1);
    summary_.has_runs = summary_.has_runs || !events.run.empty();
    if (digitisers_.empty()) {
      const Hits hits = merger_(events);
      statistics_.add(hits);
      for (auto& counter : counters_) counter.add(hits);
    }
    for (std::size_t d = 0; d < digitisers_.size(); ++d) take(d, digitisers_[d].add(events));
  }
  StepsSummary finish() {
    for (std::size_t d = 0; d < digitisers_.size(); ++d) take(d, digitisers_[d].finish());
    for (auto& counter : counters_) summary_.frames.push_back(counter.finish());
    summary_.merge = digitisers_.empty() ? merger_.report() : digitisers_.front().report();
    return std::move(summary_);
  }

 private:
  /// Counts the readouts of digitiser d; the first one's hits stand for all.
  void take(std::size_t d, const std::vector<Readout>& readouts) {
    for (const Readout& readout : readouts) {
      if (d == 0) statistics_.add(readout.hits);
      if (d < counters_.size()) counters_[d].add(readout);
    }
  }

  StepMerger merger_;
  std::vector<StepDigitiser> digitisers_;  // with hits = pixels: one per frame size, at least one
  std::vector<FrameCounter> counters_;
  StepsSummary summary_;
  HitStatistics statistics_;
};

class PixelsInspector {
 public:
  explicit PixelsInspector(std::string layer) : layer_(std::move(layer)) {}

  void add(const Table& chunk) {
    const auto frame = chunk.int32s("frame");
    const auto x = chunk.int32s("x");
    const auto y = chunk.int32s("y");
    const auto layer = chunk.int32s(layer_);
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const std::int64_t n = ++per_frame_[frame[i]];
      summary_.most_in_frame = std::max(summary_.most_in_frame, n);
      const bool first = pixels_++ == 0;
      const auto widen = [first](std::int64_t& low, std::int64_t& high, std::int64_t value) {
        low = first ? value : std::min(low, value);
        high = first ? value : std::max(high, value);
      };
      widen(summary_.min_x, summary_.max_x, x[i]);
      widen(summary_.min_y, summary_.max_y, y[i]);
      widen(summary_.first_frame, summary_.last_frame, frame[i]);
      if (layer[i] < 0) chunk.fail(chunk.at(layer_), i, "a layer must not be negative");
      if (layer[i] >= kMaxLayer) continue;
      const auto at = static_cast<std::size_t>(layer[i]);
      if (at >= summary_.pixels_per_layer.size()) summary_.pixels_per_layer.resize(at + 1, 0);
      ++summary_.pixels_per_layer[at];
    }
  }
  PixelsSummary finish() {
    summary_.frames = static_cast<std::int64_t>(per_frame_.size());
    if (summary_.frames > 0)
      summary_.mean_per_frame = static_cast<double>(pixels_) / static_cast<double>(summary_.frames);
    return std::move(summary_);
  }

 private:
  std::string layer_;
  PixelsSummary summary_;
  std::unordered_map<std::int32_t, std::int64_t> per_frame_;
  std::int64_t pixels_ = 0;
};

bool is_zip(const event::Bytes& file) {
  std::array<char, 2> magic{};
  if (file.size() < magic.size()) return false;
  file.read_at(0, std::as_writable_bytes(std::span(magic)));
  return magic == std::array{'P', 'K'};
}

/// The arrays of a .npz that makes no table; empty for other files.
std::vector<ArraySummary> arrays_of(const std::shared_ptr<const event::Bytes>& file) {
  std::vector<ArraySummary> arrays;
  if (!is_zip(*file)) return arrays;
  const event::NpzFile npz(file);
  for (const auto& key : npz.keys()) {
    const auto header = event::read_npy_header(*npz.open(key));
    const auto& field = header.fields.front();
    arrays.push_back({key,
                      header.structured ? fmt::format("{} fields", header.fields.size())
                                        : fmt::format("{}{}", field.kind, field.size),
                      header.shape});
  }
  return arrays;
}

/// Runs `work`; what it finds wrong with the rows becomes the summary's problem.
template <class Work>
void attempt(FileSummary& summary, Work&& work) {
  if (!summary.problem.empty()) return;
  try {
    work();
  } catch (const core::InputError& error) {
    summary.problem = error.what();
  }
}

}  // namespace

namespace {

/// Finds out how the file has to be read: applies the options that suspicions name until none is left.
Detector understood(const Table& first, Detector detector, FileSummary& summary) {
  for (int round = 0; round < 3; ++round) {
    StepsLayout layout = find_steps_layout(first, detector);
    const auto found = find_suspicions(first, detector, layout);
    if (round == 0) summary.suspicions = found;
    if (found.empty() || found.front().flags.empty()) break;
    LayerMapping& mapping = detector.mapping;
    std::istringstream words(found.front().flags);
    for (std::string flag, value; words >> flag >> value;)
      (flag == "--length-unit" ? mapping.length_unit : flag == "--energy-unit" ? mapping.energy_unit
                                                                               : mapping.beam_axis) = value;
    summary.flags += (summary.flags.empty() ? "" : " ") + found.front().flags;
  }
  return detector;
}

/// Steps as whole events through hits and frames.
void inspect_steps(const std::shared_ptr<const event::Bytes>& file, const Detector& detector,
                   const std::vector<std::int32_t>& per_frame, const HitConfig& hits, const InputConfig& input,
                   FileSummary& summary, bool grouped = false) {
  StepReader reader(file, detector, input, {}, grouped);
  StepsInspector steps(detector, per_frame, file->name(), hits);
  try {
    for (event::Steps events; reader.next(events);) steps.add(events);
  } catch (const EventsOutOfOrder&) {
    return inspect_steps(file, detector, per_frame, hits, input, summary, true);
  }
  summary.notes = reader.notes();
  summary.steps = steps.finish();
}

}  // namespace

FileSummary inspect(const std::string& path, const Detector& detector, const std::vector<std::int32_t>& per_frame,
                    const HitConfig& hits, const InputConfig& input) {
  check_hits(hits, "");
  const auto file = event::open_file(path);
  FileSummary summary;
  summary.file = path;
  std::optional<event::TableReader> reader;
  try {
    reader.emplace(file, input.read_options());
  } catch (const core::InputError& error) {
    summary.arrays = arrays_of(file);  // throws again when the file is damaged
    if (summary.arrays.empty()) throw;
    summary.kind = "arrays";
    summary.problem = error.what();
    return summary;
  }
  Columns columns;
  Detector as_read = detector;
  std::optional<PixelsInspector> pixels;
  Table chunk;
  for (bool first = true; reader->next(chunk, kChunkRows) || first; first = false) {
    if (first) {
      summary.skipped = chunk.skipped;
      if (is_pixel_table(chunk))
        pixels.emplace(detector.mapping.form == "column" && chunk.has(detector.mapping.column) ? detector.mapping.column
                                                                                               : "layer");
      else
        attempt(summary, [&] { as_read = understood(chunk, detector, summary); });
    }
    summary.warnings.insert(summary.warnings.end(), chunk.warnings.begin(), chunk.warnings.end());
    summary.rows += static_cast<std::int64_t>(chunk.rows());
    columns.add(chunk);
    if (pixels) attempt(summary, [&] { pixels->add(chunk); });
  }
  summary.columns = columns.take();
  if (pixels)
    attempt(summary, [&] {
      summary.pixels = pixels->finish();
      const event::Pixels fired =
          pixels_from_table(event::read_table(file, input.read_options()), detector);
      summary.pixels->repeats = find_repeats(fired);
      summary.pixels->hot = FindHotPixels()(fired, detector);
    });
  else
    attempt(summary, [&] { inspect_steps(file, as_read, per_frame, hits, input, summary); });
  summary.kind = summary.pixels ? "pixels" : summary.steps ? "steps" : "table";
  return summary;
}

}  // namespace difftrack::detector
