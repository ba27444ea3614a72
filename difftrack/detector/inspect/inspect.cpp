// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/inspect/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/detector/inspect/inspect_steps.hpp"
#include "difftrack/detector/pixels/pixels_from_table.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/read_table.hpp"

namespace difftrack::detector {

using event::Column;
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

/// Finds out how the file has to be read: applies the options that suspicions name until none is left.
Detector understood(const Table& first, Detector detector, FileSummary& summary) {
  for (int round = 0; round < 3; ++round) {
    StepsLayout layout = find_steps_layout(first, detector);
    const auto found = find_suspicions(first, detector, layout);
    if (round == 0) summary.suspicions = found;
    if (found.empty() || found.front().flags.empty()) break;
    const auto lay_over = [](auto& value, auto likely) {
      if (!core::name_of(likely).empty()) value = likely;
    };
    lay_over(detector.mapping.length_unit, found.front().length_unit);
    lay_over(detector.mapping.energy_unit, found.front().energy_unit);
    lay_over(detector.mapping.beam_axis, found.front().beam_axis);
    summary.flags += (summary.flags.empty() ? "" : " ") + found.front().flags;
  }
  return detector;
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
        pixels.emplace(detector.mapping.form == LayerForm::Column && chunk.has(detector.mapping.column)
                           ? detector.mapping.column
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
      const event::Pixels fired = pixels_from_table(event::read_table(file, input.read_options()), detector);
      summary.pixels->repeats = find_repeats(fired);
      summary.pixels->hot = FindHotPixels()(fired, detector);
    });
  else
    attempt(summary, [&] { summary.steps = inspect_steps(file, as_read, per_frame, hits, input, summary.notes); });
  summary.kind = summary.pixels ? "pixels" : summary.steps ? "steps" : "table";
  return summary;
}

}  // namespace difftrack::detector
