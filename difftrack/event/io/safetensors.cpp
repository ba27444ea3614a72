// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/event/io/half.hpp"

namespace difftrack::event {

using core::InputError;
using nlohmann::json;

namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000;  // [bytes], the limit of the reference implementation

[[noreturn]] void fail(const Bytes& file, const std::string& tensor, const std::string& value,
                       const std::string& problem) {
  throw InputError({file.name(), tensor, value}, problem);
}

struct Entry {
  std::string name;
  std::string type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // [bytes] within the data
};

std::uint64_t whole_number(const Bytes& file, const std::string& tensor, const json& value) {
  if (!value.is_number_unsigned())
    fail(file, tensor, value.dump().substr(0, 40), "must be a whole number, not below 0");
  return value.get<std::uint64_t>();
}

Entry read_entry(const Bytes& file, const std::string& name, const json& value, std::uint64_t data_size) {
  if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string() || !value.contains("shape") ||
      !value["shape"].is_array() || !value.contains("data_offsets") || !value["data_offsets"].is_array() ||
      value["data_offsets"].size() != 2)
    fail(file, name, "", "must have dtype, shape and data_offsets");
  Entry entry{name, value["dtype"].get<std::string>(), {}, 0, 0};
  entry.begin = whole_number(file, name, value["data_offsets"][0]);
  entry.end = whole_number(file, name, value["data_offsets"][1]);
  if (entry.begin > entry.end || entry.end > data_size)
    fail(file, name, fmt::format("[{}, {}]", entry.begin, entry.end),
         fmt::format("lies outside the {} bytes of data; the file may be truncated", data_size));
  const std::uint64_t item = entry.type == "F64" || entry.type == "I64"    ? 8
                             : entry.type == "F32"                         ? 4
                             : entry.type == "F16" || entry.type == "BF16" ? 2
                                                                           : 0;
  if (item == 0) fail(file, name, entry.type, "is a type that is not read; F32, F64, F16, BF16 and I64 are");
  std::uint64_t items = 1;
  for (const auto& extent : value["shape"]) {
    const std::uint64_t n = whole_number(file, name, extent);
    if (n != 0 && items > std::numeric_limits<std::int64_t>::max() / n / item)
      fail(file, name, extent.dump(), "makes the shape too large");
    if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      fail(file, name, extent.dump(), "makes the shape too large");
    items *= n;
    entry.shape.push_back(static_cast<std::int64_t>(n));
  }
  if (items * item != entry.end - entry.begin)
    fail(file, name, fmt::format("{} bytes", entry.end - entry.begin),
         fmt::format("does not fit its shape of {} {} values", items, entry.type));
  return entry;
}

template <class T>
std::vector<T> read_values(const Bytes& file, std::uint64_t at, std::uint64_t bytes) {
  std::vector<T> values(bytes / sizeof(T));
  file.read_at(at, std::as_writable_bytes(std::span(values)));
  return values;
}

NamedTensor read_tensor(const Bytes& file, const Entry& entry, std::uint64_t data) {
  const std::uint64_t at = data + entry.begin;
  const std::uint64_t bytes = entry.end - entry.begin;
  if (entry.type == "F64") return {entry.shape, read_values<double>(file, at, bytes)};
  if (entry.type == "I64") return {entry.shape, read_values<std::int64_t>(file, at, bytes)};
  if (entry.type == "F32") return {entry.shape, read_values<float>(file, at, bytes)};
  const auto half = read_values<std::uint16_t>(file, at, bytes);
  std::vector<float> values(half.size());
  std::transform(half.begin(), half.end(), values.begin(), entry.type == "F16" ? float_from_half : float_from_bfloat16);
  return {entry.shape, std::move(values)};
}

}  // namespace

std::vector<float> NamedTensor::floats() const {
  std::vector<float> result(size());
  std::visit(
      [&](const auto& v) {
        std::transform(v.begin(), v.end(), result.begin(), [](auto x) { return static_cast<float>(x); });
      },
      values);
  return result;
}

SafeTensors read_safetensors(const Bytes& file) {
  if (file.size() < 8) fail(file, "", "", "is truncated or no safetensors file");
  std::uint64_t header_size = 0;
  file.read_at(0, std::as_writable_bytes(std::span(&header_size, 1)));
  if (header_size > std::min(kMaxHeader, file.size() - 8))
    fail(file, "header length", std::to_string(header_size),
         "is longer than the file; it is truncated or no safetensors file");
  std::string text(header_size, '\0');
  file.read_at(8, std::as_writable_bytes(std::span(text.data(), text.size())));
  const json header = json::parse(text, nullptr, false);
  if (!header.is_object()) fail(file, "header", "", "is no JSON object; the file is damaged or no safetensors file");

  const std::uint64_t data = 8 + header_size;
  std::vector<Entry> entries;
  SafeTensors content;
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__") {
      entries.push_back(read_entry(file, name, value, file.size() - data));
      continue;
    }
    if (!value.is_object()) fail(file, name, "", "must be an object");
    for (const auto& [key, text_value] : value.items()) {
      if (!text_value.is_string()) fail(file, fmt::format("{}.{}", name, key), "", "must be text");
      content.metadata[key] = text_value.get<std::string>();
    }
  }
  // The format demands data without overlap and without holes; overlaps would let a small file claim much memory.
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t end = 0;
  for (const auto& entry : entries) {
    if (entry.begin != end)
      fail(file, entry.name, std::to_string(entry.begin),
           fmt::format("overlaps another tensor or leaves a hole; {} is expected", end));
    end = entry.end;
  }
  if (end != file.size() - data)
    fail(file, "", std::to_string(file.size() - data), fmt::format("bytes of data, but the tensors take {}", end));
  for (const auto& entry : entries) content.tensors[entry.name] = read_tensor(file, entry, data);
  return content;
}

SafeTensors read_safetensors(const std::string& path) { return read_safetensors(*open_file(path)); }

void write_safetensors(const std::string& path, const SafeTensors& content) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  constexpr std::array kTypes = {"F32", "F64", "I64"};
  constexpr std::array<std::uint64_t, 3> kSizes = {4, 8, 8};
  std::uint64_t at = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const std::uint64_t bytes = tensor.size() * kSizes[tensor.values.index()];
    std::int64_t items = 1;
    for (const std::int64_t extent : tensor.shape) items *= extent;
    if (name == "__metadata__" || items != static_cast<std::int64_t>(tensor.size()))
      throw InputError({path, name, std::to_string(tensor.size())},
                       fmt::format("values do not fit the shape of {}", items));
    header[name] = {
        {"dtype", kTypes[tensor.values.index()]}, {"shape", tensor.shape}, {"data_offsets", {at, at + bytes}}};
    at += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data begin aligned
  const std::uint64_t length = text.size();
  core::AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(text);
  for (const auto& [name, tensor] : content.tensors)
    std::visit([&](const auto& v) { file.write(std::as_bytes(std::span(v))); }, tensor.values);
  file.commit();
}

}  // namespace difftrack::event
