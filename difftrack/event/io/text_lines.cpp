// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/text_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

namespace {

constexpr std::size_t kBlock = std::size_t{256} * 1024;         // [bytes] read at a time
constexpr std::size_t kMaxLine = std::size_t{4} * 1024 * 1024;  // [bytes]

}  // namespace

void TextLines::keep_comment(std::string_view line, std::string& comment) {
  line.remove_prefix(std::min(line.find_first_not_of("# \t"), line.size()));
  if (!line.empty()) comment = line;
}

double TextLines::fraction_read() const {
  if (!stream_->size_is_exact()) return stream_->fraction_read();
  return stream_->size() == 0 ? 1.0 : static_cast<double>(bytes_) / static_cast<double>(stream_->size());
}

void TextLines::fill() {
  if (buffer_.size() - at_ > kMaxLine)
    throw core::InputError({stream_->name(), fmt::format("line {}", number_ + 1), ""},
                           "is longer than 4 MiB: no text table");
  const bool first = buffer_.empty() && number_ == 0;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kBlock);
  const std::size_t got = stream_->read(std::as_writable_bytes(std::span(buffer_.data() + kept, kBlock)));
  buffer_.resize(kept + got);
  ended_ = got < kBlock;
  if (first && buffer_.starts_with("\xef\xbb\xbf")) at_ = bytes_ = 3;  // byte order mark
}

}  // namespace difftrack::event
