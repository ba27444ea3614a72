// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace difftrack::learn {

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), as in iSCSI, RFC 3720 section 12.1.
std::uint32_t crc32c(std::string_view bytes);

/// A name that TensorBoard recognises and that differs between runs: time and host.
std::string tensorboard_file_name();

/// A file of curves as TensorBoard reads them (its "event file"; events of this project are protons).
///
/// Format (tensorflow/core/lib/io/record_writer.h): records of length (uint64), masked CRC-32C of the length, data,
/// masked CRC-32C of the data, little endian; data is the protocol-buffer message Event
/// (tensorflow/core/util/event.proto: wall_time = 1, step = 2, file_version = 3, summary = 5; Summary.value = 1;
/// Value.tag = 1, simple_value = 2). These seven fields are encoded here directly.
///
/// A training run that resumes truncates the file to the length that its checkpoint recorded and appends, so that no
/// step is missing or doubled.
class TensorBoardFile {
 public:
  /// Starts `path` anew (length 0) or continues it after its first `length` bytes. Throws InputError (file).
  TensorBoardFile(const std::string& path, std::int64_t length);
  ~TensorBoardFile();
  TensorBoardFile(const TensorBoardFile&) = delete;
  TensorBoardFile& operator=(const TensorBoardFile&) = delete;

  /// One point of the curve `tag`, stored as float32. Throws InputError when the file cannot be written.
  void add_scalar(std::string_view tag, std::int64_t step, double value);
  /// Flushes to disk and returns the length of the file in bytes: what a checkpoint must remember.
  std::int64_t flush();

 private:
  void write_record(std::string_view data);
  std::string path_;
  std::FILE* file_ = nullptr;
};

}  // namespace difftrack::learn
