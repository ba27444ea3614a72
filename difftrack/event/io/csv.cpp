// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/csv.hpp"

#include <fmt/format.h>

#include <deque>
#include <limits>
#include <string_view>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/text_fields.hpp"
#include "difftrack/event/io/text_head.hpp"
#include "difftrack/event/io/text_lines.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::size_t kMaxLookahead = 1000;  // rows, for the first entry of a column

class CsvRows : public RowSource {
 public:
  CsvRows(std::unique_ptr<ByteStream> text, const std::vector<std::string>& names) : lines_(std::move(text)) {
    TextHead head = read_text_head(lines_, names);
    separator_ = head.separator;
    waiting_ = std::move(head.rows);
    warnings = std::move(head.warnings);
    for (const auto& [name, unit] : head.columns) columns_.push_back({name, unit, !name.empty(), false});
    leave_out_text();
    for (const Field& field : columns_) keep_.push_back(field.keep ? 1 : 0);
  }

  std::vector<Column> empty_columns() const override {
    std::vector<Column> columns;
    for (const Field& field : columns_)
      if (field.keep) columns.push_back({field.name, std::vector<std::int64_t>{}, "", field.unit});
    return columns;
  }

  std::size_t read(std::vector<Column>& columns, std::size_t max_rows) override {
    return separator_ == kBlanks ? read_rows<true>(columns, max_rows) : read_rows<false>(columns, max_rows);
  }
  double fraction_read() const override { return lines_.fraction_read(); }

 private:
  struct Field {
    std::string name;
    std::string unit;
    bool keep = true;
    bool warned = false;  // that it has empty fields
  };

  template <bool kByBlanks>
  std::size_t read_rows(std::vector<Column>& columns, std::size_t max_rows) {
    std::size_t rows = 0;
    for (; rows < max_rows && !waiting_.empty(); ++rows) {
      line_ = waiting_.front().line;
      parse<kByBlanks>(waiting_.front().text, columns);
      waiting_.pop_front();
    }
    for (; rows < max_rows; ++rows) {
      const auto line = lines_.next_row();
      if (!line) break;
      line_ = lines_.number();
      parse<kByBlanks>(*line, columns);
    }
    return rows;
  }

  /// A column's first entry that is not empty tells whether it holds numbers.
  void leave_out_text() {
    std::vector<bool> known(columns_.size());
    for (std::size_t i = 0; i < known.size(); ++i) known[i] = !columns_[i].keep;
    for (std::size_t row = 0; row < kMaxLookahead; ++row) {
      if (row == waiting_.size()) {
        const auto line = lines_.next_row();
        if (!line) break;
        waiting_.push_back({lines_.number(), std::string(*line)});
      }
      const auto fields = split_line(waiting_[row].text, separator_);
      bool all_known = true;
      for (std::size_t i = 0; i < known.size(); ++i) {
        if (!known[i] && i < fields.size() && !fields[i].empty()) {
          known[i] = true;
          columns_[i].keep = is_number(fields[i], separator_);
        }
        all_known = all_known && known[i];
      }
      if (all_known) break;
    }
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!known[i] && !waiting_.empty()) columns_[i].keep = false;
      if (!columns_[i].keep && !columns_[i].name.empty()) skipped.push_back(columns_[i].name);
    }
    if (!skipped.empty())
      warnings.push_back(
          fmt::format("{}: columns without numbers are skipped: {}", lines_.name(), fmt::join(skipped, ", ")));
  }

  template <bool kByBlanks>
  void parse(std::string_view line, std::vector<Column>& columns) {
    if constexpr (kByBlanks) line = without_blanks(line);
    std::size_t column = 0;
    bool more = true;
    const std::size_t n = keep_.size();
    for (std::size_t i = 0; i < n; ++i) {
      if (!more) [[unlikely]]
        fail(i, "", "is missing: the line has too few fields");
      const std::string_view field = cut_field<kByBlanks>(line, separator_, more);
      if (keep_[i] != 0) append(field, i, columns[column++]);
    }
    if (more) fail(columns_.size() - 1, line, "more fields follow than there are columns");
  }

  // Inlined, for it runs once per field.
  [[gnu::always_inline]] inline void append(std::string_view field, std::size_t i, Column& column) {
    if (auto* integers = std::get_if<0>(&column.values)) {
      std::int64_t value = 0;
      if (parse_integer(field, value)) {
        integers->push_back(value);
        return;
      }
      column.values = std::vector<double>(integers->begin(), integers->end());
      points_ = points_ || field.find('.') != std::string_view::npos;
    }
    double value = 0.0;
    if (!parse_real(field, value))
      value = odd_number(field, i);
    else if (commas_ && field.find('.') != std::string_view::npos)
      fail(i, field, "has a decimal point, but numbers before it have a decimal comma");
    std::get<1>(column.values).push_back(value);
  }

  /// What is no number at first sight.
  [[gnu::noinline]] double odd_number(std::string_view field, std::size_t i) {
    if (field.empty()) {
      if (!std::exchange(columns_[i].warned, true))
        warnings.push_back(fmt::format("{}: line {}, {}: an empty field; such are NaN, no numbers", lines_.name(),
                                       line_, columns_[i].name));
      return std::numeric_limits<double>::quiet_NaN();
    }
    double value = 0.0;
    if (separator_ == ',' || !parse_decimal_comma(field, value)) fail(i, field, "is no number");
    if (points_) fail(i, field, "has a comma, but numbers before it have a decimal point");
    if (!std::exchange(commas_, true))
      warnings.push_back(fmt::format("{}: decimals are read after a comma: '{}' as {}", lines_.name(), field, value));
    return value;
  }

  [[noreturn]] void fail(std::size_t i, std::string_view value, const std::string& problem) const {
    const std::string name = columns_[i].name.empty() ? fmt::format("column {}", i + 1) : columns_[i].name;
    throw InputError({lines_.name(), fmt::format("line {}, {}", line_, name), std::string(value.substr(0, 40))},
                     problem);
  }

  TextLines lines_;
  char separator_ = ',';
  std::vector<Field> columns_;
  std::vector<std::uint8_t> keep_;     // the same as columns_[i].keep, side by side for the loop over all fields
  std::deque<TextHead::Row> waiting_;  // rows that were looked at and not yet handed on
  std::int64_t line_ = 0;              // of the row at hand
  bool points_ = false;                // a number with a decimal point was seen
  bool commas_ = false;                // a number with a decimal comma was seen
};

}  // namespace

std::unique_ptr<RowSource> csv_rows(std::unique_ptr<ByteStream> text, const std::vector<std::string>& names) {
  return std::make_unique<CsvRows>(std::move(text), names);
}

}  // namespace difftrack::event
