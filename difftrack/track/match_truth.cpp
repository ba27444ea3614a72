// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/match_truth.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>

#include "difftrack/core/error.hpp"
#include "difftrack/track/build_tracks.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

void require_truth(const event::Frame& frame) {
  if (frame.hits.size() > 0 && (frame.hits.event.empty() || frame.hits.primary.empty()))
    throw core::InputError({"", "frame " + std::to_string(frame.index), ""},
                           "evaluation needs truth (eventID and parentID) and this input has none");
}

/// Whether a hit was named after the particle of that primary.
bool is_named(const event::Hits& hits, std::int32_t h, std::int64_t primary) {
  return hits.event[at(h)] == primary && hits.primary[at(h)];
}

/// Whether that primary is in a hit that was named after another particle.
bool is_shared(const event::Hits& hits, std::int32_t h, std::int64_t primary) {
  return primary >= 0 && !hits.second_event.empty() && hits.second_event[at(h)] == primary &&
         !is_named(hits, h, primary);
}

/// Counts the track's hits for one primary.
void judge_for(std::int64_t primary, const event::Hits& hits, std::span<const std::int32_t> own, TrackTruth& truth) {
  truth.primary = primary;
  truth.n_particle = truth.n_shared = 0;
  for (const auto h : own) {
    truth.n_particle += is_named(hits, h, primary);
    truth.n_shared += is_shared(hits, h, primary);
  }
}

/// For the label, or for another primary if all hits are of that one: it must then be in the first hit.
void find_primary(const event::Hits& hits, std::span<const std::int32_t> own, TrackTruth& truth) {
  judge_for(truth.label, hits, own, truth);
  if (hits.second_event.empty() || own.empty() || truth.one_particle()) return;
  for (const std::int64_t primary : {hits.event[at(own[0])], hits.second_event[at(own[0])]}) {
    TrackTruth other = truth;
    judge_for(primary, hits, own, other);
    if (primary >= 0 && other.one_particle()) {
      truth = other;
      return;
    }
  }
}

}  // namespace

std::vector<TrackTruth> match_truth(const event::Frame& frame, const event::Tracks& tracks) {
  require_truth(frame);
  const auto& hits = frame.hits;
  std::unordered_map<std::int64_t, std::int32_t> left_by_particle;
  for (std::size_t h = 0; h < hits.size(); ++h)
    if (hits.primary[h]) ++left_by_particle[hits.event[h]];
  std::vector<TrackTruth> result(tracks.size());
  std::vector<std::int64_t> labels;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    TrackTruth& truth = result[t];
    const auto own = tracks.hits[t];
    truth.n_hits = static_cast<std::int32_t>(own.size());
    truth.all_primary = true;
    labels.clear();
    for (const auto h : own) {
      labels.push_back(hits.event[at(h)]);
      truth.all_primary = truth.all_primary && hits.primary[at(h)];
    }
    std::sort(labels.begin(), labels.end());
    for (auto run = labels.begin(); run != labels.end();) {
      const auto end = std::upper_bound(run, labels.end(), *run);
      if (end - run > truth.n_label) {
        truth.n_label = static_cast<std::int32_t>(end - run);
        truth.label = *run;
      }
      run = end;
    }
    find_primary(hits, own, truth);
    if (const auto found = left_by_particle.find(truth.primary); found != left_by_particle.end())
      truth.completeness = static_cast<double>(truth.n_particle) / found->second;
  }
  return result;
}

std::vector<PrimaryTruth> primaries(const event::Frame& frame, const detector::Thresholds& thresholds) {
  require_truth(frame);
  const auto& hits = frame.hits;
  std::map<std::int64_t, PrimaryTruth> by_label;
  std::map<std::int64_t, float> deepest_edep;
  for (std::size_t h = 0; h < hits.size(); ++h) {  // deepest hits come first
    if (hits.event[h] < 0) continue;
    auto& primary = by_label[hits.event[h]];
    primary.label = hits.event[h];
    ++primary.n_hits;
    if (!hits.primary[h]) continue;
    ++primary.n_particle;
    deepest_edep.try_emplace(primary.label, hits.edep[h]);
  }
  std::vector<PrimaryTruth> result;
  for (auto& [label, primary] : by_label) {
    primary.reconstructable = primary.n_particle >= thresholds.min_track_hits && primary.n_particle > 0 &&
                              passes_last_hit(deepest_edep[label], thresholds);
    result.push_back(primary);
  }
  return result;
}

}  // namespace difftrack::track
