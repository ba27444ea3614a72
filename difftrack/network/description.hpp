// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::network {

/// The graph on which messages are passed (docs/method.md section 3).
enum class NetworkKind : std::uint8_t {
  LineGraph,  ///< nodes are segments, edges are kinks in both directions
  HitGraph,   ///< nodes are hits, edges are segments from the deep to the shallow hit
};
/// Its names.
constexpr core::Choices<NetworkKind, 2> choices(NetworkKind) {
  return {{{NetworkKind::LineGraph, "line_graph"}, {NetworkKind::HitGraph, "hit_graph", "the published ablation"}}};
}

/// How the messages that arrive at a node become one row; 0 where none arrives.
enum class Aggregation : std::uint8_t { Max, Sum, Mean };
/// Its names.
constexpr core::Choices<Aggregation, 3> choices(Aggregation) {
  return {{{Aggregation::Max, "max"}, {Aggregation::Sum, "sum"}, {Aggregation::Mean, "mean"}}};
}

/// A network as data: everything that its parameters do not say. The experiment chooses it ([model]), a model file
/// carries it in its metadata, and layout, general path, LibTorch module and kernels are made from it
/// (docs/network.md#descriptions).
///
/// With x the features of the nodes and e_ij the columns of edge j → i (the angle encoded), step t = 1 … T is
///
///   m_i = aggregate over j of R1_t([h_i, h_j, e_ij]),   h_i ← O_t([h_i, m_i]),   first h = x
///
/// and the logit is R2(h_i) of a segment on the line graph, R2([h_to, h_from, last message]) on the hit graph. A
/// policy's network may have a pair head beside it (pair_head.hpp), on which the logits do not depend. With `kink_gate`
/// only the kinks that physics calls possible are edges: such a network is trained and used on gated graphs alone
/// (graph::HitGraph::widest_chord2), and one without it on others. The defaults are
/// the published line-graph network: Kortus, Keidel, Gauger, arXiv 2407.13420.
struct Description {
  NetworkKind network = NetworkKind::LineGraph;
  std::int32_t hidden = 16;
  std::string features = {};
  std::int32_t frequencies = -1;
  double encoding_scale = 0.001;
  std::int32_t message_steps = 1;
  std::int32_t message_width = 0;
  std::int32_t node_width = 0;
  Aggregation aggregation = Aggregation::Max;
  std::int32_t pair_width = 0;
  std::optional<double> kink_gate = {};  ///< [nats] (track/joint/kink_gate.hpp); none: every pair that meets is a kink

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("network", &Description::network, "", "Graph on which messages are passed."),
        field("hidden", &Description::hidden, "", {1, 4096},
              "Hidden width; published: 16 (line graph), 64 (hit graph)."),
        field("features", &Description::features, "",
              "Columns of the nodes, comma-separated (docs/network.md lists them); empty: as published."),
        field("frequencies", &Description::frequencies, "", {-1, 512},
              "Frequencies that encode an angle; 0: the angle itself; -1: as published (line graph 64, hit graph 0)."),
        field("encoding_scale", &Description::encoding_scale, "", {1e-4, 1.0},
              "Lowest over highest frequency of that encoding, nearly."),
        field("message_steps", &Description::message_steps, "", {1, 16}, "Steps of message passing."),
        field("message_width", &Description::message_width, "", {0, 4096}, "Width of a message; 0: as hidden."),
        field("node_width", &Description::node_width, "", {0, 4096}, "Width of a node after a step; 0: as hidden."),
        field("aggregation", &Description::aggregation, "", "How a node's incoming messages become one."),
        field("pair_width", &Description::pair_width, "", {0, 4096},
              "Hidden width of a policy's pair head, which judges a track with a next segment; 0: none."),
        field(
            "kink_gate", &Description::kink_gate, "", {-1000.0, 1000.0},
            "Nats that an edge may cost more than an end and a beginning, by the detector's shipped likelihood; auto: "
            "no gate."),
    };
  }

  /// Word for word; compare what resolved() gives to compare networks.
  bool operator==(const Description&) const = default;
};

/// Throws InputError with `source`, option and value when an option has no such choice, lies out of range or does not
/// go with another.
void check_description(const Description& description, const std::string& source);

/// The same network with everything said: features, frequencies and widths instead of "as published" and "as hidden".
/// Throws what check_description throws.
Description resolved(const Description& description, const std::string& source = "network");

/// The published networks, for any hidden width.
Description published_line_graph(std::int32_t hidden = 16);
/// The ablation on the hit graph.
Description published_hit_graph(std::int32_t hidden = 64);

/// The description as TOML text, one "option = value" a line: what a model's metadata hold under "description". An
/// option of which nothing is said is left out, so that files without it are read by versions that do not know it.
std::string to_toml(const Description& description);

/// Throws InputError (kink_gate) where a network that was made for gated kinks meets a graph of all of them, or the
/// other way round: its logits would be wrong without a sign.
void check_kinks(const Description& description, const graph::HitGraph& graph);

/// Reads such text; options that it leaves out have their defaults. Throws InputError with `source`, option and value
/// for what is no TOML, unknown options, wrong types and whatever check_description refuses.
Description description_from_toml(const std::string& text, const std::string& source);

}  // namespace difftrack::network
