// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/meta_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"

namespace difftrack::event {

namespace {

namespace fs = std::filesystem;
using core::InputError;

constexpr std::int64_t kMaxVoxels = 2'000'000'000;

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

struct Header {
  const std::string& path;
  std::map<std::string, std::string> values;
  std::streamoff data_offset = 0;  // where LOCAL voxels begin

  const std::string& need(const std::string& key) const {
    const auto found = values.find(key);
    if (found == values.end()) throw InputError({path, key, ""}, "is missing from the MetaImage header");
    return found->second;
  }
  template <class T>
  std::array<T, 3> three(const std::string& key) const {
    std::istringstream in(need(key));
    std::array<T, 3> out{};
    std::string extra;
    if (!(in >> out[0] >> out[1] >> out[2]) || in >> extra)
      throw InputError({path, key, need(key)}, "must be three numbers");
    return out;
  }
};

Header read_header(std::ifstream& in, const std::string& path) {
  Header header{path, {}, 0};
  std::string line;
  while (header.values.size() < 100 && std::getline(in, line)) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) {
      if (trimmed(line).empty()) continue;
      throw InputError({path, "header", line.substr(0, 40)}, "is not a 'Key = value' line of a MetaImage header");
    }
    const std::string key = trimmed(std::string_view(line).substr(0, equals));
    header.values[key] = trimmed(std::string_view(line).substr(equals + 1));
    if (key == "ElementDataFile") break;  // always the last key
  }
  header.data_offset = in.tellg();
  return header;
}

std::size_t type_size(const Header& header) {
  static const std::map<std::string, std::size_t> sizes{{"MET_UCHAR", 1},  {"MET_CHAR", 1},  {"MET_SHORT", 2},
                                                        {"MET_USHORT", 2}, {"MET_INT", 4},   {"MET_UINT", 4},
                                                        {"MET_FLOAT", 4},  {"MET_DOUBLE", 8}};
  const auto found = sizes.find(header.need("ElementType"));
  if (found == sizes.end())
    throw InputError({header.path, "ElementType", header.need("ElementType")},
                     "is not supported; use MET_SHORT or MET_FLOAT");
  return found->second;
}

template <class T>
void convert(const std::vector<char>& bytes, bool swap, std::vector<float>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    char raw[sizeof(T)];
    std::memcpy(raw, bytes.data() + i * sizeof(T), sizeof(T));
    if (swap) std::reverse(raw, raw + sizeof(T));
    T value;
    std::memcpy(&value, raw, sizeof(T));
    out[i] = static_cast<float>(value);
  }
}

bool is_true(const Header& header, const std::string& key) {
  const auto found = header.values.find(key);
  return found != header.values.end() && (found->second == "True" || found->second == "true" || found->second == "1");
}

}  // namespace

MetaImage read_meta_image(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path)) throw InputError({path, "", ""}, "no such file");
  const Header header = read_header(in, path);
  if (header.need("NDims") != "3") throw InputError({path, "NDims", header.need("NDims")}, "must be 3");
  if (is_true(header, "CompressedData"))
    throw InputError({path, "CompressedData", "True"}, "is not supported; store it raw");
  MetaImage image;
  image.counts = header.three<std::int64_t>("DimSize");
  image.spacing = header.three<double>("ElementSpacing");
  std::int64_t total = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (image.counts[axis] < 1 || image.counts[axis] > kMaxVoxels / total)
      throw InputError({path, "DimSize", header.need("DimSize")}, "must be three positive numbers, 2e9 voxels at most");
    if (!(image.spacing[axis] > 0.0 && image.spacing[axis] < 1e4))
      throw InputError({path, "ElementSpacing", header.need("ElementSpacing")}, "must be three positive lengths in mm");
    total *= image.counts[axis];
  }
  const std::size_t size = type_size(header);
  const std::string data = header.need("ElementDataFile");
  const bool local = data == "LOCAL";
  const std::string raw = local ? path : (fs::path(path).parent_path() / data).string();
  if (!fs::is_regular_file(raw)) throw InputError({path, "ElementDataFile", data}, "no such file");
  const auto offset = local ? static_cast<std::uintmax_t>(header.data_offset) : 0;
  const auto expected = static_cast<std::uintmax_t>(total) * size;
  if (fs::file_size(raw) != expected + offset)
    throw InputError({raw, "size", std::to_string(fs::file_size(raw) - std::min(offset, fs::file_size(raw)))},
                     "the header asks for " + std::to_string(expected) + " bytes of voxels");
  std::ifstream voxels(raw, std::ios::binary);
  voxels.seekg(static_cast<std::streamoff>(offset));
  std::vector<char> bytes(expected);
  if (!voxels.read(bytes.data(), static_cast<std::streamsize>(expected)))
    throw InputError({raw, "", ""}, "cannot be read");
  image.values.resize(static_cast<std::size_t>(total));
  const bool big = is_true(header, "BinaryDataByteOrderMSB") || is_true(header, "ElementByteOrderMSB");
  const bool swap = big == (std::endian::native == std::endian::little);
  const std::string type = header.need("ElementType");
  if (type == "MET_UCHAR")
    convert<std::uint8_t>(bytes, swap, image.values);
  else if (type == "MET_CHAR")
    convert<std::int8_t>(bytes, swap, image.values);
  else if (type == "MET_SHORT")
    convert<std::int16_t>(bytes, swap, image.values);
  else if (type == "MET_USHORT")
    convert<std::uint16_t>(bytes, swap, image.values);
  else if (type == "MET_INT")
    convert<std::int32_t>(bytes, swap, image.values);
  else if (type == "MET_UINT")
    convert<std::uint32_t>(bytes, swap, image.values);
  else if (type == "MET_FLOAT")
    convert<float>(bytes, swap, image.values);
  else
    convert<double>(bytes, swap, image.values);
  for (const float value : image.values)
    if (!std::isfinite(value)) throw InputError({raw, "voxel", std::to_string(value)}, "is not a finite number");
  return image;
}

std::string meta_image_header(std::span<const std::int64_t> counts, std::span<const double> spacing,
                              std::span<const double> offset, std::int32_t channels, const std::string& data_file) {
  const auto list = [](const auto& values) {
    std::string text;
    for (const auto value : values) text += fmt::format("{}{}", text.empty() ? "" : " ", value);
    return text;
  };
  std::string identity;
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (std::size_t j = 0; j < counts.size(); ++j) identity += i == j ? " 1" : " 0";
  std::string text = fmt::format("ObjectType = Image\nNDims = {}\nBinaryData = True\n", counts.size());
  text += "BinaryDataByteOrderMSB = False\nCompressedData = False\n";
  text += fmt::format("TransformMatrix ={}\nOffset = {}\nElementSpacing = {}\nDimSize = {}\n", identity, list(offset),
                      list(spacing), list(counts));
  if (channels > 1) text += fmt::format("ElementNumberOfChannels = {}\n", channels);
  return text + "ElementType = MET_FLOAT\nElementDataFile = " + data_file + "\n";
}

void write_meta_image(const std::string& path, const MetaImage& image) {
  static_assert(std::endian::native == std::endian::little);
  std::array<double, 3> offset{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    offset[axis] = -0.5 * image.spacing[axis] * static_cast<double>(image.counts[axis] - 1);
  core::AtomicFile file(path);
  file.write(meta_image_header(image.counts, image.spacing, offset, 1, "LOCAL"));
  file.write(std::as_bytes(std::span(image.values)));
  file.commit();
}

}  // namespace difftrack::event
