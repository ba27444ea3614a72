// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/tracks_csv.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <system_error>

#include "difftrack/core/error.hpp"

namespace difftrack::reconstruct {

namespace {

[[noreturn]] void fail_standard_output(int error) {
  if (error == EPIPE) throw std::system_error(error, std::generic_category(), "standard output");
  throw core::InputError({"standard output", "", ""}, std::string("cannot be written: ") + std::strerror(error));
}

}  // namespace

TracksCsv::TracksCsv(const std::string& path)
    : file_(path.empty() ? nullptr : std::make_unique<core::AtomicFile>(path)) {}

void TracksCsv::write(std::string_view text) {
  if (file_) return file_->write(text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_standard_output(errno);
}

void TracksCsv::write_header(bool truth) {
  truth_ = truth;
  write(std::string(kTracksCsvColumns) + (truth ? ",event,primary\n" : "\n"));
}

void TracksCsv::write_lines(const event::Frame& frame, const event::Tracks& accepted, std::int64_t first) {
  const event::Hits& h = frame.hits;
  fmt::memory_buffer lines;
  for (std::size_t t = 0; t < accepted.size(); ++t) {
    const auto row = accepted.hits[t];
    for (std::size_t order = 0; order < row.size(); ++order) {
      const auto i = static_cast<std::size_t>(row[order]);
      fmt::format_to(std::back_inserter(lines), "{},{},{},{},{},{},{},{},{},{}", first + static_cast<std::int64_t>(t),
                     frame.index, order, h.id[i], h.layer[i], h.x[i], h.y[i], h.z[i], h.edep[i], accepted.score[t]);
      if (truth_) fmt::format_to(std::back_inserter(lines), ",{},{}", h.event[i], h.primary[i]);
      lines.push_back('\n');
    }
  }
  write(std::string_view(lines.data(), lines.size()));
}

void TracksCsv::finish() {
  if (file_) return file_->finish();
  if (std::fflush(stdout) != 0) fail_standard_output(errno);
}

void TracksCsv::commit() {
  finish();
  if (file_) file_->commit();
}

}  // namespace difftrack::reconstruct
