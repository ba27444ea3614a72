// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/sha256.hpp"

#include <algorithm>
#include <bit>
#include <fstream>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::core {

namespace {

__extension__ typedef unsigned __int128 Wide;

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::array<std::uint32_t, 64> kRounds = [] {
  std::array<std::uint32_t, 64> out{};
  std::size_t n = 0;
  for (std::uint64_t p = 2; n < out.size(); ++p) {
    bool prime = true;
    for (std::uint64_t d = 2; d * d <= p; ++d) prime = prime && p % d != 0;
    if (!prime) continue;
    // The largest r with r^3 <= p 2^96, bit by bit; its low 32 bits are the fraction.
    Wide r = 0;
    for (int bit = 35; bit >= 0; --bit) {
      const Wide next = r | (static_cast<Wide>(1) << bit);
      if (next * next * next <= static_cast<Wide>(p) << 96) r = next;
    }
    out[n++] = static_cast<std::uint32_t>(r);
  }
  return out;
}();

}  // namespace

void Sha256::block(const std::byte* bytes) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t k = 0; k < 4; ++k) w[i] = (w[i] << 8) | std::to_integer<std::uint32_t>(bytes[4 * i + k]);
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ (a >> 3)) +
           (std::rotr(b, 17) ^ std::rotr(b, 19) ^ (b >> 10));
  }
  auto s = state_;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t one = s[7] + (std::rotr(s[4], 6) ^ std::rotr(s[4], 11) ^ std::rotr(s[4], 25)) +
                              ((s[4] & s[5]) ^ (~s[4] & s[6])) + kRounds[i] + w[i];
    const std::uint32_t two = (std::rotr(s[0], 2) ^ std::rotr(s[0], 13) ^ std::rotr(s[0], 22)) +
                              ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    std::copy_backward(s.begin(), s.end() - 1, s.end());
    s[4] += one;
    s[0] = one + two;
  }
  for (std::size_t i = 0; i < 8; ++i) state_[i] += s[i];
}

void Sha256::add(std::span<const std::byte> bytes) {
  for (const std::byte each : bytes) {
    rest_[size_++ % 64] = each;
    if (size_ % 64 == 0) block(rest_.data());
  }
}

std::string Sha256::hex() {
  const std::uint64_t bits = 8 * size_;
  const std::byte one{0x80}, zero{0};
  add({&one, 1});
  while (size_ % 64 != 56) add({&zero, 1});
  std::array<std::byte, 8> length{};
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>((bits >> (56 - 8 * i)) & 0xff);
  add(length);
  std::string out;
  for (const std::uint32_t word : state_)
    for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[word >> shift & 15];
  return out;
}

std::string sha256_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Sha256 hash;
  std::vector<char> piece(1 << 16);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    hash.add(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(in.gcount()))));
  if (!in.eof()) throw InputError({path, "", ""}, "cannot be read");
  return hash.hex();
}

}  // namespace difftrack::core
