// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "difftrack/event/io/bytes.hpp"

namespace difftrack::event {

constexpr std::string_view kGzipMagic = "\x1f\x8b";

/// The content of a gzip file (RFC 1952), decompressed as it is read, with memory for a block; a file of several
/// members
/// (`cat a.gz b.gz`) is their content in a row. Its checksums are checked where each member ends. Throws InputError
/// when the file is truncated or damaged, or when something else follows.
std::unique_ptr<ByteStream> gzip_stream(std::shared_ptr<const Bytes> file);

}  // namespace difftrack::event
