// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace difftrack::core {

/// The SHA-256 of bytes that come piece by piece (FIPS 180-4): by which a file can be told from any other.
class Sha256 {
 public:
  /// Appends bytes.
  void add(std::span<const std::byte> bytes);
  /// 64 hexadecimal digits of all that was added; nothing can be added afterwards.
  std::string hex();

 private:
  void block(const std::byte* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> rest_{};  // what does not fill a block yet
  std::uint64_t size_ = 0;            // [bytes] added
};

/// That of a file. Throws InputError when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace difftrack::core
