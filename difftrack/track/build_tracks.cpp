// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/build_tracks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

std::string why_no_chain(const event::Frame& frame, const graph::HitGraph& graph) {
  if (frame.hits.size() == 0) return frame.why_empty.empty() ? "the frame has no hits" : frame.why_empty;
  if (frame.n_layers() < 2) return "all hits lie in one layer, so there are no segments";
  if (graph.size() == 0) return "the angular filter dropped every segment";
  return "no segment was assigned";
}

constexpr std::int32_t kNone = -1;

/// How chains go on from each hit.
struct NextHits {
  std::vector<std::int32_t> hit;        // kNone at an end
  std::vector<double> score;            // of the way there
  std::vector<std::uint8_t> continues;  // a chain from the shallower side
};

NextHits next_hits(const event::Frame& frame, const graph::HitGraph& graph, std::span<const std::uint8_t> assigned,
                   std::span<const float> scores, std::span<const Bridge> bridges) {
  const std::size_t n = frame.hits.size();
  NextHits next{std::vector<std::int32_t>(n, kNone), std::vector<double>(n, 1.0), std::vector<std::uint8_t>(n, 0)};
  const auto join = [&](std::int32_t from, std::int32_t to, double score, const char* what, std::size_t i) {
    if (next.hit[at(from)] != kNone || next.continues[at(to)])
      throw core::InputError({"", what + ("[" + std::to_string(i) + "]"), "1"},
                             "a hit has two assigned segments on one side: not a matching");
    next.hit[at(from)] = to;
    next.score[at(from)] = score;
    next.continues[at(to)] = 1;
  };
  for (std::size_t s = 0; s < graph.size(); ++s)
    if (assigned[s])
      join(graph.shallow[s], graph.deep[s], scores.empty() ? 1.0 : static_cast<double>(scores[s]), "assigned", s);
  for (std::size_t i = 0; i < bridges.size(); ++i)
    join(bridges[i].from, bridges[i].to, static_cast<double>(bridges[i].confidence), "bridges", i);
  return next;
}

}  // namespace

event::Tracks build_tracks(const event::Frame& frame, const graph::HitGraph& graph,
                           std::span<const std::uint8_t> assigned, std::span<const float> scores,
                           std::span<const Bridge> bridges) {
  if (assigned.size() != graph.size())
    throw core::InputError({"", "assigned", std::to_string(assigned.size())},
                           "needs one per segment (" + std::to_string(graph.size()) + ")");
  if (!scores.empty() && scores.size() != graph.size())
    throw core::InputError({"", "scores", std::to_string(scores.size())},
                           "needs one per segment (" + std::to_string(graph.size()) + ")");
  const NextHits next = next_hits(frame, graph, assigned, scores, bridges);
  event::Tracks tracks;
  std::vector<std::int32_t> chain;
  for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer)
    for (std::int32_t first = frame.begin(layer); first < frame.end(layer); ++first) {
      if (next.continues[at(first)] || next.hit[at(first)] == kNone) continue;
      chain.assign(1, first);
      double score = 0.0;
      for (std::int32_t h = first; next.hit[at(h)] != kNone; h = next.hit[at(h)]) {
        score += next.score[at(h)];
        chain.push_back(next.hit[at(h)]);
      }
      tracks.hits.push_back(chain);
      tracks.score.push_back(static_cast<float>(score / static_cast<double>(chain.size() - 1)));
    }
  if (tracks.size() == 0) tracks.why_none = why_no_chain(frame, graph);
  return tracks;
}

bool passes_last_hit(float edep, const detector::Thresholds& thresholds) {
  return thresholds.last_hit_edep <= 0.0 || static_cast<double>(edep) > thresholds.last_hit_edep;
}

event::Tracks filter_tracks(const event::Frame& frame, const event::Tracks& chains,
                            const detector::Thresholds& thresholds) {
  event::Tracks kept;
  event::TrackCuts& cuts = kept.cuts;
  std::size_t longest = 0;
  for (std::size_t t = 0; t < chains.size(); ++t) {
    const auto hits = chains.hits[t];
    const auto length = static_cast<std::int64_t>(hits.size());
    longest = std::max(longest, hits.size());
    ++cuts.chains;
    cuts.hits += length;
    if (length < thresholds.min_track_hits) {
      ++cuts.too_short;
      cuts.too_short_hits += length;
    } else if (!passes_last_hit(frame.hits.edep[at(hits.back())], thresholds)) {
      ++cuts.faint_end;
    } else {
      kept.hits.push_back(hits);
      kept.score.push_back(chains.score[t]);
    }
  }
  if (kept.size() > 0) return kept;
  if (chains.size() == 0)
    kept.why_none = chains.why_none.empty() ? "there are no chains of segments" : chains.why_none;
  else if (cuts.too_short == cuts.chains)
    kept.why_none = "all " + std::to_string(chains.size()) + " chains are shorter than " +
                    std::to_string(thresholds.min_track_hits) + " hits (the longest has " + std::to_string(longest) +
                    ")";
  else
    kept.why_none = "none of the " + std::to_string(cuts.faint_end) +
                    " chains that are long enough ends in a hit above " + std::to_string(thresholds.last_hit_edep) +
                    " MeV";
  return kept;
}

event::Tracks without_doubtful(const event::Tracks& tracks, double min_confidence) {
  if (tracks.confidence.empty()) return tracks;
  event::Tracks kept;
  kept.cuts = tracks.cuts;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    if (static_cast<double>(tracks.confidence[t]) < min_confidence) {
      ++kept.cuts.doubtful;
      continue;
    }
    kept.hits.push_back(tracks.hits[t]);
    kept.score.push_back(tracks.score[t]);
    kept.confidence.push_back(tracks.confidence[t]);
  }
  if (kept.size() == 0)
    kept.why_none = "none of the " + std::to_string(tracks.size()) + " tracks has a confidence of " +
                    fmt::format("{:g}", min_confidence);
  return kept;
}

std::vector<std::string> cut_warnings(const event::TrackCuts& cuts, const detector::Thresholds& thresholds) {
  // Normal data of the shipped detectors, simulated and real, all methods: the length takes up to 54 % of the chains
  // but 38 % of their hits (the real 150 MeV beam of Groningen; 16 % in simulations), since short chains are
  // secondaries, noise and fragments; so hits are what tells. The last hit takes 9 to 33 % of the chains that are long
  // enough, protons lost in nuclear reactions and tracks cut short (the most at 230 MeV without a phantom, by the
  // follower).
  constexpr double kMost = 0.5;
  constexpr std::int64_t kFewest = 20;  // fewer are no ground for a warning
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  };
  std::vector<std::string> warnings;
  const double short_hits = share(cuts.too_short_hits, cuts.hits);
  if (cuts.too_short >= kFewest && short_hits > kMost)
    warnings.push_back(fmt::format(
        "{:.0f} % of the hits on chains are dropped, since their chains ({} of {}) are shorter than {} hits; "
        "where tracks cross fewer layers, lower [thresholds] min_track_hits in the detector's description",
        100 * short_hits, cuts.too_short, cuts.chains, thresholds.min_track_hits));
  const std::int64_t long_enough = cuts.chains - cuts.too_short;
  const double faint = share(cuts.faint_end, long_enough);
  if (cuts.faint_end >= kFewest && faint > kMost)
    warnings.push_back(fmt::format(
        "{:.0f} % of the chains that are long enough ({} of {}) are dropped, since their last hit deposits no "
        "more than {:g} MeV; where protons do not stop in the detector, write [thresholds] last_hit_edep = 0 "
        "in its description",
        100 * faint, cuts.faint_end, long_enough, thresholds.last_hit_edep));
  return warnings;
}

}  // namespace difftrack::track
