// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

class DiskFile : public Bytes {
 public:
  DiskFile(const std::string& path, int descriptor, std::uint64_t size) : Bytes(path, size), descriptor_(descriptor) {}
  ~DiskFile() override { close(descriptor_); }
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;

 protected:
  void read(std::uint64_t offset, std::span<std::byte> out) const override {
    while (!out.empty()) {
      const ssize_t got = pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw InputError({name(), "", ""}, std::string("cannot be read: ") + std::strerror(errno));
      if (got == 0) throw InputError({name(), "", ""}, "became shorter while it was read");
      out = out.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }

 private:
  int descriptor_;
};

class MemoryFile : public Bytes {
 public:
  MemoryFile(std::string name, std::vector<std::byte> content)
      : Bytes(std::move(name), content.size()), content_(std::move(content)) {}

 protected:
  void read(std::uint64_t offset, std::span<std::byte> out) const override {
    std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  }

 private:
  std::vector<std::byte> content_;
};

class StoredStream : public ByteStream {
 public:
  StoredStream(std::shared_ptr<const Bytes> file, std::uint64_t begin, std::uint64_t size)
      : ByteStream(file->name(), size), file_(std::move(file)), at_(begin), left_(size) {
    if (begin > file_->size() || size > file_->size() - begin)
      throw InputError({file_->name(), "", ""}, "is truncated: part of it lies behind its end");
  }
  std::size_t read(std::span<std::byte> out) override {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
    file_->read_at(at_, out.first(n));
    at_ += n;
    left_ -= n;
    return n;
  }
  double fraction_read() const override {
    return size() == 0 ? 1.0 : 1.0 - static_cast<double>(left_) / static_cast<double>(size());
  }

 private:
  std::shared_ptr<const Bytes> file_;
  std::uint64_t at_;
  std::uint64_t left_;
};

}  // namespace

void Bytes::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > size_ || out.size() > size_ - offset)
    throw InputError({name_, "", ""}, "is truncated: it ends at byte " + std::to_string(size_));
  if (!out.empty()) read(offset, out);
}

void ByteStream::read_exactly(std::span<std::byte> out) {
  if (read(out) != out.size()) throw InputError({name_, "", ""}, "is truncated: data end too early");
}

std::shared_ptr<const Bytes> open_file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    throw InputError({path, "", ""},
                     errno == ENOENT ? "no such file" : std::string("cannot be read: ") + std::strerror(errno));
  struct stat info {};
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(descriptor);
    throw InputError({path, "", ""}, "is not a regular file");
  }
  return std::make_shared<DiskFile>(path, descriptor, static_cast<std::uint64_t>(info.st_size));
}

std::shared_ptr<const Bytes> bytes_in_memory(std::string name, std::vector<std::byte> content) {
  return std::make_shared<MemoryFile>(std::move(name), std::move(content));
}

std::unique_ptr<ByteStream> stored_stream(std::shared_ptr<const Bytes> file, std::uint64_t begin, std::uint64_t size) {
  return std::make_unique<StoredStream>(std::move(file), begin, size);
}

std::unique_ptr<ByteStream> file_stream(std::shared_ptr<const Bytes> file) {
  const std::uint64_t size = file->size();
  return stored_stream(std::move(file), 0, size);
}

}  // namespace difftrack::event
