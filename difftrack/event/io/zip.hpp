// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/event/io/bytes.hpp"

namespace difftrack::event {

/// One file inside a zip archive, as its central directory tells.
struct ZipEntry {
  std::string name;
  std::uint16_t method = 0;           ///< 0 stored, 8 deflated
  std::uint32_t crc = 0;              ///< CRC-32 of the content
  std::uint64_t compressed_size = 0;  ///< [bytes]
  std::uint64_t size = 0;             ///< [bytes]
  std::uint64_t header_offset = 0;    ///< of its local header in the archive
};

/// The directory of a zip archive (PKWARE APPNOTE 6.3.10; zip64 included, no encryption, no several disks).
/// Throws InputError for what is no zip, truncated, or damaged.
std::vector<ZipEntry> read_zip_directory(const Bytes& archive);

/// The content of one entry; sizes and the CRC are checked as it is read.
std::unique_ptr<ByteStream> open_zip_entry(std::shared_ptr<const Bytes> archive, const ZipEntry& entry);

}  // namespace difftrack::event
