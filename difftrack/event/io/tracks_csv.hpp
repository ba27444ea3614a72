// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"

namespace difftrack::event {

/// The first line of a CSV of tracks: the columns of TrackLines with their units, those of truth with `truth`.
std::string tracks_csv_header(bool truth);

/// The CSV of tracks: one line per hit on a track, in track order (TrackLines); to a file that appears whole or not at
/// all, or, with an empty path, to standard output as frames come. Throws InputError when it cannot be written, and
/// std::system_error (broken pipe) when the reader of standard output has gone and the process lives on.
class TracksCsv {
 public:
  /// Empty: standard output.
  explicit TracksCsv(const std::string& path);

  /// `truth` adds the columns of truth, here and in every line.
  void write_header(bool truth);
  /// Tracks of one frame, numbered from `first`.
  void write_lines(const Frame& frame, const Tracks& accepted, std::int64_t first);

  void finish();  ///< flushes; nothing can be written afterwards
  void commit();  ///< finishes and gives the file its name

 private:
  void write(std::string_view text);

  std::unique_ptr<core::AtomicFile> file_;  // none: standard output
  bool truth_ = false;
};

}  // namespace difftrack::event
