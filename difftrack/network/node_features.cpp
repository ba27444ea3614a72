// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/node_features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/graph/features.hpp"

namespace difftrack::network {
namespace {

constexpr std::array kGroups{
    FeatureGroup{NetworkKind::LineGraph, "edep", 0, 2},        FeatureGroup{NetworkKind::LineGraph, "position", 2, 6},
    FeatureGroup{NetworkKind::LineGraph, "direction", 8, 3},   FeatureGroup{NetworkKind::LineGraph, "context", 11, 12},
    FeatureGroup{NetworkKind::HitGraph, "cluster_size", 0, 1}, FeatureGroup{NetworkKind::HitGraph, "position", 1, 2},
    FeatureGroup{NetworkKind::HitGraph, "layer", 3, 1},        FeatureGroup{NetworkKind::HitGraph, "edep", 4, 1},
};

/// Copies columns [begin, begin + count) of `from` (rows of `from_width`) to columns [at, …) of `to`.
void copy_columns(const std::vector<float>& from, std::size_t from_width, std::size_t begin, std::size_t count,
                  std::vector<float>& to, std::size_t to_width, std::size_t at) {
  for (std::size_t r = 0; r * from_width < from.size(); ++r)
    std::copy_n(from.data() + r * from_width + begin, count, to.data() + r * to_width + at);
}

/// Throws InputError for a graph on which nothing has been decided.
const std::vector<float>& context_of(const graph::HitGraph& graph) {
  if (graph.context.size() != graph.size() * graph::kContextFeatures)
    throw core::InputError({"", "features", "context"},
                           "is known where a joint decision has been made: such a network goes with method joint");
  return graph.context;
}

}  // namespace

std::vector<FeatureGroup> feature_groups(NetworkKind kind, const std::string& features, const std::string& source) {
  std::vector<FeatureGroup> groups;
  for (std::size_t begin = 0; begin <= features.size();) {
    const std::size_t end = std::min(features.find(',', begin), features.size());
    std::string name = features.substr(begin, end - begin);
    std::erase(name, ' ');
    const auto found = std::find_if(kGroups.begin(), kGroups.end(),
                                    [&](const FeatureGroup& g) { return g.kind == kind && g.name == name; });
    if (found == kGroups.end()) {
      std::vector<std::string> known;
      for (const FeatureGroup& group : kGroups)
        if (group.kind == kind) known.emplace_back(group.name);
      core::throw_no_choice(source, "features", name, known);
    }
    for (const FeatureGroup& group : groups)
      if (group.name == name) throw core::InputError({source, "features", name}, "is named twice");
    groups.push_back(*found);
    begin = end + 1;
  }
  return groups;
}

std::string feature_text(const std::vector<FeatureGroup>& groups) {
  std::vector<std::string_view> names;
  for (const FeatureGroup& group : groups) names.push_back(group.name);
  return fmt::format("{}", fmt::join(names, ","));
}

std::string published_features(NetworkKind kind) {
  return kind == NetworkKind::LineGraph ? "edep,position" : "cluster_size,position,layer";
}

int node_columns(const Description& description) {
  int columns = 0;
  for (const FeatureGroup& group : feature_groups(description.network, resolved(description).features, "network"))
    columns += group.columns;
  return columns;
}

std::vector<float> node_features(const Description& description, const event::Frame& frame,
                                 const graph::HitGraph& graph) {
  const bool line_graph = description.network == NetworkKind::LineGraph;
  // All columns that a node can have are those of one published table, then those of another.
  std::vector<float> table = line_graph ? graph::segment_features(frame, graph) : graph::hit_features(frame);
  const auto width = static_cast<std::size_t>(line_graph ? graph::kSegmentFeatures : graph::kHitFeatures);
  const auto groups = feature_groups(description.network, resolved(description).features, "network");
  if (feature_text(groups) == published_features(description.network)) return table;

  const std::vector<float> more = line_graph ? graph::direction_features(frame, graph) : frame.hits.edep;
  const std::size_t more_width = line_graph ? std::size_t{graph::kDirectionFeatures} : 1;
  const auto columns = static_cast<std::size_t>(node_columns(description));
  std::vector<float> chosen(table.size() / width * columns);
  std::size_t at = 0;
  for (const FeatureGroup& group : groups) {
    const auto first = static_cast<std::size_t>(group.first), count = static_cast<std::size_t>(group.columns);
    if (first < width)
      copy_columns(table, width, first, count, chosen, columns, at);
    else if (first < width + more_width)
      copy_columns(more, more_width, first - width, count, chosen, columns, at);
    else
      copy_columns(context_of(graph), count, 0, count, chosen, columns, at);
    at += count;
  }
  return chosen;
}

}  // namespace difftrack::network
