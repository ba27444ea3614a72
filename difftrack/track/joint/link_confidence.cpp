// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/link_confidence.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "difftrack/track/joint/chain_exchange.hpp"
#include "difftrack/track/joint/meetings.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

float probability(double odds_against) { return static_cast<float>(1.0 / (1.0 + odds_against)); }

/// Odds that the deeper hit of a chosen segment is of a secondary that its particle left when it ended: the same place,
/// another kink and deposit. 0 where nothing is known of them, or the particle's direction is not.
double odds_of_secondary(const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links, std::int32_t s,
                         double temperature) {
  const std::int32_t a = graph.shallow[at(s)], up = links.up[at(a)];
  if (energy.secondary.empty() || up == kNoSegment) return 0.0;
  const float* kinks = energy.secondary_kinks.data() + at(energy.secondary_row[at(a)]) * ChordGrid::kPoints;
  const double same = link_cost(energy, s) + kink_cost(energy, graph, a, up, s);
  const double other = static_cast<double>(energy.secondary[at(s)]) +
                       static_cast<double>(ChordGrid::at(kinks, squared_chord(graph, up, s)));
  return std::exp((same - other) / temperature);
}

/// Calls body(first hit, last hit) for each part of a chain that stays when links are taken away.
template <class Body>
void for_parts(const graph::HitGraph& graph, const Links& links, const Links& kept, std::int32_t head,
               const Body& body) {
  for (std::int32_t first = head;;) {
    std::int32_t last = first;
    while (kept.down[at(last)] != kNoSegment) last = graph.deep[at(kept.down[at(last)])];
    body(first, last);
    if (links.down[at(last)] == kNoSegment) return;
    first = graph.deep[at(links.down[at(last)])];
  }
}

}  // namespace

LinkConfidence link_confidence(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                               LayerPairs& pairs, const ConfidenceSettings& settings, Links& links) {
  const std::size_t n_hits = links.up.size();
  const auto meetings = one_per_pair(find_meetings(frame, graph, energy, pairs, links, settings.gate));
  ChainExchange exchange(frame, graph, energy, 1.0 / settings.temperature);
  std::vector<double> odds(n_hits, 0.0);     // against the link up of a hit
  std::vector<double> alone(n_hits, 0.0);    // against it in a chain, without exchanges
  std::vector<double> against(n_hits, 0.0);  // against the chain, or part of one, that begins with a hit
  for (std::size_t h = 0; h < n_hits; ++h) {
    if (links.up[h] == kNoSegment) continue;
    odds[h] = std::exp(-move_cost(graph, energy, links, links.up[h]) / settings.temperature);
    alone[h] = odds[h] + settings.secondary_acceptance *
                             odds_of_secondary(graph, energy, links, links.up[h], settings.temperature);
  }
  for (const Meeting& m : meetings) {
    exchange.load(m.heads, links);
    const ChainExchange::Odds found = exchange.odds();
    for (std::size_t i = 0; i < found.segment.size(); ++i)
      odds[at(graph.deep[at(found.segment[i])])] += found.against[i];
    for (std::size_t k = 0; k < m.heads.size(); ++k)
      against[at(m.heads[k])] += exchange.odds_against(k, 0, frame.n_layers());
  }

  LinkConfidence confidence{std::vector<float>(n_hits, std::numeric_limits<float>::quiet_NaN()),
                            std::vector<float>(n_hits, 1.0F)};
  Links kept = links;
  const std::vector<std::int32_t> head = chain_heads(frame, graph, links);
  std::vector<std::uint8_t> parted(n_hits, 0);  // chains, by their heads, that lose a link
  for (std::size_t h = 0; h < n_hits; ++h) {
    const std::int32_t s = links.up[h];
    if (s == kNoSegment) continue;
    const float p = probability(odds[h]);
    if (static_cast<double>(p) >= settings.min_confidence)
      confidence.link[h] = p;
    else
      kept.up[h] = kept.down[at(graph.shallow[at(s)])] = kNoSegment, parted[at(head[h])] = 1;
  }

  const std::vector<std::int32_t> part = chain_heads(frame, graph, kept);
  for (std::size_t h = 0; h < n_hits; ++h)
    if (parted[h]) against[h] = 0.0;
  for (std::size_t h = 0; h < n_hits; ++h)
    if (kept.up[h] != kNoSegment) against[at(part[h])] += alone[h];
  for (const Meeting& m : meetings) {
    if (!parted[at(m.heads[0])] && !parted[at(m.heads[1])]) continue;
    exchange.load(m.heads, links);
    for (std::size_t k = 0; k < m.heads.size(); ++k)
      if (parted[at(m.heads[k])])
        for_parts(graph, links, kept, m.heads[k], [&](std::int32_t first, std::int32_t last) {
          against[at(first)] += exchange.odds_against(k, frame.hits.layer[at(first)], frame.hits.layer[at(last)]);
        });
  }
  for (std::size_t h = 0; h < n_hits; ++h) confidence.chain[h] = probability(against[at(part[h])]);
  links = kept;
  return confidence;
}

}  // namespace difftrack::track
