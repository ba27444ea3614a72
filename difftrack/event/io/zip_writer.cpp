// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/zip_writer.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"

namespace difftrack::event {

namespace {

constexpr std::size_t kBlock = std::size_t{512} * 1024;  // [bytes] compressed on its own
constexpr std::size_t kBatch = 16;                       // blocks in memory at most, when threads share them
constexpr std::uint64_t kElsewhere = 0xffffffff;         // "see the zip64 extra field"
constexpr std::size_t kLongestHead = 65535;              // [bytes] of one stored deflate block

void add_little(std::string& out, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out += i < 8 ? static_cast<char>(value >> (8 * i) & 0xffU) : '\0';
}

struct Compressed {
  std::vector<std::byte> bytes;
  std::uint32_t crc = 0;
};

/// One block as raw deflate that ends on a byte, so that blocks can follow each other.
Compressed compress(std::span<const std::byte> block, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  Compressed result;
  result.bytes.resize(deflateBound(&stream, static_cast<uLong>(block.size())) + 64);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(block.data()));
  stream.avail_in = static_cast<uInt>(block.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.bytes.data());
  stream.avail_out = static_cast<uInt>(result.bytes.size());
  deflate(&stream, Z_FULL_FLUSH);
  result.bytes.resize(result.bytes.size() - stream.avail_out);
  deflateEnd(&stream);
  result.crc = static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(block.data()), block.size()));
  return result;
}

/// Local header (APPNOTE 4.3.7) with a zip64 field, dated 1980-01-01 so that equal contents give equal files.
std::string local_header(const ZipEntry& entry) {
  std::string out;
  add_little(out, 0x04034b50, 4);
  add_little(out, 45, 2);
  add_little(out, 0x0800, 2);
  add_little(out, Z_DEFLATED, 2);
  add_little(out, 0x0021U << 16U, 4);
  add_little(out, entry.crc, 4);
  add_little(out, kElsewhere, 4);
  add_little(out, kElsewhere, 4);
  add_little(out, entry.name.size(), 2);
  add_little(out, 20, 2);
  out += entry.name;
  add_little(out, 1, 2);
  add_little(out, 16, 2);
  add_little(out, entry.size, 8);
  add_little(out, entry.compressed_size, 8);
  return out;
}

/// Entry of the central directory (APPNOTE 4.3.12).
std::string directory_entry(const ZipEntry& entry) {
  std::string extra;
  for (const std::uint64_t value : {entry.size, entry.compressed_size, entry.header_offset})
    if (value >= kElsewhere) add_little(extra, value, 8);
  if (!extra.empty()) {
    std::string field;
    add_little(field, 1, 2);
    add_little(field, extra.size(), 2);
    extra = field + extra;
  }
  std::string out;
  add_little(out, 0x02014b50, 4);
  add_little(out, 45, 2);
  add_little(out, 45, 2);
  add_little(out, 0x0800, 2);
  add_little(out, Z_DEFLATED, 2);
  add_little(out, 0x0021U << 16U, 4);
  add_little(out, entry.crc, 4);
  add_little(out, std::min(entry.compressed_size, kElsewhere), 4);
  add_little(out, std::min(entry.size, kElsewhere), 4);
  add_little(out, entry.name.size(), 2);
  add_little(out, extra.size(), 2);
  add_little(out, 0, 2 + 2 + 2 + 4);
  add_little(out, std::min(entry.header_offset, kElsewhere), 4);
  return out + entry.name + extra;
}

/// End of the directory (APPNOTE 4.3.14 to 4.3.16), with its zip64 form only where it is needed.
std::string directory_end(std::uint64_t entries, std::uint64_t offset, std::uint64_t size) {
  std::string out;
  if (entries >= 0xffff || offset >= kElsewhere || size >= kElsewhere) {
    add_little(out, 0x06064b50, 4);
    add_little(out, 44, 8);
    add_little(out, 45, 2);
    add_little(out, 45, 2);
    add_little(out, 0, 8);
    add_little(out, entries, 8);
    add_little(out, entries, 8);
    add_little(out, size, 8);
    add_little(out, offset, 8);
    add_little(out, 0x07064b50, 4);
    add_little(out, 0, 4);
    add_little(out, offset + size, 8);
    add_little(out, 1, 4);
  }
  add_little(out, 0x06054b50, 4);
  add_little(out, 0, 4);
  add_little(out, std::min<std::uint64_t>(entries, 0xffff), 2);
  add_little(out, std::min<std::uint64_t>(entries, 0xffff), 2);
  add_little(out, std::min(size, kElsewhere), 4);
  add_little(out, std::min(offset, kElsewhere), 4);
  add_little(out, 0, 2);
  return out;
}

}  // namespace

ZipWriter::ZipWriter(const std::string& path, int level, int threads)
    : path_(path), file_(path), level_(level), threads_(threads) {
  out_ = std::fopen(file_.temporary_path().c_str(), "r+b");
  if (out_ == nullptr) fail();
}

ZipWriter::~ZipWriter() {
  if (out_ != nullptr) std::fclose(out_);
}

void ZipWriter::fail() const {
  throw core::InputError({path_, "", ""}, std::string("cannot be written: ") + std::strerror(errno));
}

void ZipWriter::put(std::span<const std::byte> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), out_) != bytes.size()) fail();
  at_ += bytes.size();
}

void ZipWriter::put(const std::string& bytes) { put(std::as_bytes(std::span(bytes.data(), bytes.size()))); }

void ZipWriter::seek(std::uint64_t offset) {
  if (fseeko(out_, static_cast<off_t>(offset), SEEK_SET) != 0) fail();
}

void ZipWriter::begin(const std::string& name, std::string_view head) {
  if (name.empty() || name.size() > 65000 || head.size() > kLongestHead)
    throw core::InputError({path_, "entry", name.substr(0, 40)}, "has a name or a header that is empty or too long");
  for (const auto& entry : entries_)
    if (entry.name == name) throw core::InputError({path_, name, ""}, "is written twice");
  entries_.push_back({name, Z_DEFLATED, 0, 0, 0, at_});
  open_ = true;
  head_ = head;
  body_crc_ = 0;
  body_size_ = 0;
  put(local_header(entries_.back()));
  if (head_.empty()) return;
  std::string stored(1, '\0');  // deflate: not the last block, stored
  add_little(stored, head_.size(), 2);
  add_little(stored, ~head_.size() & 0xffffU, 2);
  put(stored);
  head_offset_ = at_;
  put(head_);
}

void ZipWriter::write(std::span<const std::byte> bytes) {
  const std::size_t batch = threads_ == 1 ? kBlock : kBlock * kBatch;
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), batch - pending_.size());
    pending_.insert(pending_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    bytes = bytes.subspan(n);
    if (pending_.size() == batch) flush_blocks(false);
  }
}

void ZipWriter::flush_blocks(bool all) {
  const std::size_t blocks = all ? (pending_.size() + kBlock - 1) / kBlock : pending_.size() / kBlock;
  std::vector<Compressed> compressed(blocks);
  core::parallel_for(static_cast<std::int64_t>(blocks), threads_, [&](std::int64_t i) {
    const std::size_t begin = static_cast<std::size_t>(i) * kBlock;
    compressed[static_cast<std::size_t>(i)] =
        compress(std::span(pending_).subspan(begin, std::min(kBlock, pending_.size() - begin)), level_);
  });
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::size_t size = std::min(kBlock, pending_.size() - i * kBlock);
    body_crc_ = static_cast<std::uint32_t>(crc32_combine(body_crc_, compressed[i].crc, static_cast<z_off_t>(size)));
    body_size_ += size;
    put(compressed[i].bytes);
  }
  pending_.erase(pending_.begin(),
                 pending_.begin() + static_cast<std::ptrdiff_t>(std::min(pending_.size(), blocks * kBlock)));
}

void ZipWriter::end() { end(std::string(head_)); }

void ZipWriter::end(std::string_view new_head) {
  if (new_head.size() != head_.size())
    throw core::InputError({path_, entries_.back().name, ""}, "its header changed its length");
  flush_blocks(true);
  put(std::string("\x01\x00\x00\xff\xff", 5));  // deflate: the last block, stored and empty
  ZipEntry& entry = entries_.back();
  const auto head_crc =
      static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(new_head.data()), new_head.size()));
  entry.crc = static_cast<std::uint32_t>(crc32_combine(head_crc, body_crc_, static_cast<z_off_t>(body_size_)));
  entry.size = new_head.size() + body_size_;
  const std::uint64_t end = at_;
  const std::string header = local_header(entry);
  entry.compressed_size = end - entry.header_offset - header.size();
  seek(entry.header_offset);
  put(local_header(entry));
  if (!new_head.empty()) {
    seek(head_offset_);
    put(std::string(new_head));
  }
  seek(end);
  at_ = end;
  open_ = false;
}

void ZipWriter::finish() {
  if (out_ == nullptr) return;
  if (open_) end();
  const std::uint64_t offset = at_;
  for (const auto& entry : entries_) put(directory_entry(entry));
  put(directory_end(entries_.size(), offset, at_ - offset));
  if (std::fclose(std::exchange(out_, nullptr)) != 0) fail();
  file_.finish();
}

void ZipWriter::commit() {
  finish();
  file_.commit();
}

}  // namespace difftrack::event
