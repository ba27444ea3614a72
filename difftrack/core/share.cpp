// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/share.hpp"

#include <charconv>
#include <cstdlib>
#include <optional>

#include "difftrack/core/error.hpp"

namespace difftrack::core {

namespace {

std::optional<std::int32_t> whole_number(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int32_t> from_environment(const char* name) {
  const char* text = std::getenv(name);
  return text ? whole_number(text) : std::nullopt;
}

}  // namespace

Share parse_share(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto index = whole_number(std::string_view(text).substr(0, slash));
    const auto count = whole_number(std::string_view(text).substr(slash + 1));
    if (index && count && *index >= 0 && *index < *count) return {*index, *count};
  }
  throw InputError({"", "--shard", text}, "must read i/n with 0 <= i < n, e.g. 0/4 to 3/4 on four machines");
}

Share launched_share() {
  struct Names {
    const char *rank, *size;
  };
  for (const Names names : {Names{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, Names{"PMI_RANK", "PMI_SIZE"}}) {
    const auto rank = from_environment(names.rank), size = from_environment(names.size);
    if (rank && size && *rank >= 0 && *rank < *size) return {*rank, *size};
  }
  return {};
}

}  // namespace difftrack::core
