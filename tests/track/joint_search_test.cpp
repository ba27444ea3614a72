// SPDX-License-Identifier: Apache-2.0
// The search of a joint decision against the plain one and against all answers, on frames of a few hits.
#include "difftrack/track/joint/joint_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/joint/chain_exchange.hpp"
#include "difftrack/track/joint/link_confidence.hpp"
#include "difftrack/track/joint/meetings.hpp"
#include "difftrack/track/joint/plain_search.hpp"
#include "tests/problems/drawn_energy.hpp"

namespace difftrack::track {
namespace {

using problems::DrawnEnergy;

struct Case {
  const char* name;
  std::int32_t n_layers, per_layer;
  double filter;
};
constexpr Case kCases[] = {{"two tracks", 5, 2, 1.5},
                           {"three tracks", 3, 3, 1.5},
                           {"with a filter", 5, 3, 0.15},
                           {"a single layer pair", 2, 4, 1.5},
                           {"a single layer", 1, 3, 1.5}};
constexpr std::uint64_t kSeeds = 40;

TEST(JointSearch, EnergyIsWhatTheDefinitionSays) {
  const DrawnEnergy p(1, 4, 3, 1.5);
  const Links links = p.any(2);
  double expected = 0.0;  // segment by segment and hit by hit, from the assignment alone
  const auto assigned = assigned_of(links, p.graph.size());
  for (std::size_t s = 0; s < p.graph.size(); ++s)
    if (assigned[s]) expected += static_cast<double>(p.energy.link[s]);
  for (std::size_t h = 0; h < p.frame.hits.size(); ++h) {
    std::vector<std::size_t> up, down;
    for (std::size_t s = 0; s < p.graph.size(); ++s) {
      if (!assigned[s]) continue;
      if (static_cast<std::size_t>(p.graph.deep[s]) == h) up.push_back(s);
      if (static_cast<std::size_t>(p.graph.shallow[s]) == h) down.push_back(s);
    }
    ASSERT_LE(up.size(), 1U);
    ASSERT_LE(down.size(), 1U);
    if (up.empty() && down.empty()) expected += static_cast<double>(p.energy.lone[h]);
    if (up.empty() && !down.empty()) expected += static_cast<double>(p.energy.birth[h] + p.energy.start[down[0]]);
    if (!up.empty() && down.empty()) expected += static_cast<double>(p.energy.death[h]);
    if (up.empty() || down.empty()) continue;
    const double dx = p.graph.ux[up[0]] - p.graph.ux[down[0]], dy = p.graph.uy[up[0]] - p.graph.uy[down[0]],
                 dz = p.graph.uz[up[0]] - p.graph.uz[down[0]];
    const auto row = static_cast<std::size_t>(p.frame.hits.layer[h]) * ChordGrid::kPoints;
    const double chord2 = dx * dx + dy * dy + dz * dz;
    std::size_t i = 0;
    while (i + 2 < ChordGrid::kPoints && ChordGrid::squared(i + 1) <= chord2) ++i;
    const double f = (chord2 - ChordGrid::squared(i)) / (ChordGrid::squared(i + 1) - ChordGrid::squared(i));
    expected +=
        (1.0 - f) * static_cast<double>(p.energy.kinks[row + i]) + f * static_cast<double>(p.energy.kinks[row + i + 1]);
  }
  EXPECT_NEAR(p.of(links), expected, 1e-4);
  EXPECT_EQ(links_of(p.graph, assigned, p.frame.hits.size()), links);
}

// From any beginning: never above where it began, never below the lowest of all. From that of a frame: as low as the
// plain search, which needs no good beginning, and mostly the lowest of all.
TEST(JointSearch, LiesBetweenTheLowestEnergyAndThePlainSearch) {
  for (const Case& each : kCases) {
    int at_the_lowest = 0, above_plain = 0, plain_at_the_lowest = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const DrawnEnergy p(seed, each.n_layers, each.per_layer, each.filter);
      Links best = Links::none(p.frame.hits.size());
      const double lowest = lowest_energy(p.graph, p.energy, best);
      EXPECT_NEAR(p.of(best), lowest, 1e-9);
      LayerPairs pairs(p.frame, p.graph, p.energy);
      double reached = 0.0;
      for (const bool from_any : {true, false}) {
        Links links = from_any ? p.any(seed) : pairs.start(0, {});
        const double before = p.of(links);
        lower_energy(p.frame, p.graph, p.energy, {.pair_gate = 1e3}, pairs, links);
        reached = p.of(links);
        EXPECT_LE(reached, before + 1e-6) << each.name << seed;
        EXPECT_GE(reached, lowest - 1e-4) << each.name << seed;
      }
      Links plain = Links::none(p.frame.hits.size());
      const double plain_reached = lower_energy_plainly(p.graph, p.energy, plain);
      EXPECT_NEAR(plain_reached, p.of(plain), 1e-6);
      at_the_lowest += reached < lowest + 1e-4;
      plain_at_the_lowest += plain_reached < lowest + 1e-4;
      above_plain += reached > plain_reached + 1e-4;
    }
    std::printf("%-20s lowest reached in %d of %d, plainly in %d; above plain in %d\n", each.name, at_the_lowest,
                static_cast<int>(kSeeds), plain_at_the_lowest, above_plain);
    EXPECT_GE(at_the_lowest, 34) << each.name;  // local minima of random energies; physics has fewer
    EXPECT_LE(above_plain, 4) << each.name;
  }
}

TEST(JointSearch, EachMoveLowersTheEnergyByWhatItSays) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const DrawnEnergy p(seed, 6, 3, 0.6);
    Links links = p.any(seed);
    LayerPairs pairs(p.frame, p.graph, p.energy);
    for (std::int32_t layer = 0; layer < 5; ++layer) {
      const double before = p.of(links);
      const bool changed = pairs.solve(layer, links);
      EXPECT_TRUE(changed ? p.of(links) < before : p.of(links) == before) << seed;
      const double after = p.of(links);
      EXPECT_FALSE(pairs.solve(layer, links)) << "the same pair twice";
      EXPECT_EQ(p.of(links), after);
    }
    ChainExchange exchange(p.frame, p.graph, p.energy);
    const auto head = chain_heads(p.frame, p.graph, links);
    std::vector<std::int32_t> chains = head;
    std::sort(chains.begin(), chains.end());
    chains.erase(std::unique(chains.begin(), chains.end()), chains.end());
    for (std::size_t n = 2; n <= std::min<std::size_t>(3, chains.size()); ++n) {
      exchange.load(std::span(chains).first(n), links);
      const double before = p.of(links), gain = exchange.improve(links);
      EXPECT_GE(gain, 0.0);
      EXPECT_NEAR(p.of(links), before - gain, 1e-4) << seed;
      EXPECT_EQ(links_of(p.graph, assigned_of(links, p.graph.size()), p.frame.hits.size()), links);
      chains.clear();  // heads may be gone
      for (const std::int32_t h : chain_heads(p.frame, p.graph, links)) chains.push_back(h);
      std::sort(chains.begin(), chains.end());
      chains.erase(std::unique(chains.begin(), chains.end()), chains.end());
    }
  }
}

TEST(JointSearch, CostOfAMoveIsTheChangeOfTheEnergy) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const DrawnEnergy p(seed, 4, 3, 0.6);
    const Links links = p.any(seed);
    for (std::size_t i = 0; i < p.graph.size(); ++i) {
      const auto s = static_cast<std::int32_t>(i);
      const auto a = static_cast<std::size_t>(p.graph.shallow[i]), b = static_cast<std::size_t>(p.graph.deep[i]);
      Links moved = links;
      const auto cut = [&](std::int32_t t) {
        if (t == kNoSegment) return;
        moved.down[static_cast<std::size_t>(p.graph.shallow[static_cast<std::size_t>(t)])] = kNoSegment;
        moved.up[static_cast<std::size_t>(p.graph.deep[static_cast<std::size_t>(t)])] = kNoSegment;
      };
      const std::int32_t from_a = links.down[a], to_b = links.up[b];
      cut(from_a);
      cut(to_b);
      if (from_a != s) moved.down[a] = moved.up[b] = s;
      double expected = p.of(moved) - p.of(links);
      if (from_a != s && from_a != kNoSegment && to_b != kNoSegment) {
        const std::int32_t lost = p.graph.shallow[static_cast<std::size_t>(to_b)],
                           left = p.graph.deep[static_cast<std::size_t>(from_a)];
        if (const auto other = segment_between(p.graph, lost, left); other != kNoSegment) {
          moved.down[static_cast<std::size_t>(lost)] = moved.up[static_cast<std::size_t>(left)] = other;
          expected = std::min(expected, p.of(moved) - p.of(links));
        }
      }
      EXPECT_NEAR(move_cost(p.graph, p.energy, links, s), expected, 1e-4) << seed << " segment " << i;
    }
  }
}

// Two or three whole chains, all segments there: the joins are all permutations in every layer pair.
TEST(ChainExchange, IsTheBestAndTheSumOfAllPermutations) {
  for (const std::int32_t n : {2, 3})
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const std::int32_t n_layers = n == 2 ? 6 : 4;
      const DrawnEnergy p(seed, n_layers, n, 1.55);
      ASSERT_EQ(p.graph.size(), static_cast<std::size_t>((n_layers - 1) * n * n));
      std::vector<std::vector<std::int32_t>> permutations{{}};
      std::vector<std::int32_t> order;
      for (std::int32_t k = 0; k < n; ++k) order.push_back(k);
      permutations.clear();
      do permutations.push_back(order);
      while (std::next_permutation(order.begin(), order.end()));
      std::vector<Links> answers{Links::none(p.frame.hits.size())};
      for (std::int32_t layer = 0; layer + 1 < n_layers; ++layer) {
        std::vector<Links> more;
        for (const Links& links : answers)
          for (const auto& permutation : permutations) {
            Links next = links;
            for (std::int32_t k = 0; k < n; ++k) {
              const std::int32_t a = p.frame.begin(layer) + k,
                                 b = p.frame.begin(layer + 1) + permutation[static_cast<std::size_t>(k)];
              next.down[static_cast<std::size_t>(a)] = next.up[static_cast<std::size_t>(b)] =
                  segment_between(p.graph, a, b);
            }
            more.push_back(next);
          }
        answers = more;
      }
      const Links present = answers.front();
      std::vector<std::int32_t> heads;
      for (auto h = p.frame.begin(0); h < p.frame.end(0); ++h) heads.push_back(h);
      ChainExchange exchange(p.frame, p.graph, p.energy, 0.5);
      exchange.load(heads, present);

      double lowest = p.of(present);
      for (const Links& answer : answers) lowest = std::min(lowest, p.of(answer));
      const auto weight = [&](const Links& answer) { return std::exp(0.5 * (lowest - p.of(answer))); };
      const ChainExchange::Odds odds = exchange.odds();
      ASSERT_EQ(odds.segment.size(), static_cast<std::size_t>(n * (n_layers - 1)));
      for (std::size_t i = 0; i < odds.segment.size(); ++i) {
        double with = 0.0, without = 0.0;
        const auto b = static_cast<std::size_t>(p.graph.deep[static_cast<std::size_t>(odds.segment[i])]);
        for (const Links& answer : answers) (answer.up[b] == odds.segment[i] ? with : without) += weight(answer);
        EXPECT_NEAR(odds.against[i], without / with, 1e-3 * (1.0 + without / with));
      }
      double with = 0.0, without = 0.0;  // chain 0, from layer 1 to layer 3
      for (const Links& answer : answers) {
        bool same = true;
        std::int32_t h = heads[0];
        for (std::int32_t layer = 0; layer < 3; ++layer) {
          const std::int32_t s = present.down[static_cast<std::size_t>(h)];
          same = same && (layer < 1 || answer.down[static_cast<std::size_t>(h)] == s);
          h = p.graph.deep[static_cast<std::size_t>(s)];
        }
        (same ? with : without) += weight(answer);
      }
      EXPECT_NEAR(exchange.odds_against(0, 1, 3), without / with, 1e-3 * (1.0 + without / with));
      Links links = present;
      exchange.improve(links);
      EXPECT_NEAR(p.of(links), lowest, 1e-4);
    }
}

// Where nothing but exchanges of two is possible, the probabilities are those of all answers.
TEST(LinkConfidence, IsThePosteriorOfTwoTracks) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    DrawnEnergy p(seed, 4, 2, 1.5);
    for (auto* costs : {&p.energy.birth, &p.energy.death, &p.energy.lone})
      for (std::size_t h = 0; h < costs->size(); ++h) (*costs)[h] = 100.0F;
    Links links = Links::none(p.frame.hits.size());
    const double lowest = lowest_energy(p.graph, p.energy, links);
    const Links whole = links;
    LayerPairs pairs(p.frame, p.graph, p.energy);
    const LinkConfidence confidence = link_confidence(p.frame, p.graph, p.energy, pairs, {.gate = 1e3}, links);
    EXPECT_EQ(links, whole);
    std::vector<double> with(p.frame.hits.size(), 0.0);
    double all = 0.0, first_chain = 0.0;
    const auto head = chain_heads(p.frame, p.graph, whole);
    for (int bits = 0; bits < 8; ++bits) {  // joins of the three layer pairs, crossed or not
      Links answer = Links::none(p.frame.hits.size());
      for (std::int32_t layer = 0; layer < 3; ++layer)
        for (std::int32_t k = 0; k < 2; ++k) {
          const std::int32_t a = p.frame.begin(layer) + k, b = p.frame.begin(layer + 1) + (k ^ ((bits >> layer) & 1));
          answer.down[static_cast<std::size_t>(a)] = answer.up[static_cast<std::size_t>(b)] =
              segment_between(p.graph, a, b);
        }
      const double weight = std::exp(lowest - p.of(answer));
      all += weight;
      bool same = true;
      for (std::size_t h = 0; h < answer.up.size(); ++h) {
        if (answer.up[h] == whole.up[h])
          with[h] += weight;
        else if (head[h] == head.back())
          same = false;
      }
      if (same) first_chain += weight;
    }
    for (std::size_t h = 0; h < with.size(); ++h)
      if (whole.up[h] != kNoSegment)
        EXPECT_NEAR(confidence.link[h], with[h] / all, 1e-4) << seed;
      else
        EXPECT_TRUE(std::isnan(confidence.link[h]));
    EXPECT_NEAR(confidence.chain.back(), first_chain / all, 1e-4) << seed;

    links = whole;  // and the doubtful ones go
    const LinkConfidence cut =
        link_confidence(p.frame, p.graph, p.energy, pairs, {.gate = 1e3, .min_confidence = 0.9}, links);
    for (std::size_t h = 0; h < with.size(); ++h) {
      if (whole.up[h] == kNoSegment) continue;
      EXPECT_EQ(links.up[h] == kNoSegment, confidence.link[h] < 0.9F);
      EXPECT_EQ(std::isnan(cut.link[h]), links.up[h] == kNoSegment);
      EXPECT_GE(cut.chain[h], confidence.chain[h] - 1e-6F) << "a part is not less sure than the whole";
    }
  }
}

}  // namespace
}  // namespace difftrack::track
