// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/raster.hpp"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::plot {

namespace {

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((value >> shift) & 0xFFU);
  return bytes;
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto check = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(check));
}

}  // namespace

std::string png(const Raster& raster) {
  const auto& [title, values, width, height, low, high, times, note] = raster;
  if (width < 1 || height < 1 || times < 1 || values.size() != static_cast<std::size_t>(width * height))
    throw core::InputError({"", title, std::to_string(values.size())}, "values are not width x height");
  std::string rows;
  for (std::int64_t y = 0; y < height * times; ++y) {
    rows += '\0';  // a row as it is, not as a difference
    for (std::int64_t x = 0; x < width * times; ++x) {
      const auto value = static_cast<double>(values[static_cast<std::size_t>(y / times * width + x / times)]);
      const double grey = 255.0 * (value - low) / (high - low);
      rows += static_cast<char>(static_cast<unsigned char>(std::lround(std::clamp(grey, 0.0, 255.0))));
    }
  }
  std::vector<Bytef> packed(compressBound(static_cast<uLong>(rows.size())));
  auto size = static_cast<uLongf>(packed.size());
  compress2(packed.data(), &size, reinterpret_cast<const Bytef*>(rows.data()), static_cast<uLong>(rows.size()), 9);
  const std::string head = big_endian(static_cast<std::uint32_t>(width * times)) +
                           big_endian(static_cast<std::uint32_t>(height * times)) +
                           std::string("\x08\x00\x00\x00\x00", 5);  // 8 bits, grey, no filter, not interlaced
  return std::string("\x89PNG\r\n\x1a\n") + chunk("IHDR", head) +
         chunk("IDAT", std::string(reinterpret_cast<const char*>(packed.data()), size)) + chunk("IEND", "");
}

}  // namespace difftrack::plot
