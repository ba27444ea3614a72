// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "difftrack/event/io/bytes.hpp"

namespace difftrack::event {

/// The lines of a text, read front to back with memory for a block. A byte order mark in front is passed over.
class TextLines {
 public:
  explicit TextLines(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

  /// The next line without its end (LF or CRLF); the view holds until the next call. Throws InputError for a line of
  /// more than 4 MiB.
  std::optional<std::string_view> next() {
    for (;;) {
      const auto* found = static_cast<const char*>(std::memchr(buffer_.data() + at_, '\n', buffer_.size() - at_));
      if (found != nullptr) return take(static_cast<std::size_t>(found - buffer_.data()) - at_, 1);
      if (ended_) {
        if (at_ == buffer_.size()) return std::nullopt;
        return take(buffer_.size() - at_, 0);
      }
      fill();
    }
  }

  /// The next line that is neither empty nor a comment ('#'). The text of the last comment passed goes to `comment`.
  std::optional<std::string_view> next_row(std::string* comment = nullptr) {
    for (auto line = next(); line; line = next()) {
      std::size_t begin = 0;
      while (begin < line->size() && ((*line)[begin] == ' ' || (*line)[begin] == '\t')) ++begin;
      if (begin == line->size()) continue;
      if ((*line)[begin] != '#') return line;
      if (comment != nullptr) keep_comment(line->substr(begin), *comment);
    }
    return std::nullopt;
  }

  std::int64_t number() const { return number_; }  ///< of the last line, from 1
  double fraction_read() const;                    ///< in [0, 1]
  const std::string& name() const { return stream_->name(); }

 private:
  std::string_view take(std::size_t length, std::size_t end) {
    std::string_view line(buffer_.data() + at_, length);
    at_ += length + end;
    bytes_ += length + end;
    ++number_;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }
  void fill();
  static void keep_comment(std::string_view line, std::string& comment);

  std::unique_ptr<ByteStream> stream_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool ended_ = false;
  std::int64_t number_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace difftrack::event
