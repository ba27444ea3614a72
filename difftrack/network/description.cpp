// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/description.hpp"

#include <fmt/format.h>

#include <type_traits>

#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/toml_fields.hpp"
#include "difftrack/network/node_features.hpp"

namespace difftrack::network {
void check_description(const Description& description, const std::string& source) {
  core::check_fields(description, source);
  if (!description.features.empty()) feature_groups(description.network, description.features, source);
  const bool encoded =
      description.frequencies > 0 || (description.frequencies < 0 && description.network == NetworkKind::LineGraph);
  if (!encoded && description.encoding_scale != Description{}.encoding_scale)
    throw core::InputError({source, "encoding_scale", fmt::format("{}", description.encoding_scale)},
                           "is of no use without frequencies; did you mean frequencies = 64?");
  if (description.kink_gate && description.network == NetworkKind::HitGraph)
    throw core::InputError({source, "kink_gate", fmt::format("{}", *description.kink_gate)},
                           "is of no use on the hit graph, which has no kinks");
}

Description resolved(const Description& description, const std::string& source) {
  check_description(description, source);
  const bool line_graph = description.network == NetworkKind::LineGraph;
  Description full = description;
  if (full.features.empty()) full.features = published_features(full.network);
  // One spelling per choice, so that equal networks have equal descriptions.
  full.features = feature_text(feature_groups(full.network, full.features, source));
  if (full.frequencies < 0) full.frequencies = line_graph ? 64 : 0;
  if (full.message_width == 0) full.message_width = full.hidden;
  if (full.node_width == 0) full.node_width = full.hidden;
  return full;
}

Description published_line_graph(std::int32_t hidden) {
  Description description;
  description.hidden = hidden;
  return resolved(description);
}

Description published_hit_graph(std::int32_t hidden) {
  Description description;
  description.network = NetworkKind::HitGraph;
  description.hidden = hidden;
  return resolved(description);
}

void check_kinks(const Description& description, const graph::HitGraph& graph) {
  if (graph.size() == 0 || graph.is_gated() == description.kink_gate.has_value()) return;
  if (graph.is_gated())
    throw core::InputError({"", "kink_gate", "auto"}, "the network was made for all kinks, but the graph is gated");
  throw core::InputError({"", "kink_gate", fmt::format("{}", *description.kink_gate)},
                         "the network was made for gated kinks, but the graph has all of them");
}

std::string to_toml(const Description& description) {
  std::string text;
  core::for_each_field<Description>([&](const auto& each) {
    using T = typename std::remove_cvref_t<decltype(each)>::Value;
    constexpr bool optional = std::is_same_v<T, std::optional<double>>;
    if constexpr (optional)
      if (!each.of(description)) return;
    const std::string value = core::field_text(each, each.of(description));
    const bool quoted = !std::is_arithmetic_v<T> && !optional;
    text += quoted ? fmt::format("{} = \"{}\"\n", each.name, value) : fmt::format("{} = {}\n", each.name, value);
  });
  return text;
}

Description description_from_toml(const std::string& text, const std::string& source) {
  Description description;
  core::read_fields(core::parse_toml(text, source), source, description);
  check_description(description, source);
  return description;
}

}  // namespace difftrack::network
