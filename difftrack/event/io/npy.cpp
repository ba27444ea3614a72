// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/half.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

static_assert(std::endian::native == std::endian::little, "the readers assume a little-endian machine");

constexpr std::size_t kMaxReserve = std::size_t{4} << 20U;  // [numbers]: what a header claims is not yet there
constexpr std::size_t kBlock = std::size_t{128} * 1024;     // [bytes] decoded at a time: stays in the L2 cache

template <class T, bool kSwap>
T load(const std::byte* at) {
  if constexpr (kSwap) {
    std::byte turned[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i) turned[i] = at[sizeof(T) - 1 - i];
    at = turned;
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
  } else {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
  }
}

/// Signed bytes are numbers here, not characters.
template <class To, class T>
To converted(T value) {
  if constexpr (std::is_same_v<T, std::int8_t>)
    return static_cast<To>(static_cast<std::int16_t>(value));  // NOLINT(bugprone-signed-char-misuse)
  else
    return static_cast<To>(value);
}

template <class T, class To>
void append_as(const std::byte* at, std::size_t rows, std::size_t stride, bool swap, std::vector<To>& out) {
  const std::size_t begin = out.size();
  out.resize(begin + rows);
  To* to = out.data() + begin;
  if (swap)
    for (std::size_t i = 0; i < rows; ++i) to[i] = converted<To>(load<T, true>(at + i * stride));
  else
    for (std::size_t i = 0; i < rows; ++i) to[i] = converted<To>(load<T, false>(at + i * stride));
}

void append_half(const std::byte* at, std::size_t rows, std::size_t stride, bool swap, std::vector<double>& out) {
  for (std::size_t i = 0; i < rows; ++i) {
    const auto bits = swap ? load<std::uint16_t, true>(at + i * stride) : load<std::uint16_t, false>(at + i * stride);
    out.push_back(static_cast<double>(float_from_half(bits)));
  }
}

void append_integers(const NpyField& field, const std::byte* at, std::size_t rows, std::size_t stride,
                     std::vector<std::int64_t>& out) {
  const bool is_signed = field.kind == 'i';
  const bool swap = field.big_endian;
  switch (field.size) {
    case 1:
      is_signed ? append_as<std::int8_t>(at, rows, stride, swap, out)
                : append_as<std::uint8_t>(at, rows, stride, swap, out);
      break;
    case 2:
      is_signed ? append_as<std::int16_t>(at, rows, stride, swap, out)
                : append_as<std::uint16_t>(at, rows, stride, swap, out);
      break;
    case 4:
      is_signed ? append_as<std::int32_t>(at, rows, stride, swap, out)
                : append_as<std::uint32_t>(at, rows, stride, swap, out);
      break;
    default:
      is_signed ? append_as<std::int64_t>(at, rows, stride, swap, out)
                : append_as<std::uint64_t>(at, rows, stride, swap, out);
      break;
  }
}

/// Appends `rows` numbers of one field, `stride` bytes apart.
void append_field(const NpyField& field, const std::byte* at, std::size_t rows, std::size_t stride,
                  std::variant<std::vector<std::int64_t>, std::vector<double>>& out) {
  if (field.kind != 'f') return append_integers(field, at, rows, stride, std::get<0>(out));
  auto& reals = std::get<1>(out);
  if (field.size == 2) return append_half(at, rows, stride, field.big_endian, reals);
  if (field.size == 4) return append_as<float>(at, rows, stride, field.big_endian, reals);
  append_as<double>(at, rows, stride, field.big_endian, reals);
}

std::variant<std::vector<std::int64_t>, std::vector<double>> empty_values(const NpyField& field) {
  if (field.kind == 'f') return std::vector<double>{};
  return std::vector<std::int64_t>{};
}

std::string type_name(const NpyField& field) {
  const std::string bits = std::to_string(8 * field.size);
  return field.kind == 'f'   ? "float" + bits
         : field.kind == 'i' ? "int" + bits
         : field.kind == 'u' ? "uint" + bits
                             : "bool";
}

/// The first unsigned number of 2^63 or more, which turned negative; the end when there is none.
auto find_beyond(const NpyField& field, std::span<const std::int64_t> values) {
  if (field.kind != 'u' || field.size != 8) return values.end();
  return std::find_if(values.begin(), values.end(), [](std::int64_t v) { return v < 0; });
}

/// Unsigned numbers of which some are beyond int64, as doubles.
std::vector<double> unsigned_as_doubles(std::span<const std::int64_t> values) {
  std::vector<double> reals(values.size());
  for (std::size_t i = 0; i < reals.size(); ++i) reals[i] = static_cast<double>(static_cast<std::uint64_t>(values[i]));
  return reals;
}

/// Counts what it hands on, so that a reader knows what the header took.
class CountingStream : public ByteStream {
 public:
  explicit CountingStream(ByteStream& inner)
      : ByteStream(inner.name(), inner.size(), inner.size_is_exact()), inner_(inner) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t got = inner_.read(out);
    done += got;
    return got;
  }
  double fraction_read() const override { return inner_.fraction_read(); }
  std::uint64_t done = 0;

 private:
  ByteStream& inner_;
};

/// The array's items as rows: item_size and fields are those of a row, so that two dimensions become fields too.
void rows_as_items(NpyHeader& header, const std::string& name, const std::string& file) {
  constexpr std::int64_t kMaxColumns = 10000;
  if (header.structured) {
    if (header.shape.size() > 1) throw InputError({file, "shape", ""}, "a structured array must have one dimension");
  } else if (header.shape.size() <= 1) {
    header.fields.front().name = name;
  } else {
    if (header.shape.size() > 2)
      throw InputError({file, "shape", fmt::format("{} dimensions", header.shape.size())},
                       "a table has at most two dimensions");
    const std::int64_t columns = header.shape[1];
    if (columns < 1 || columns > kMaxColumns)
      throw InputError({file, "shape", fmt::format("{} columns", columns)},
                       fmt::format("a table has 1 to {} columns", kMaxColumns));
    const NpyField one = header.fields.front();
    header.fields.assign(static_cast<std::size_t>(columns), one);
    for (std::size_t c = 0; c < header.fields.size(); ++c) {
      header.fields[c].name = std::to_string(c);
      header.fields[c].offset = c * one.size;
    }
    header.item_size *= static_cast<std::uint64_t>(columns);
  }
}

class NpyRows : public RowSource {
 public:
  NpyRows(std::unique_ptr<ByteStream> stream, const std::string& name) : stream_(std::move(stream)) {
    CountingStream counting(*stream_);
    header_ = read_npy_header(counting);
    rows_as_items(header_, name, stream_->name());
    rows_ = header_.shape.empty() ? 1 : static_cast<std::uint64_t>(header_.shape.front());
    const std::uint64_t data = stream_->size() - counting.done;
    if (rows_ == 0 && !stream_->size_is_exact()) {
      expect_no_rows();
    } else if (rows_ == 0 && data > 0) {
      rows_ = data / header_.item_size;
      warnings.push_back(fmt::format("{}: unfinished header (0 rows); {} rows taken from the size of the data",
                                     stream_->name(), rows_));
      if (data % header_.item_size != 0)
        warnings.push_back(fmt::format("{}: the last row is incomplete and left out", stream_->name()));
    }
    if (rows_ > data / header_.item_size)
      throw InputError({stream_->name(), "shape", fmt::format("{} rows", rows_)},
                       fmt::format("is truncated: it holds only {} rows", data / header_.item_size));
    const std::uint64_t surplus = data - rows_ * header_.item_size;
    if (rows_ > 0 && stream_->size_is_exact() && surplus > 0 && warnings.empty()) {
      surplus_ = true;
      warnings.push_back(fmt::format("{}: {} bytes follow the last row and are left out", stream_->name(), surplus));
    }
    for (const auto& field : header_.fields)
      if (!field.is_number()) skipped.push_back(field.name);
    if (!skipped.empty())
      warnings.push_back(
          fmt::format("{}: columns without numbers are skipped: {}", stream_->name(), fmt::join(skipped, ", ")));
    std::erase_if(header_.fields, [](const NpyField& field) { return !field.is_number(); });
  }

  std::vector<Column> empty_columns() const override {
    std::vector<Column> columns;
    for (const auto& field : header_.fields) columns.push_back({field.name, empty_values(field), type_name(field)});
    return columns;
  }

  std::size_t read(std::vector<Column>& columns, std::size_t max_rows) override {
    if (header_.fortran_order && header_.shape.size() == 2) return read_turned(columns, max_rows);
    const auto rows = static_cast<std::size_t>(std::min<std::uint64_t>(max_rows, rows_ - done_));
    const std::size_t per_block = std::max<std::size_t>(1, kBlock / header_.item_size);
    for (auto& column : columns)
      std::visit([&](auto& v) { v.reserve(v.size() + std::min(rows, kMaxReserve)); }, column.values);
    for (std::size_t left = rows; left > 0;) {
      const std::size_t n = std::min(left, per_block);
      block_.resize(n * header_.item_size);
      stream_->read_exactly(block_);
      if (done_ == 0) check_surplus();
      for (std::size_t c = 0; c < header_.fields.size(); ++c)
        decode(c, block_.data() + header_.fields[c].offset, n, header_.item_size, columns[c]);
      done_ += n;
      left -= n;
    }
    if (rows > 0 && done_ == rows_) check_end();
    return rows;
  }

  std::int64_t total_rows() const override { return static_cast<std::int64_t>(rows_); }
  double fraction_read() const override {
    return rows_ == 0 ? 1.0 : static_cast<double>(done_) / static_cast<double>(rows_);
  }

 private:
  void decode(std::size_t c, const std::byte* at, std::size_t n, std::size_t stride, Column& column) const {
    const NpyField& field = header_.fields[c];
    if (field.kind != 'f' && !column.is_integer()) {
      std::vector<std::int64_t> integers;
      append_integers(field, at, n, stride, integers);
      const auto reals = unsigned_as_doubles(integers);
      auto& all = std::get<1>(column.values);
      all.insert(all.end(), reals.begin(), reals.end());
      return;
    }
    append_field(field, at, n, stride, column.values);
    if (const auto* integers = std::get_if<0>(&column.values)) {
      const auto added = std::span(*integers).last(n);
      if (find_beyond(field, added) != added.end()) column.values = unsigned_as_doubles(*integers);
    }
  }

  /// Fortran order holds whole columns: all of it has to be in memory.
  std::size_t read_turned(std::vector<Column>& columns, std::size_t max_rows) {
    if (done_ == 0 && rows_ > 0) {
      block_.resize(rows_ * header_.item_size);
      stream_->read_exactly(block_);
      check_end();
    }
    const auto rows = static_cast<std::size_t>(std::min<std::uint64_t>(max_rows, rows_ - done_));
    for (std::size_t c = 0; c < header_.fields.size(); ++c) {
      const std::size_t size = header_.fields[c].size;
      decode(c, block_.data() + (c * rows_ + done_) * size, rows, size, columns[c]);
    }
    done_ += rows;
    return rows;
  }

  /// numpy.savez of some fields of an array that has objects, too, pickles it under a header that does not tell.
  void check_surplus() {
    if (!surplus_) return;
    constexpr std::string_view kPickle = "\x80\x04\x95";
    if (block_.size() >= kPickle.size() && std::memcmp(block_.data(), kPickle.data(), kPickle.size()) == 0)
      throw InputError(
          {stream_->name(), "", ""},
          fmt::format("holds a pickle in place of its {} rows; save each column as an array of its own", rows_));
  }

  /// A stream of unknown length does not tell how many rows an unfinished header stands for.
  void expect_no_rows() {
    std::byte next{};
    if (stream_->read(std::span(&next, 1)) != 0)
      throw InputError({stream_->name(), "shape", "0 rows"},
                       "is an unfinished header, whose rows are counted in plain files alone: unpack the file first");
  }

  /// What checks a compressed stream lies behind its last byte.
  void check_end() {
    std::byte next{};
    if (!stream_->size_is_exact()) stream_->read(std::span(&next, 1));
  }

  std::unique_ptr<ByteStream> stream_;
  NpyHeader header_;
  std::uint64_t rows_ = 0;
  std::uint64_t done_ = 0;
  bool surplus_ = false;  // bytes follow the last row
  std::vector<std::byte> block_;
};

/// Column-major to row-major for any number of dimensions.
template <class T>
std::vector<T> turned(const std::vector<T>& values, const std::vector<std::int64_t>& shape) {
  std::vector<T> result(values.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  for (const T& value : values) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < shape.size(); ++d) at = at * shape[d] + index[d];
    result[static_cast<std::size_t>(at)] = value;
    for (std::size_t d = 0; d < shape.size() && ++index[d] == shape[d]; ++d) index[d] = 0;
  }
  return result;
}

}  // namespace

NpyArray read_npy_array(ByteStream& stream) {
  CountingStream counting(stream);
  const NpyHeader header = read_npy_header(counting);
  if (header.structured) throw InputError({stream.name(), "descr", ""}, "is a structured array; read it as a table");
  const NpyField& field = header.fields.front();
  const std::uint64_t items = header.items();
  if (items > (stream.size() - counting.done) / header.item_size)
    throw InputError({stream.name(), "shape", fmt::format("{} items", items)}, "is truncated: the data end before");
  NpyArray array;
  array.shape = header.shape;
  if (field.kind == 'S' && header.shape.empty()) {
    array.text.resize(field.size);
    counting.read_exactly(std::as_writable_bytes(std::span(array.text.data(), array.text.size())));
    array.text.resize(std::min(array.text.size(), array.text.find_last_not_of('\0') + 1));
    return array;
  }
  if (!field.is_number())
    throw InputError({stream.name(), "dtype", std::string(1, field.kind)}, "does not hold numbers");
  array.values = empty_values(field);
  std::visit([&](auto& v) { v.reserve(std::min<std::uint64_t>(items, kMaxReserve)); }, array.values);
  std::vector<std::byte> block;
  for (std::uint64_t left = items; left > 0;) {
    const std::uint64_t n = std::min<std::uint64_t>(left, kBlock / field.size);
    block.resize(n * field.size);
    counting.read_exactly(block);
    append_field(field, block.data(), n, field.size, array.values);
    left -= n;
  }
  if (const auto* integers = std::get_if<0>(&array.values)) {
    const std::span<const std::int64_t> all(*integers);
    if (const auto beyond = find_beyond(field, all); beyond != all.end())
      throw InputError({stream.name(), fmt::format("item {}", beyond - all.begin()),
                        fmt::format("{}", static_cast<std::uint64_t>(*beyond))},
                       "does not fit into a signed 64-bit integer");
  }
  if (header.fortran_order && header.shape.size() > 1)
    std::visit([&](auto& v) { v = turned(v, header.shape); }, array.values);
  return array;
}

NpyArray read_npy(const std::string& path) { return read_npy_array(*file_stream(open_file(path))); }

std::unique_ptr<RowSource> npy_rows(std::unique_ptr<ByteStream> stream, const std::string& name) {
  return std::make_unique<NpyRows>(std::move(stream), name);
}

}  // namespace difftrack::event
