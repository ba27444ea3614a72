// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"

namespace difftrack::reconstruct {

/// First columns of every CSV of tracks.
inline constexpr std::string_view kTracksCsvColumns = "track,frame,order,hit,layer,x_mm,y_mm,z_mm,edep_MeV,score";

/// The CSV of tracks: one line per hit on a track, in track order; to a file that appears whole or not at all, or, with
/// an empty path, to standard output as frames come. Throws InputError when it cannot be written, and std::system_error
/// (broken pipe) when the reader of standard output has gone and the process lives on.
class TracksCsv {
 public:
  /// Empty: standard output.
  explicit TracksCsv(const std::string& path);

  /// `truth` adds the columns event and primary, here and in every line.
  void write_header(bool truth);
  /// Tracks of one frame, numbered from `first`.
  void write_lines(const event::Frame& frame, const event::Tracks& accepted, std::int64_t first);

  void finish();  ///< flushes; nothing can be written afterwards
  void commit();  ///< finishes and gives the file its name

 private:
  void write(std::string_view text);

  std::unique_ptr<core::AtomicFile> file_;  // none: standard output
  bool truth_ = false;
};

}  // namespace difftrack::reconstruct
