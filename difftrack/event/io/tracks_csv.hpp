// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"

namespace difftrack::event {

/// Which columns of TrackLines a CSV has beside those that every one has.
struct TracksCsvColumns {
  bool truth = false;
  bool shared = false;      ///< truth tells a second event of a hit
  bool confidence = false;  ///< the method tells how sure it is
};

/// The first line of a CSV of tracks: the columns of TrackLines with their units.
std::string tracks_csv_header(const TracksCsvColumns& columns);

/// The CSV of tracks: one line per hit on a track, in track order (TrackLines); to a file that appears whole or not at
/// all, or, with an empty path, to standard output as frames come. Throws InputError when it cannot be written, and
/// std::system_error (broken pipe) when the reader of standard output has gone and the process lives on.
class TracksCsv {
 public:
  /// Empty: standard output.
  explicit TracksCsv(const std::string& path);

  /// `columns` are those of every line.
  void write_header(const TracksCsvColumns& columns);
  /// Tracks of one frame, numbered from `first`; `confidence` per hit, as HitTable::confidence, where there is such a
  /// column.
  void write_lines(const Frame& frame, const Tracks& accepted, std::span<const float> confidence, std::int64_t first);

  void finish();  ///< flushes; nothing can be written afterwards
  void commit();  ///< finishes and gives the file its name

 private:
  void write(std::string_view text);

  std::unique_ptr<core::AtomicFile> file_;  // none: standard output
  TracksCsvColumns columns_;
};

}  // namespace difftrack::event
