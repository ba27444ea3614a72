// SPDX-License-Identifier: Apache-2.0
// Replays what the fuzzers start from and what they found (tests/event/corpus): none of it may do more than throw an
// InputError. It is here and not in tests/event because the fuzzers drive the readers up to frames.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "fuzz/replay.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::fuzz {
namespace {

class Corpus : public ::testing::TestWithParam<std::string> {};

TEST_P(Corpus, GivesResultsOrInputErrors) {
  const std::map<std::string, void (*)(const std::uint8_t*, std::size_t)> replays = {
      {"npy", replay_npy},
      {"npz", replay_npz},
      {"csv", replay_csv},
      {"gz", replay_gz},
      {"safetensors", replay_safetensors},
      {"detector", replay_detector}};
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(paths::source() + "/tests/event/corpus/" + GetParam())) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    SCOPED_TRACE(entry.path().string());
    EXPECT_NO_THROW(replays.at(GetParam())(reinterpret_cast<const std::uint8_t*>(content.data()), content.size()));
    ++files;
  }
  EXPECT_GT(files, 0);
}
INSTANTIATE_TEST_SUITE_P(All, Corpus, ::testing::Values("npy", "npz", "csv", "gz", "safetensors", "detector"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace difftrack::fuzz
