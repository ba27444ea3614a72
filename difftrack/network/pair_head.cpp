// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/pair_head.hpp"

namespace difftrack::network {

std::size_t pair_head_size(std::int32_t width) {
  return width == 0 ? 0 : static_cast<std::size_t>(width) * (kPairColumns + 2) + 1;
}

PairHead pair_head_of(const FlatParameters& parameters, const ParameterLayout& layout) {
  return {layout.description.pair_width, std::span(parameters.values).subspan(layout.pair_begin)};
}

}  // namespace difftrack::network
