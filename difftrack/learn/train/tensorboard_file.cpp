// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/tensorboard_file.hpp"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "difftrack/core/error.hpp"

namespace difftrack::learn {

namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0U ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}

/// Rotated and offset, so that the checksum of data that contain checksums stays meaningful (record_writer.h).
std::uint32_t masked_crc(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xa282ead8U; }

template <class T>
std::string little_endian(T value) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// Protocol-buffer wire format: key = field number << 3 | wire type (0 varint, 1 fixed64, 2 length-delimited, 5
// fixed32).
std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}
std::string key(int field, int wire_type) { return varint(static_cast<std::uint64_t>(field << 3 | wire_type)); }
std::string text_field(int field, std::string_view text) {
  return key(field, 2) + varint(text.size()) + std::string(text);
}

std::string event_message(std::int64_t step, const std::string& content) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return key(1, 1) + little_endian(now.count()) + key(2, 0) + varint(static_cast<std::uint64_t>(step)) + content;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = crc_table();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xffU];
  return ~crc;
}

std::string tensorboard_file_name() {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = 0;
  return "events.out.tfevents." + std::to_string(now.count()) + "." + (host[0] == 0 ? "host" : host.data());
}

TensorBoardFile::TensorBoardFile(const std::string& path, std::int64_t length)
    : path_(path), file_(std::fopen(path.c_str(), length > 0 ? "r+b" : "wb")) {
  if (file_ == nullptr)
    throw core::InputError({path, "", ""}, std::string("cannot be opened: ") + std::strerror(errno));
  if (length == 0) {
    write_record(event_message(0, text_field(3, "brain.Event:2")));
    return;
  }
  std::fseek(file_, 0, SEEK_END);
  const bool whole = std::ftell(file_) >= length && ftruncate(fileno(file_), length) == 0;
  if (whole && std::fseek(file_, 0, SEEK_END) == 0) return;
  std::fclose(file_);
  throw core::InputError({path, "", ""}, "is shorter than its checkpoint remembers (" + std::to_string(length) +
                                             " bytes); remove the output folder and start anew");
}

TensorBoardFile::~TensorBoardFile() { std::fclose(file_); }

void TensorBoardFile::write_record(std::string_view data) {
  const std::string length = little_endian(static_cast<std::uint64_t>(data.size()));
  const std::string record =
      length + little_endian(masked_crc(length)) + std::string(data) + little_endian(masked_crc(data));
  if (std::fwrite(record.data(), 1, record.size(), file_) != record.size())
    throw core::InputError({path_, "", ""}, std::string("cannot be written: ") + std::strerror(errno));
}

void TensorBoardFile::add_scalar(std::string_view tag, std::int64_t step, double value) {
  const std::string scalar = text_field(1, tag) + key(2, 5) + little_endian(static_cast<float>(value));
  write_record(event_message(step, text_field(5, text_field(1, scalar))));
}

std::int64_t TensorBoardFile::flush() {
  if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0)
    throw core::InputError({path_, "", ""}, std::string("cannot be written: ") + std::strerror(errno));
  return std::ftell(file_);
}

}  // namespace difftrack::learn
