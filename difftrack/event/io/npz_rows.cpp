// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/npz_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::size_t kMaxColumns = 10000;
constexpr std::int64_t kMaxWidth = 100;  // columns of one array

/// What keeps an array from being a column; empty when nothing does.
std::string unfit(const NpyHeader& header) {
  if (header.structured) return "a structured array";
  if (!header.fields.front().is_number()) {
    const char kind = header.fields.front().kind;
    return kind == 'S' || kind == 'U' ? "text" : fmt::format("type '{}'", kind);
  }
  if (header.shape.empty()) return "a single number";
  if (header.shape.size() > 2) return fmt::format("{} dimensions", header.shape.size());
  if (header.shape.size() == 2 && (header.shape[1] < 1 || header.shape[1] > kMaxWidth))
    return fmt::format("{} columns, of at most {}", header.shape[1], kMaxWidth);
  return "";
}

/// The same for what the array says of itself; a damaged archive throws InputError.
std::string unfit(const NpzFile& file, const std::string& key, bool& wide) {
  try {
    const NpyHeader header = read_npy_header(*file.open(key));
    wide = header.shape.size() == 2;
    return unfit(header);
  } catch (const InputError& error) {
    std::vector<std::byte> start(std::size_t{64} * 1024);
    file.open(key)->read(start);  // throws where the archive, not the array, is at fault
    if (error.where().value.ends_with('O')) return "Python objects";
    const std::string_view sentence(error.what());
    const std::string prefix = file.name() + ": " + key + ": ";
    return std::string(sentence.starts_with(prefix) ? sentence.substr(prefix.size()) : sentence);
  }
}

/// Arrays side by side.
class ColumnarRows : public RowSource {
 public:
  explicit ColumnarRows(const NpzFile& file) {
    std::vector<std::string> left_out;
    std::size_t columns = 0;
    for (const auto& key : file.keys()) {
      bool wide = false;
      if (const std::string reason = unfit(file, key, wide); !reason.empty()) {
        leave_out(key, reason, left_out);
        continue;
      }
      arrays_.push_back({key, wide, npy_rows(file.open(key), key)});
      if ((columns += arrays_.back().rows->empty_columns().size()) > kMaxColumns)
        throw InputError({file.name(), "", ""}, fmt::format("holds more than {} columns", kMaxColumns));
    }
    if (arrays_.empty())
      throw InputError({file.name(), "", ""},
                       "holds no table: neither an array 'arr_0' nor columns of numbers" +
                           (left_out.empty() ? "" : fmt::format(" ({})", fmt::join(left_out, ", "))));
    const std::int64_t rows = common_length(file.name());
    std::erase_if(arrays_, [&](const Array& array) {
      const std::int64_t length = array.rows->total_rows();
      if (length == rows) return false;
      leave_out(array.key, fmt::format("{} entries, the table has {}", length, rows), left_out);
      return true;
    });
    for (const Array& array : arrays_)
      warnings.insert(warnings.end(), array.rows->warnings.begin(), array.rows->warnings.end());
    if (!left_out.empty())
      warnings.push_back(
          fmt::format("{}: arrays that are no columns are skipped: {}", file.name(), fmt::join(left_out, ", ")));
  }

  std::vector<Column> empty_columns() const override {
    std::vector<Column> columns;
    for (const Array& array : arrays_)
      for (Column& column : array.rows->empty_columns()) {
        if (array.wide) column.name = fmt::format("{}[{}]", array.key, column.name);
        columns.push_back(std::move(column));
      }
    return columns;
  }
  std::size_t read(std::vector<Column>& columns, std::size_t max_rows) override {
    std::size_t rows = 0;
    auto at = columns.begin();
    for (const Array& array : arrays_) {
      std::vector<Column> own = array.rows->empty_columns();
      const auto end = at + static_cast<std::ptrdiff_t>(own.size());
      std::swap_ranges(own.begin(), own.end(), at);
      rows = array.rows->read(own, max_rows);
      std::swap_ranges(own.begin(), own.end(), at);
      at = end;
    }
    return rows;
  }
  std::int64_t total_rows() const override { return arrays_.front().rows->total_rows(); }
  double fraction_read() const override { return arrays_.front().rows->fraction_read(); }

 private:
  struct Array {
    std::string key;
    bool wide = false;  // of two dimensions
    std::unique_ptr<RowSource> rows;
  };

  void leave_out(const std::string& key, const std::string& reason, std::vector<std::string>& left_out) {
    skipped.push_back(key);
    left_out.push_back(fmt::format("{} ({})", key, reason));
  }

  /// The longest length, if more than half of the arrays have it. What stands beside a table is mostly short; weights
  /// of a network, of which most have one length, are no table.
  std::int64_t common_length(const std::string& file) const {
    std::map<std::int64_t, std::size_t> count;
    for (const Array& array : arrays_) ++count[array.rows->total_rows()];
    const auto& [longest, arrays] = *count.rbegin();
    if (2 * arrays > arrays_.size()) return longest;
    const Array& first = arrays_.front();
    const auto other = std::find_if(arrays_.begin(), arrays_.end(), [&](const Array& array) {
      return array.rows->total_rows() != first.rows->total_rows();
    });
    throw InputError(
        {file, other->key, fmt::format("{} entries", other->rows->total_rows())},
        fmt::format(
            "is no column of a table: '{}' has {}, and not more than half of the arrays have the longest length",
            first.key, first.rows->total_rows()));
  }

  std::vector<Array> arrays_;
};

}  // namespace

std::unique_ptr<RowSource> npz_rows(const NpzFile& file) {
  const auto keys = file.keys();
  if (keys.empty()) throw InputError({file.name(), "", ""}, "holds no NumPy array");
  if (keys.size() == 1) return npy_rows(file.open(keys.front()), keys.front());
  if (file.has("arr_0")) return npy_rows(file.open("arr_0"), "arr_0");
  return std::make_unique<ColumnarRows>(file);
}

}  // namespace difftrack::event
