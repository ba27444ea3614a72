// SPDX-License-Identifier: Apache-2.0
#include "fuzz/replay.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  difftrack::fuzz::replay_gz(data, size);
  return 0;
}
