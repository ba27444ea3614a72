// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::size_t kBlock = std::size_t{256} * 1024;         // [bytes] read at a time
constexpr std::size_t kMaxLine = std::size_t{4} * 1024 * 1024;  // [bytes]
constexpr std::size_t kMaxColumns = 10000;

/// Hands out lines without their end; the view holds until the next call.
class Lines {
 public:
  explicit Lines(std::shared_ptr<const Bytes> file) : stream_(file_stream(std::move(file))) {}

  std::optional<std::string_view> next() {
    for (;;) {
      const auto* found = static_cast<const char*>(std::memchr(buffer_.data() + at_, '\n', buffer_.size() - at_));
      if (found != nullptr) return take(static_cast<std::size_t>(found - buffer_.data()) - at_, 1);
      if (ended_) {
        if (at_ == buffer_.size()) return std::nullopt;
        return take(buffer_.size() - at_, 0);
      }
      if (buffer_.size() - at_ > kMaxLine)
        throw InputError({stream_->name(), fmt::format("line {}", number_ + 1), ""},
                         "is longer than 4 MiB: no text table");
      buffer_.erase(0, at_);
      at_ = 0;
      const std::size_t kept = buffer_.size();
      buffer_.resize(kept + kBlock);
      const std::size_t got = stream_->read(std::as_writable_bytes(std::span(buffer_.data() + kept, kBlock)));
      buffer_.resize(kept + got);
      ended_ = got < kBlock;
    }
  }
  std::int64_t number() const { return number_; }  ///< of the last line, from 1
  std::uint64_t bytes_read() const { return bytes_; }
  const std::string& name() const { return stream_->name(); }
  std::uint64_t size() const { return stream_->size(); }

 private:
  std::string_view take(std::size_t length, std::size_t end) {
    std::string_view line(buffer_.data() + at_, length);
    at_ += length + end;
    bytes_ += length + end;
    ++number_;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  std::unique_ptr<ByteStream> stream_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool ended_ = false;
  std::int64_t number_ = 0;
  std::uint64_t bytes_ = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

/// Cuts the next field off a line; `more` tells whether a separator followed it.
std::string_view cut_field(std::string_view& line, char separator, bool& more) {
  const std::size_t end = line.find(separator);
  more = end != std::string_view::npos;
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(more ? end + 1 : line.size());
  return trimmed(field);
}

bool is_integer(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool is_real(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size()) {
    // Too small for a double is zero; too large is infinity, which the readers of physics columns refuse.
    value = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos ? 0.0 : HUGE_VAL;
    return true;
  }
  return error == std::errc{} && end == text.data() + text.size();
}

class CsvRows : public RowSource {
 public:
  explicit CsvRows(std::shared_ptr<const Bytes> file) : lines_(std::move(file)) {
    auto header = next_line();
    if (!header) throw InputError({lines_.name(), "", ""}, "is empty: a text table begins with a line of column names");
    if (header->starts_with("\xef\xbb\xbf")) header->remove_prefix(3);  // byte order mark
    if (header->find('\0') != std::string_view::npos)
      throw InputError({lines_.name(), "", ""}, "is neither a NumPy file nor text");
    if (header->find(',') == std::string_view::npos)
      separator_ = header->find(';') != std::string_view::npos    ? ';'
                   : header->find('\t') != std::string_view::npos ? '\t'
                                                                  : ',';
    std::string_view rest = *header;
    const std::size_t count = 1 + static_cast<std::size_t>(std::count(rest.begin(), rest.end(), separator_));
    if (count > kMaxColumns)
      throw InputError({lines_.name(), "line 1", ""}, fmt::format("has more than {} columns", kMaxColumns));
    bool more = true;
    for (std::size_t i = 0; i < count; ++i) names_.emplace_back(cut_field(rest, separator_, more));
    check_names();
    keep_.assign(names_.size(), true);
    if (const auto line = next_line()) {
      first_ = std::string(*line);
      std::string_view fields = *first_;
      for (std::size_t i = 0; i < names_.size(); ++i) {
        double value = 0.0;
        const std::string_view field = cut_field(fields, separator_, more);
        keep_[i] = field.empty() || is_real(field, value);
        if (!keep_[i]) skipped.push_back(names_[i]);
      }
      if (!skipped.empty())
        warnings.push_back(
            fmt::format("{}: columns without numbers are skipped: {}", lines_.name(), fmt::join(skipped, ", ")));
    }
  }

  std::vector<Column> empty_columns() const override {
    std::vector<Column> columns;
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (keep_[i]) columns.push_back({names_[i], std::vector<std::int64_t>{}});
    return columns;
  }

  std::size_t read(std::vector<Column>& columns, std::size_t max_rows) override {
    std::size_t rows = 0;
    while (rows < max_rows) {
      if (first_) {
        parse(*first_, columns);
        first_.reset();
      } else if (const auto line = next_line()) {
        parse(*line, columns);
      } else {
        break;
      }
      ++rows;
    }
    return rows;
  }
  double fraction_read() const override {
    return lines_.size() == 0 ? 1.0 : static_cast<double>(lines_.bytes_read()) / static_cast<double>(lines_.size());
  }

 private:
  std::optional<std::string_view> next_line() {
    for (auto line = lines_.next(); line; line = lines_.next())
      if (!trimmed(*line).empty() && line->front() != '#') return line;
    return std::nullopt;
  }
  void check_names() const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      double value = 0.0;
      if (names_[i].empty() || is_real(names_[i], value))
        throw InputError({lines_.name(), fmt::format("line {}", lines_.number()), names_[i].substr(0, 40)},
                         "must be a column name: the first line names the columns");
      if (std::find(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(i), names_[i]) !=
          names_.begin() + static_cast<std::ptrdiff_t>(i))
        throw InputError({lines_.name(), names_[i].substr(0, 40), ""}, "this column appears twice");
    }
  }
  void parse(std::string_view line, std::vector<Column>& columns) {
    std::size_t column = 0;
    bool more = true;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (!more) fail(i, "", "is missing: the line has too few fields");
      const std::string_view field = cut_field(line, separator_, more);
      if (keep_[i]) append(field, i, columns[column++]);
    }
    if (more) fail(names_.size() - 1, std::string(line.substr(0, 40)), "more fields follow than there are columns");
  }
  void append(std::string_view field, std::size_t i, Column& column) {
    if (auto* integers = std::get_if<0>(&column.values)) {
      std::int64_t value = 0;
      if (is_integer(field, value)) {
        integers->push_back(value);
        return;
      }
      column.values = std::vector<double>(integers->begin(), integers->end());
    }
    double value = 0.0;
    if (!is_real(field, value)) fail(i, std::string(field.substr(0, 40)), "is no number");
    std::get<1>(column.values).push_back(value);
  }
  [[noreturn]] void fail(std::size_t i, const std::string& value, const std::string& problem) const {
    throw InputError({lines_.name(), fmt::format("line {}, {}", lines_.number(), names_[i]), value}, problem);
  }

  Lines lines_;
  char separator_ = ',';
  std::vector<std::string> names_;
  std::vector<bool> keep_;
  std::optional<std::string> first_;  // the first row, looked at for columns of text
};

}  // namespace

std::unique_ptr<RowSource> csv_rows(std::shared_ptr<const Bytes> file) {
  return std::make_unique<CsvRows>(std::move(file));
}

}  // namespace difftrack::event
