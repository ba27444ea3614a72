// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/joint_search.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <vector>

#include "difftrack/track/joint/chain_exchange.hpp"
#include "difftrack/track/joint/meetings.hpp"

namespace difftrack::track {
namespace {

constexpr int kMostSweeps = 50;           // over layer pairs; a few are enough
constexpr double kTripleGate = 8.0;       // nats: below, two moves make three chains neighbours
constexpr std::int32_t kTripleReach = 5;  // layers between the two moves that bring three chains together

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// One search: the frame and what it works with.
class Search {
 public:
  Search(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
         const JointSearchConfig& config, LayerPairs& pairs, Links& links)
      : frame_(frame),
        graph_(graph),
        energy_(energy),
        config_(config),
        links_(links),
        pairs_(pairs),
        exchange_(frame, graph, energy) {}

  JointSearchCounts run() {
    counts_.layer_changes += pairs_.sweep(links_, kMostSweeps);
    std::vector<std::uint8_t> moved;  // hits on chains that changed in the round before; empty: all
    for (std::int32_t round = 0; round < config_.rounds; ++round) {
      const auto meetings = find_meetings(frame_, graph_, energy_, pairs_, links_, config_.pair_gate, moved);
      const Links before = links_;
      exchange_pairs(one_per_pair(meetings));
      exchange_triples(meetings);
      if (links_ == before) break;
      counts_.layer_changes += pairs_.sweep(links_, kMostSweeps, &before);
      moved = on_changed_chains(before);
    }
    return counts_;
  }

 private:
  std::vector<std::uint8_t> on_changed_chains(const Links& before) const {
    const std::vector<std::int32_t> head = chain_heads(frame_, graph_, links_);
    std::vector<std::uint8_t> changed(head.size(), 0), result(head.size(), 0);
    for (std::size_t h = 0; h < head.size(); ++h)
      if (links_.up[h] != before.up[h] || links_.down[h] != before.down[h]) changed[at(head[h])] = 1;
    for (std::size_t h = 0; h < head.size(); ++h) result[h] = changed[at(head[h])];
    return result;
  }

  std::int32_t head_of(std::int32_t hit) const {
    while (links_.up[at(hit)] != kNoSegment) hit = graph_.shallow[at(links_.up[at(hit)])];
    return hit;
  }

  // Chains change on the way: hits that have come onto one chain are passed over.
  void exchange_pairs(const std::vector<Meeting>& meetings) {
    for (const Meeting& m : meetings) {
      if (head_of(m.hits[0]) == head_of(m.hits[1])) continue;
      ++counts_.pairs;
      exchange_.load(m.hits, links_, Joins::All);
      if (exchange_.improve(links_) > 0.0) ++counts_.pair_changes;
    }
  }

  void exchange_triples(const std::vector<Meeting>& meetings) {
    struct Near {
      std::int32_t chain, layer, other, hit, other_hit;
    };
    const std::vector<std::int32_t> head = chain_heads(frame_, graph_, links_);
    std::vector<Near> near;
    for (const Meeting& m : meetings) {
      const auto [a, b] = m.hits;
      if (m.cost >= kTripleGate || head[at(a)] == head[at(b)]) continue;
      near.push_back({head[at(a)], m.layer, head[at(b)], a, b});
      near.push_back({head[at(b)], m.layer, head[at(a)], b, a});
    }
    std::sort(near.begin(), near.end(), [](const Near& x, const Near& y) {
      return std::tie(x.chain, x.layer, x.other, x.hit) < std::tie(y.chain, y.layer, y.other, y.hit);
    });
    std::set<std::array<std::int32_t, 3>> seen;
    for (std::size_t i = 0; i < near.size(); ++i)
      for (std::size_t j = i + 1; j < near.size() && near[j].chain == near[i].chain; ++j) {
        if (near[j].layer - near[i].layer > kTripleReach) break;
        if (near[j].other == near[i].other) continue;
        std::array<std::int32_t, 3> key{near[i].chain, near[i].other, near[j].other};
        std::sort(key.begin(), key.end());
        if (seen.insert(key).second) exchange_three({near[i].hit, near[i].other_hit, near[j].other_hit});
      }
  }

  void exchange_three(const std::array<std::int32_t, 3>& hits) {
    const std::int32_t x = head_of(hits[0]), y = head_of(hits[1]), z = head_of(hits[2]);
    if (x == y || y == z || x == z) return;
    ++counts_.triples;
    exchange_.load(hits, links_);
    if (exchange_.improve(links_) > 0.0) ++counts_.triple_changes;
  }

  const event::Frame& frame_;
  const graph::HitGraph& graph_;
  const FrameEnergy& energy_;
  const JointSearchConfig& config_;
  Links& links_;
  LayerPairs& pairs_;
  ChainExchange exchange_;
  JointSearchCounts counts_;
};

}  // namespace

JointSearchCounts lower_energy(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                               const JointSearchConfig& config, LayerPairs& pairs, Links& links) {
  if (frame.n_layers() < 2) return {};
  return Search(frame, graph, energy, config, pairs, links).run();
}

}  // namespace difftrack::track
