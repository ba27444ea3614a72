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

/// Passes the errors of an entry on under the name "FILE: KEY".
class NamedStream : public ByteStream {
 public:
  NamedStream(std::unique_ptr<ByteStream> inner, std::string name)
      : ByteStream(std::move(name), inner->size(), inner->size_is_exact()), inner_(std::move(inner)) {}
  std::size_t read(std::span<std::byte> out) override { return inner_->read(out); }
  double fraction_read() const override { return inner_->fraction_read(); }

 private:
  std::unique_ptr<ByteStream> inner_;
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

}  // namespace difftrack::event
