// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/bytes.hpp"
#include "difftrack/event/io/npy_header.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::event {

/// Bytes of a test file, made by hand.
inline std::shared_ptr<const Bytes> file_of(std::string_view content, std::string name = "made.bin") {
  std::vector<std::byte> bytes(content.size());
  std::transform(content.begin(), content.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes_in_memory(std::move(name), std::move(bytes));
}

/// The raw bytes of numbers of the first one's type, in this machine's (little-endian) order.
template <class T, class... Rest>
std::string raw(T first, Rest... rest) {
  std::string bytes;
  for (const T value : {first, static_cast<T>(rest)...}) bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
  return bytes;
}

/// An .npy file: descr and shape as Python writes them, then data.
inline std::string npy(std::string_view descr, std::string_view shape, std::string_view data) {
  return format_npy_header(descr, shape) + std::string(data);
}

/// The sentence of the InputError that `work` throws; "no error" when it throws none.
template <class Work>
std::string error_of(Work&& work) {
  try {
    work();
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "no error";
}

using core::TemporaryFolder;

inline std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace difftrack::event
