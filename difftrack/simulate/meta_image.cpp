// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/meta_image.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parse_number.hpp"
#include "difftrack/matter/material.hpp"
#include "difftrack/simulate/voxel_volume.hpp"

namespace difftrack::simulate {

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

std::vector<HounsfieldRow> read_hounsfield_table(const std::string& path) {
  std::ifstream in(path);
  if (!in || fs::is_directory(path)) throw InputError({path, "", ""}, "no such file");
  std::vector<HounsfieldRow> rows;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::string text = trimmed(line);
    if (text.empty() || text[0] == '#' || text.rfind("hu", 0) == 0) continue;
    const std::string where = "row " + std::to_string(number);
    HounsfieldRow row;
    const auto first = text.find(','), second = text.find(',', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      throw InputError({path, where, text}, "expected hu,material,density");
    const auto hu = core::parse_number(trimmed(text.substr(0, first)));
    const auto density = core::parse_number(trimmed(text.substr(second + 1)));
    if (!hu || !density) throw InputError({path, where, text}, "expected hu,material,density");
    row.hu = *hu, row.density = *density;
    row.material = trimmed(text.substr(first + 1, second - first - 1));
    try {
      matter::named_material(row.material);
    } catch (const InputError&) {
      throw InputError({path, where + " material", row.material}, "is no known material");
    }
    if (!(row.density > 0.0 && row.density < 50.0))
      throw InputError({path, where + " density", text}, "must be positive");
    if (!rows.empty() && row.hu <= rows.back().hu)
      throw InputError({path, where + " hu", text}, "must rise from row to row");
    rows.push_back(row);
  }
  if (rows.empty()) throw InputError({path, "", ""}, "holds no hu,material,density row");
  return rows;
}

}  // namespace difftrack::simulate
