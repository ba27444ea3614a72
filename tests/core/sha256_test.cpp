// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/sha256.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "difftrack/core/error.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::core {
namespace {

std::string hash_of(const std::string& text, std::size_t piece) {
  Sha256 hash;
  for (std::size_t at = 0; at < text.size(); at += piece)
    hash.add(std::as_bytes(std::span(text).subspan(at, std::min(piece, text.size() - at))));
  return hash.hex();
}

// The examples of FIPS 180-4, and a million times the letter a.
TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(hash_of("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of("abc", 2), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 7),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hash_of(std::string(1000000, 'a'), 999),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFile) {
  const TemporaryFolder folder;
  std::ofstream(folder / "abc") << "abc";
  EXPECT_EQ(sha256_of_file(folder / "abc"), hash_of("abc", 3));
  EXPECT_THROW(sha256_of_file(folder / "none"), InputError);
}

}  // namespace
}  // namespace difftrack::core
