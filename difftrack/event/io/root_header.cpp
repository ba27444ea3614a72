// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/root_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::uint64_t kLargeFile = 1'000'000;  // added to the version when places take 8 bytes
constexpr std::size_t kMaxHeader = 57;           // up to and with fNbytesInfo, with places of 8 bytes

/// The numbers of the header that tell whether the file is whole.
struct RootHeader {
  std::uint64_t begin = 0;  ///< first record
  std::uint64_t end = 0;    ///< first byte behind the last record
  std::uint64_t seek_free = 0, bytes_free = 0;
  std::uint64_t seek_info = 0, bytes_info = 0;
};

/// Big-endian numbers, one after the other.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t take(std::size_t size) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i) number = number << 8 | std::to_integer<std::uint64_t>(bytes_[at_ + i]);
    at_ += size;
    return number;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

RootHeader read_header(const Bytes& file) {
  std::array<std::byte, kMaxHeader> bytes{};
  const auto there = std::span(bytes).first(std::min<std::uint64_t>(bytes.size(), file.size()));
  file.read_at(0, there);
  Cursor cursor(bytes);
  cursor.take(4);  // "root"
  const std::size_t place = cursor.take(4) >= kLargeFile ? 8 : 4;
  if (there.size() < 45 + 3 * (place - 4))
    throw InputError({file.name(), "", ""}, fmt::format("is cut off within its header, after {} bytes", file.size()));
  RootHeader header;
  header.begin = cursor.take(4);
  header.end = cursor.take(place);
  header.seek_free = cursor.take(place);
  header.bytes_free = cursor.take(4);
  cursor.take(4 + 4 + 1 + 4);  // free segments, name, width of places, compression
  header.seek_info = cursor.take(place);
  header.bytes_info = cursor.take(4);
  return header;
}

bool lies_within(std::uint64_t place, std::uint64_t size, const RootHeader& header) {
  return place >= header.begin && place <= header.end && size <= header.end - place;
}

}  // namespace

bool is_root_file(const Bytes& file) {
  constexpr std::array kMagic = {'r', 'o', 'o', 't', '\0'};
  std::array<char, kMagic.size()> start{};
  if (file.size() < start.size()) return false;
  file.read_at(0, std::as_writable_bytes(std::span(start)));
  return start == kMagic;
}

std::string check_root_file(const Bytes& file) {
  const RootHeader header = read_header(file);
  const std::uint64_t size = file.size();
  if (header.seek_free == 0 || header.bytes_free == 0 || header.seek_info == 0 || header.bytes_info == 0)
    throw InputError(
        {file.name(), "", ""},
        "was never closed: its header is unfinished (was the program that wrote it killed?); ROOT can "
        "save what was written out, in a copy of it: root -l -b -q -e 'TFile f(\"COPY.root\", \"UPDATE\")'");
  if (header.end > size)
    throw InputError({file.name(), "", ""},
                     fmt::format("is cut off: its header says {} bytes, it has {}", header.end, size));
  if (!lies_within(header.seek_free, header.bytes_free, header) ||
      !lies_within(header.seek_info, header.bytes_info, header))
    throw InputError({file.name(), "", ""}, "is damaged: its header points outside the file");
  if (header.end == size) return "";
  return fmt::format(
      "{} bytes follow the end that its header names; what was written after it was last closed is left "
      "out",
      size - header.end);
}

}  // namespace difftrack::event
