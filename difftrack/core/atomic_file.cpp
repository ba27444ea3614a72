// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/atomic_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::core {

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)), temporary_(path_ + '.' + std::to_string(getpid()) + ".part") {
  std::error_code ignored;  // fopen says it better
  if (std::filesystem::is_directory(path_, ignored))
    throw InputError({path_, "", ""}, "cannot be written: is a folder");
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (file_ == nullptr) throw InputError({path_, "", ""}, std::string("cannot be written: ") + std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) std::fclose(file_);
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
    throw InputError({path_, "", ""}, std::string("cannot be written: ") + std::strerror(errno));
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::finish() {
  if (file_ == nullptr) return;
  const bool flushed = std::fflush(file_) == 0 && fsync(fileno(file_)) == 0;
  const int error = errno;
  std::fclose(std::exchange(file_, nullptr));
  if (!flushed) throw InputError({path_, "", ""}, std::string("cannot be written: ") + std::strerror(error));
}

void AtomicFile::commit() {
  finish();
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
    throw InputError({path_, "", ""}, std::string("cannot be written: ") + std::strerror(errno));
  temporary_.clear();
}

}  // namespace difftrack::core
