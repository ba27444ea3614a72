// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/pair_features.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::policy {
namespace {

using track::kNoSegment;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

double held(double value) { return std::clamp(value, -3.0, 3.0); }

/// An agent's track, followed back from its hit.
struct Past {
  std::int32_t last = kNoSegment;  // segment at the agent
  double surprise = 0.0;           // [nats] sum over kinks
  double deposit = 0.0;            // sum of log deposits over hits
  double kinks = 0.0, hits = 0.0;
};

double log_deposit(const event::Frame& frame, std::int32_t hit) {
  return std::log10(std::max(static_cast<double>(frame.hits.edep[at(hit)]), 1e-4) / 0.01);
}

Past past_of(const Environment& environment, const graph::HitGraph& graph, std::int32_t hit, bool downstream,
             const track::Links& links, std::size_t most) {
  Past past;
  std::int32_t h = hit, before = kNoSegment;
  for (std::size_t n = 0;; ++n) {
    past.deposit += log_deposit(environment.frame(), h);
    past.hits += 1.0;
    const std::int32_t s = n == most ? kNoSegment : downstream ? links.up[at(h)] : links.down[at(h)];
    if (n == 0) past.last = s;
    if (s == kNoSegment) return past;
    if (before != kNoSegment) {
      past.surprise += downstream ? environment.surprise(h, s, before) : environment.surprise(h, before, s);
      past.kinks += 1.0;
    }
    before = s;
    h = downstream ? graph.shallow[at(s)] : graph.deep[at(s)];
  }
}

}  // namespace

std::vector<float> pair_features(const Environment& environment, const graph::HitGraph& graph, std::size_t t,
                                 const JointChoice& choice, const track::Links& links) {
  std::vector<float> rows;
  rows.reserve(choice.segment.size() * network::kPairColumns);
  for (std::size_t i = 0; i < choice.n_agents(); ++i) {
    const std::int32_t agent = choice.first_agent + static_cast<std::int32_t>(i);
    const Past past = past_of(environment, graph, agent, choice.downstream, links, t);
    const auto begin = choice.problem.row_begin[i], end = choice.problem.row_begin[i + 1];
    const double own_deposit = log_deposit(environment.frame(), agent);
    for (auto e = at(begin); e < at(end); ++e) {
      const std::int32_t s = choice.segment[e];
      double kink = 0.0;
      if (past.last != kNoSegment)
        kink =
            choice.downstream ? environment.surprise(agent, past.last, s) : environment.surprise(agent, s, past.last);
      const double ux = static_cast<double>(graph.ux[at(s)]), uy = static_cast<double>(graph.uy[at(s)]),
                   uz = static_cast<double>(graph.uz[at(s)]);
      const double row[network::kPairColumns] = {
          past.last == kNoSegment ? 0.0 : 1.0,
          held((choice.reward(e) - choice.leave[i]) / 10.0),
          held(kink / 5.0),
          past.kinks > 0.0 ? held(past.surprise / past.kinks / 2.0) : 0.0,
          std::min(past.kinks / 20.0, 1.0),
          own_deposit,
          log_deposit(environment.frame(), choice.first_target + choice.problem.column[e]),
          past.deposit / past.hits,
          static_cast<double>(environment.frame().hits.layer[at(agent)]) / 50.0,
          held(5.0 * std::hypot(ux, uy) / std::max(std::abs(uz), 1e-3)),
          choice.downstream ? 1.0 : 0.0,
          std::log(static_cast<double>(end - begin)),
      };
      for (const double value : row) rows.push_back(static_cast<float>(value));
    }
  }
  return rows;
}

}  // namespace difftrack::policy
