// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/atomic_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/output_target.hpp"
#include "difftrack/core/part_file.hpp"

namespace difftrack::core {

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  OutputTarget target = output_target(path_);
  target_ = std::move(target.path);
  mode_ = target.mode;
  const std::string temporary = part_name(target_);
  remove_parts_left_behind(target_);
  // What replaces a private file is private from its first byte; the owner can always write until it is finished.
  const int descriptor = open_part(temporary, mode_ ? (*mode_ | S_IRUSR | S_IWUSR) : 0666);
  if (descriptor < 0 && errno == EEXIST)
    throw InputError({path_, "", ""}, "cannot be written: is being written under the name " + temporary);
  if (descriptor < 0) fail(errno);
  temporary_ = temporary;
  file_ = fdopen(descriptor, "wb");
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) std::remove(temporary_.c_str());
  if (file_ != nullptr) std::fclose(file_);
}

void AtomicFile::fail(int error) const {
  throw InputError({path_, "", ""}, std::string("cannot be written: ") + std::strerror(error));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail(errno);
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::finish() {
  if (finished_) return;
  const int descriptor = fileno(file_);
  if (std::fflush(file_) != 0 || (mode_ && fchmod(descriptor, *mode_) != 0) || fsync(descriptor) != 0) fail(errno);
  finished_ = true;
}

void AtomicFile::commit() {
  finish();
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) fail(errno);
  temporary_.clear();
  std::fclose(std::exchange(file_, nullptr));
}

}  // namespace difftrack::core
