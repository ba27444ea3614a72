// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/description.hpp"

namespace difftrack::network {

/// A named group of node columns.
struct FeatureGroup {
  NetworkKind kind = NetworkKind::LineGraph;  ///< the network whose nodes have it
  std::string_view name;                      ///< as Description::features says it
  int first = 0;                              ///< its place in the table of all columns that such nodes have
  int columns = 0;                            ///< how many
};

/// The groups that a comma-separated list names, in its order. Line graph: edep (2: deep, shallow) [MeV], position (6:
/// x, y, z deep, x, y, z shallow) [mm], direction (3: length [mm], azimuth, polar angle [rad]), context (12,
/// graph::HitGraph::context). Hit graph: cluster_size (1, relative), position (2: x, y) [m], layer (1), edep (1) [MeV].
/// x and y count from the centre of the beam spot (graph/features.hpp). Throws InputError (source, "features", the
/// name) for an unknown name, one that comes twice, and an empty list.
std::vector<FeatureGroup> feature_groups(NetworkKind kind, const std::string& features, const std::string& source);

/// The list that names them, "edep,position".
std::string feature_text(const std::vector<FeatureGroup>& groups);

/// That of the published network.
std::string published_features(NetworkKind kind);

/// Columns of a node of a checked description: 8 for the published line graph, 4 for the published hit graph.
int node_columns(const Description& description);

/// Features of every node, shape (segments, columns) on the line graph, (hits, columns) on the hit graph, row-major.
/// Throws InputError where context is asked of a graph without.
std::vector<float> node_features(const Description& description, const event::Frame& frame,
                                 const graph::HitGraph& graph);

}  // namespace difftrack::network
