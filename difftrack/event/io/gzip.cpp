// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::uint64_t kMaxDeflateRatio = 1032;  // zlib's documented limit
constexpr std::size_t kInputBuffer = std::size_t{64} * 1024;

std::uint64_t most_bytes(std::uint64_t compressed) {
  return compressed > std::numeric_limits<std::uint64_t>::max() / kMaxDeflateRatio
             ? std::numeric_limits<std::uint64_t>::max()
             : compressed * kMaxDeflateRatio;
}

class GzipStream : public ByteStream {
 public:
  explicit GzipStream(std::shared_ptr<const Bytes> file)
      : ByteStream(file->name(), most_bytes(file->size()), false),
        inner_(file_stream(std::move(file))),
        input_(kInputBuffer) {
    constexpr int kGzipFraming = 16;  // zlib's flag for a gzip header and trailer around the data
    if (inflateInit2(&stream_, MAX_WBITS + kGzipFraming) != Z_OK) throw std::bad_alloc();
  }
  ~GzipStream() override { inflateEnd(&stream_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  std::size_t read(std::span<std::byte> out) override {
    std::size_t written = 0;
    while (written < out.size() && !ended_) {
      if (!more_input()) throw InputError({name(), "", ""}, "is truncated: its gzip data end too early");
      const auto room = static_cast<uInt>(std::min<std::size_t>(out.size() - written, std::size_t{1} << 30U));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      stream_.avail_out = room;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      written += room - stream_.avail_out;
      if (status == Z_STREAM_END)
        next_member();
      else if (status != Z_OK && status != Z_BUF_ERROR)
        throw InputError({name(), "", ""}, "is damaged: its gzip data cannot be decompressed or fail their checksum");
    }
    return written;
  }
  double fraction_read() const override { return inner_->fraction_read(); }

 private:
  /// Whether there is compressed input, read from the file where need be.
  bool more_input() {
    if (stream_.avail_in == 0) {
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
      stream_.avail_in = static_cast<uInt>(inner_->read(input_));
    }
    return stream_.avail_in > 0;
  }

  /// Behind a member: the end, zeros (tapes and block devices are filled up with them), or another member.
  void next_member() {
    bool padded = false;
    while (more_input() && *stream_.next_in == 0) {
      padded = true;
      ++stream_.next_in;
      --stream_.avail_in;
    }
    ended_ = stream_.avail_in == 0;
    if (ended_) return;
    if (padded || *stream_.next_in != static_cast<unsigned char>(kGzipMagic[0]))
      throw InputError({name(), "", ""}, "is damaged: something that is not gzip follows its gzip data");
    if (inflateReset(&stream_) != Z_OK) throw std::bad_alloc();
  }

  std::unique_ptr<ByteStream> inner_;
  std::vector<std::byte> input_;
  z_stream stream_{};
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> gzip_stream(std::shared_ptr<const Bytes> file) {
  return std::make_unique<GzipStream>(std::move(file));
}

}  // namespace difftrack::event
