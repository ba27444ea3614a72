// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/tracks_csv.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <limits>
#include <system_error>

#include "difftrack/core/error.hpp"
#include "difftrack/event/track_tables.hpp"

namespace difftrack::event {

namespace {

[[noreturn]] void fail_standard_output(int error) {
  if (error == EPIPE) throw std::system_error(error, std::generic_category(), "standard output");
  throw core::InputError({"standard output", "", ""}, std::string("cannot be written: ") + std::strerror(error));
}

bool has(Presence presence, const TracksCsvColumns& columns) {
  switch (presence) {
    case Presence::Truth:
      return columns.truth;
    case Presence::Shared:
      return columns.shared;
    case Presence::Optional:
      return columns.confidence;
    case Presence::Always:
      break;
  }
  return true;
}

/// One line per row, numbers in the shortest form that reads back to the same bits.
template <class Rows>
void append_lines(fmt::memory_buffer& text, const Rows& rows, const TracksCsvColumns& columns) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t begin = text.size();
    for_each_column<Rows>([&](const auto& each) {
      if (!has(each.presence, columns)) return;
      if (text.size() > begin) text.push_back(',');
      fmt::format_to(std::back_inserter(text), FMT_COMPILE("{}"), (rows.*(each.member))[i]);
    });
    text.push_back('\n');
  }
}

TrackLines lines_of(const Frame& frame, const Tracks& accepted, std::span<const float> confidence, std::int64_t first,
                    const TracksCsvColumns& columns) {
  const Hits& h = frame.hits;
  TrackLines lines;
  for (std::size_t t = 0; t < accepted.size(); ++t) {
    const auto row = accepted.hits[t];
    for (std::size_t order = 0; order < row.size(); ++order) {
      const auto i = static_cast<std::size_t>(row[order]);
      lines.track.push_back(first + static_cast<std::int64_t>(t));
      lines.frame.push_back(frame.index);
      lines.order.push_back(static_cast<std::int32_t>(order));
      lines.hit.push_back(h.id[i]);
      lines.layer.push_back(h.layer[i]);
      lines.x.push_back(h.x[i]);
      lines.y.push_back(h.y[i]);
      lines.z.push_back(h.z[i]);
      lines.edep.push_back(h.edep[i]);
      lines.score.push_back(accepted.score[t]);
      if (columns.confidence) {
        lines.confidence.push_back(order > 0 ? confidence[i] : std::numeric_limits<float>::quiet_NaN());
        lines.track_confidence.push_back(accepted.confidence[t]);
      }
      if (!columns.truth) continue;
      lines.event.push_back(h.event[i]);
      lines.primary.push_back(h.primary[i]);
      if (columns.shared) lines.second_event.push_back(h.second_event[i]);
    }
  }
  return lines;
}

}  // namespace

std::string tracks_csv_header(const TracksCsvColumns& columns) {
  std::string line;
  for_each_column<TrackLines>([&](const auto& each) {
    if (!has(each.presence, columns)) return;
    line += fmt::format("{}{}{}{}", line.empty() ? "" : ",", each.name, each.unit.empty() ? "" : "_", each.unit);
  });
  return line;
}

TracksCsv::TracksCsv(const std::string& path)
    : file_(path.empty() ? nullptr : std::make_unique<core::AtomicFile>(path)) {}

void TracksCsv::write(std::string_view text) {
  if (file_) return file_->write(text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_standard_output(errno);
}

void TracksCsv::write_header(const TracksCsvColumns& columns) {
  columns_ = columns;
  write(tracks_csv_header(columns) + "\n");
}

void TracksCsv::write_lines(const Frame& frame, const Tracks& accepted, std::span<const float> confidence,
                            std::int64_t first) {
  fmt::memory_buffer text;
  append_lines(text, lines_of(frame, accepted, confidence, first, columns_), columns_);
  write(std::string_view(text.data(), text.size()));
}

void TracksCsv::finish() {
  if (file_) return file_->finish();
  if (std::fflush(stdout) != 0) fail_standard_output(errno);
}

void TracksCsv::commit() {
  finish();
  if (file_) file_->commit();
}

}  // namespace difftrack::event
