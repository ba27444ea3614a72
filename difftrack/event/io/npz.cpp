// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/npz.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::size_t kMaxColumns = 1000;

/// Passes the errors of an entry on under the name "FILE: KEY".
class NamedStream : public ByteStream {
 public:
  NamedStream(std::unique_ptr<ByteStream> inner, std::string name)
      : ByteStream(std::move(name), inner->size()), inner_(std::move(inner)) {}
  std::size_t read(std::span<std::byte> out) override { return inner_->read(out); }

 private:
  std::unique_ptr<ByteStream> inner_;
};

/// One array per column, read side by side.
class ColumnarRows : public RowSource {
 public:
  explicit ColumnarRows(const NpzFile& file) {
    std::string first;
    for (const auto& key : file.keys()) {
      const NpyHeader header = read_npy_header(*file.open(key));
      if (header.structured || header.shape.size() != 1 || !header.fields.front().is_number()) {
        skipped.push_back(key);
        continue;
      }
      if (sources_.size() == kMaxColumns)
        throw InputError({file.name(), "", ""}, fmt::format("holds more than {} columns", kMaxColumns));
      auto source = npy_rows(file.open(key), key);
      if (!sources_.empty() && source->total_rows() != sources_.front()->total_rows())
        throw InputError({file.name(), key, fmt::format("{} entries", source->total_rows())},
                         fmt::format("is no column of a table: '{}' has {}", first, sources_.front()->total_rows()));
      if (sources_.empty()) first = key;
      sources_.push_back(std::move(source));
    }
    if (sources_.empty())
      throw InputError({file.name(), "", ""}, "holds no table: neither an array 'arr_0' nor columns of one dimension");
    if (!skipped.empty())
      warnings.push_back(
          fmt::format("{}: arrays that are no columns are skipped: {}", file.name(), fmt::join(skipped, ", ")));
  }

  std::vector<Column> empty_columns() const override {
    std::vector<Column> columns;
    for (const auto& source : sources_) columns.push_back(source->empty_columns().front());
    return columns;
  }
  std::size_t read(std::vector<Column>& columns, std::size_t max_rows) override {
    std::size_t rows = 0;
    std::vector<Column> one(1);
    for (std::size_t c = 0; c < sources_.size(); ++c) {
      std::swap(one.front(), columns[c]);
      rows = sources_[c]->read(one, max_rows);
      std::swap(one.front(), columns[c]);
    }
    return rows;
  }
  std::int64_t total_rows() const override { return sources_.front()->total_rows(); }
  double fraction_read() const override { return sources_.front()->fraction_read(); }

 private:
  std::vector<std::unique_ptr<RowSource>> sources_;
};

}  // namespace

NpzFile::NpzFile(const std::string& path) : NpzFile(open_file(path)) {}

NpzFile::NpzFile(std::shared_ptr<const Bytes> file) : file_(std::move(file)) {
  for (auto& entry : read_zip_directory(*file_)) {
    if (!entry.name.ends_with(".npy")) continue;
    entry.name.resize(entry.name.size() - 4);
    entries_.push_back(std::move(entry));
  }
}

std::vector<std::string> NpzFile::keys() const {
  std::vector<std::string> all;
  for (const auto& entry : entries_) all.push_back(entry.name);
  return all;
}

bool NpzFile::has(std::string_view key) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const ZipEntry& entry) { return entry.name == key; });
}

std::unique_ptr<ByteStream> NpzFile::open(std::string_view key) const {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const ZipEntry& entry) { return entry.name == key; });
  if (found == entries_.end()) {
    const std::string guess = core::nearest(key, keys());
    throw InputError({name(), std::string(key), ""}, guess.empty() ? "no such array; the file holds none"
                                                                   : "no such array; the nearest is '" + guess + "'");
  }
  return std::make_unique<NamedStream>(open_zip_entry(file_, *found), name() + ": " + found->name);
}

NpyArray NpzFile::read(std::string_view key) const { return read_npy_array(*open(key)); }

std::unique_ptr<RowSource> npz_rows(const NpzFile& file) {
  const auto keys = file.keys();
  if (keys.empty()) throw InputError({file.name(), "", ""}, "holds no NumPy array");
  if (file.has("arr_0")) return npy_rows(file.open("arr_0"), "arr_0");
  if (keys.size() == 1) return npy_rows(file.open(keys.front()), keys.front());
  return std::make_unique<ColumnarRows>(file);
}

}  // namespace difftrack::event
