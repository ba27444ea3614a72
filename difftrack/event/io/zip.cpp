// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/zip.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::uint64_t kMaxDeflateRatio = 1032;  // zlib's documented limit: a longer claim is a lie
constexpr std::size_t kInputBuffer = std::size_t{64} * 1024;

std::uint64_t little(std::span<const std::byte> bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8U | std::to_integer<std::uint64_t>(bytes[at + i]);
  return value;
}

[[noreturn]] void fail(const std::string& file, const std::string& entry, const std::string& problem) {
  throw InputError({file, entry, ""}, problem);
}

struct Directory {
  std::uint64_t offset = 0, size = 0, entries = 0;
};

/// Finds the end-of-central-directory record within the last 64 KiB, then its zip64 form where it points to one.
Directory find_directory(const Bytes& archive) {
  constexpr std::uint64_t kRecord = 22, kLongestComment = 65535, kLocator = 20, kRecord64 = 56;
  if (archive.size() < kRecord) fail(archive.name(), "", "is truncated or no zip archive");
  const std::uint64_t tail_size = std::min(archive.size(), kRecord + kLongestComment);
  const std::uint64_t tail_begin = archive.size() - tail_size;
  std::vector<std::byte> tail(tail_size);
  archive.read_at(tail_begin, tail);
  std::size_t at = tail.size() - kRecord + 1;
  bool found = false;
  while (!found && at-- > 0)
    found = little(tail, at, 4) == 0x06054b50 && little(tail, at + 20, 2) == tail.size() - at - kRecord;
  if (!found) fail(archive.name(), "", "is truncated or no zip archive (its directory at the end is missing)");
  Directory directory{little(tail, at + 16, 4), little(tail, at + 12, 4), little(tail, at + 10, 2)};
  if (little(tail, at + 4, 2) != little(tail, at + 6, 2))
    fail(archive.name(), "", "zip archives over several disks are not supported");

  const std::uint64_t record = tail_begin + at;
  if (record >= kLocator) {
    std::array<std::byte, kLocator> locator{};
    archive.read_at(record - kLocator, locator);
    if (little(locator, 0, 4) == 0x07064b50) {
      std::array<std::byte, kRecord64> record64{};
      archive.read_at(little(locator, 8, 8), record64);
      if (little(record64, 0, 4) != 0x06064b50) fail(archive.name(), "", "is damaged: zip64 directory not found");
      directory = {little(record64, 48, 8), little(record64, 40, 8), little(record64, 32, 8)};
    }
  }
  if (directory.offset > record || directory.size > record - directory.offset)
    fail(archive.name(), "", "is damaged: the zip directory lies outside the file");
  return directory;
}

/// Replaces 32-bit fields that say "see the zip64 extra field" (APPNOTE 4.5.3).
void apply_zip64(ZipEntry& entry, std::span<const std::byte> extra, const std::string& file) {
  constexpr std::uint64_t kElsewhere = 0xffffffff;
  if (entry.size != kElsewhere && entry.compressed_size != kElsewhere && entry.header_offset != kElsewhere) return;
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const auto length = static_cast<std::size_t>(little(extra, at + 2, 2));
    if (length > extra.size() - at - 4) break;
    if (little(extra, at, 2) == 1) {
      std::size_t field = at + 4;
      for (std::uint64_t* value : {&entry.size, &entry.compressed_size, &entry.header_offset}) {
        if (*value != kElsewhere) continue;
        if (field + 8 > at + 4 + length) fail(file, entry.name, "is damaged: zip64 sizes are incomplete");
        *value = little(extra, field, 8);
        field += 8;
      }
      return;
    }
    at += 4 + length;
  }
}

/// Checks length and CRC-32 of what passes through it.
class CheckedStream : public ByteStream {
 public:
  CheckedStream(const std::string& file, const ZipEntry& entry) : ByteStream(file, entry.size), entry_(entry) {}

  std::size_t read(std::span<std::byte> out) final {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), entry_.size - done_));
    const std::size_t got = wanted == 0 ? 0 : produce(out.first(wanted));
    if (got != wanted) fail(name(), entry_.name, "is damaged: the compressed data end too early");
    crc_ = static_cast<std::uint32_t>(crc32_z(crc_, reinterpret_cast<const Bytef*>(out.data()), got));
    done_ += got;
    if (done_ == entry_.size && got > 0 && crc_ != entry_.crc)
      fail(name(), entry_.name, "is damaged: its checksum (CRC-32) does not match");
    return got;
  }
  double fraction_read() const final {
    return entry_.size == 0 ? 1.0 : static_cast<double>(done_) / static_cast<double>(entry_.size);
  }

 protected:
  virtual std::size_t produce(std::span<std::byte> out) = 0;
  const ZipEntry& entry() const { return entry_; }

 private:
  ZipEntry entry_;
  std::uint64_t done_ = 0;
  std::uint32_t crc_ = 0;
};

class StoredEntry : public CheckedStream {
 public:
  StoredEntry(std::shared_ptr<const Bytes> file, const ZipEntry& entry, std::uint64_t begin)
      : CheckedStream(file->name(), entry), inner_(stored_stream(std::move(file), begin, entry.size)) {}

 protected:
  std::size_t produce(std::span<std::byte> out) override { return inner_->read(out); }

 private:
  std::unique_ptr<ByteStream> inner_;
};

class DeflatedEntry : public CheckedStream {
 public:
  DeflatedEntry(std::shared_ptr<const Bytes> file, const ZipEntry& entry, std::uint64_t begin)
      : CheckedStream(file->name(), entry),
        inner_(stored_stream(std::move(file), begin, entry.compressed_size)),
        input_(kInputBuffer) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~DeflatedEntry() override { inflateEnd(&stream_); }
  DeflatedEntry(const DeflatedEntry&) = delete;
  DeflatedEntry& operator=(const DeflatedEntry&) = delete;

 protected:
  std::size_t produce(std::span<std::byte> out) override {
    std::size_t written = 0;
    while (written < out.size()) {
      if (stream_.avail_in == 0) {
        stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
        stream_.avail_in = static_cast<uInt>(inner_->read(input_));
      }
      const auto room = static_cast<uInt>(std::min<std::size_t>(out.size() - written, std::size_t{1} << 30U));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      stream_.avail_out = room;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      written += room - stream_.avail_out;
      if (status == Z_STREAM_END || status == Z_BUF_ERROR) break;
      if (status != Z_OK) fail(name(), entry().name, "is damaged: it cannot be decompressed");
    }
    return written;
  }

 private:
  std::unique_ptr<ByteStream> inner_;
  std::vector<std::byte> input_;
  z_stream stream_{};
};

}  // namespace

std::vector<ZipEntry> read_zip_directory(const Bytes& archive) {
  constexpr std::size_t kHeader = 46;
  const Directory directory = find_directory(archive);
  std::vector<std::byte> bytes(directory.size);  // no larger than the file
  archive.read_at(directory.offset, bytes);
  std::vector<ZipEntry> entries;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    if (bytes.size() - at < kHeader || little(bytes, at, 4) != 0x02014b50)
      fail(archive.name(), "",
           fmt::format("is damaged: entry {} of {} of the zip directory is missing", i + 1, directory.entries));
    const auto name_size = static_cast<std::size_t>(little(bytes, at + 28, 2));
    const auto extra_size = static_cast<std::size_t>(little(bytes, at + 30, 2));
    const auto comment_size = static_cast<std::size_t>(little(bytes, at + 32, 2));
    if (bytes.size() - at - kHeader < name_size + extra_size + comment_size)
      fail(archive.name(), "", "is damaged: an entry of the zip directory is cut off");
    ZipEntry entry;
    entry.name.assign(reinterpret_cast<const char*>(bytes.data() + at + kHeader), name_size);
    entry.method = static_cast<std::uint16_t>(little(bytes, at + 10, 2));
    entry.crc = static_cast<std::uint32_t>(little(bytes, at + 16, 4));
    entry.compressed_size = little(bytes, at + 20, 4);
    entry.size = little(bytes, at + 24, 4);
    entry.header_offset = little(bytes, at + 42, 4);
    apply_zip64(entry, std::span<const std::byte>(bytes).subspan(at + kHeader + name_size, extra_size), archive.name());
    if ((little(bytes, at + 8, 2) & 1U) != 0) fail(archive.name(), entry.name, "is encrypted, which is not supported");
    entries.push_back(std::move(entry));
    at += kHeader + name_size + extra_size + comment_size;
  }
  return entries;
}

std::unique_ptr<ByteStream> open_zip_entry(std::shared_ptr<const Bytes> archive, const ZipEntry& entry) {
  constexpr std::uint64_t kHeader = 30;
  std::array<std::byte, kHeader> header{};
  archive->read_at(entry.header_offset, header);
  if (little(header, 0, 4) != 0x04034b50)
    fail(archive->name(), entry.name, "is damaged: its header in the zip is missing");
  const std::uint64_t begin = entry.header_offset + kHeader + little(header, 26, 2) + little(header, 28, 2);
  if (begin > archive->size() || entry.compressed_size > archive->size() - begin)
    fail(archive->name(), entry.name, "is truncated: its data lie behind the end of the zip");
  if (entry.method == 0) {
    if (entry.size != entry.compressed_size)
      fail(archive->name(), entry.name, "is damaged: a stored entry with two sizes");
    return std::make_unique<StoredEntry>(std::move(archive), entry, begin);
  }
  if (entry.method != Z_DEFLATED)
    fail(archive->name(), entry.name,
         fmt::format("uses zip compression method {}; supported are 0 (stored) and 8 (deflated)", entry.method));
  if (entry.size / kMaxDeflateRatio > entry.compressed_size)
    fail(archive->name(), entry.name, "is damaged: its size is larger than its compressed data can hold");
  return std::make_unique<DeflatedEntry>(std::move(archive), entry, begin);
}

}  // namespace difftrack::event
