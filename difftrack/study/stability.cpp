// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/stability.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <queue>
#include <set>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/graph/line_graph.hpp"
#include "difftrack/network/scorer/registry.hpp"
#include "difftrack/study/similarity.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/match_truth.hpp"

namespace difftrack::study {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kCompleteness = 0.9;

using HitSet = std::vector<std::int32_t>;

/// What one model makes of a frame.
struct Outcome {
  std::vector<float> scores;
  assign::Assignment assignment;
  event::Tracks tracks;
  std::set<HitSet> sets;             // hits of each track
  std::set<std::int64_t> primaries;  // right ones
};

Outcome outcome_of(const Model& model, const StudyFrame& frame, const detector::Detector& detector) {
  Outcome outcome;
  network::ForwardWorkspace workspace;
  const auto all = network::implementations();
  const auto chosen = std::find_if(all.begin(), all.end(), [&](const network::Implementation& each) {
    return each.computes(model.layout.description);
  });
  const auto logits = (*chosen->make(model.layout, to_flat(model, model.values)))(frame.frame, frame.graph, workspace);
  for (const float x : logits) outcome.scores.push_back(1.0F / (1.0F + std::exp(-x)));
  assign::AssignConfig config;
  config.threads = 1;
  outcome.assignment = assign::assign_layers(frame.segments(), outcome.scores, config);
  outcome.tracks = track::filter_tracks(
      frame.frame, track::build_tracks(frame.frame, frame.graph, outcome.assignment.assigned, outcome.scores),
      detector.thresholds);
  const auto truths = track::match_truth(frame.frame, outcome.tracks);
  for (std::size_t t = 0; t < outcome.tracks.size(); ++t) {
    const auto hits = outcome.tracks.hits[t];
    outcome.sets.emplace(hits.begin(), hits.end());
    if (truths[t].one_particle() && truths[t].completeness >= kCompleteness)
      outcome.primaries.insert(truths[t].primary);
  }
  return outcome;
}

/// The residual graph of one solved layer pair: nodes are rows, columns and one pool of what stays free. A path from a
/// row to its column says how all who are pushed aside find another place; its length, in reduced costs, is what that
/// costs.
class Regret {
 public:
  explicit Regret(const assign::PairAssignment& pair)
      : problem_(pair.problem),
        solution_(pair.solution),
        rows_(static_cast<std::size_t>(problem_.n_rows)),
        columns_(static_cast<std::size_t>(problem_.n_columns)),
        row_of_(columns_) {
    for (std::size_t c = 0; c < columns_; ++c) row_of_[c] = solution_.column_to_row[c];
  }

  /// Cost of the best assignment of the same size without the chosen entry of `row`, minus the cost with it; infinite
  /// when there is none. Dijkstra over the entries of the pair.
  double without(std::size_t row) const {
    const auto target =
        rows_ + static_cast<std::size_t>(problem_.column[static_cast<std::size_t>(solution_.row_to_entry[row])]);
    std::vector<double> distance(rows_ + columns_ + 1, kInfinity);
    using Step = std::pair<double, std::size_t>;
    std::priority_queue<Step, std::vector<Step>, std::greater<>> open;
    const auto reach = [&](std::size_t node, double at) {
      if (at >= distance[node]) return;
      distance[node] = at;
      open.emplace(at, node);
    };
    reach(row, 0.0);
    while (!open.empty()) {
      const auto [at, node] = open.top();
      open.pop();
      if (node == target) return at;
      if (at > distance[node]) continue;
      if (node < rows_)
        leave_row(node, at, reach);
      else if (node < rows_ + columns_)
        reach(row_of_[node - rows_] >= 0 ? static_cast<std::size_t>(row_of_[node - rows_]) : pool(), at);
      else
        leave_pool(at, reach);
    }
    return kInfinity;
  }

 private:
  std::size_t pool() const { return rows_ + columns_; }

  template <class Reach>
  void leave_row(std::size_t row, double at, const Reach& reach) const {
    if (solution_.row_level[row] == 1) reach(pool(), at + std::max(0.0, -solution_.row_dual[row]));
    for (auto e = static_cast<std::size_t>(problem_.row_begin[row]);
         e < static_cast<std::size_t>(problem_.row_begin[row + 1]); ++e) {
      const auto c = static_cast<std::size_t>(problem_.column[e]);
      if (solution_.chosen[e] != 0 || solution_.row_level[row] + solution_.column_level[c] != 0) continue;
      const double slack = problem_.cost[e] - solution_.row_dual[row] - solution_.column_dual[c];
      reach(rows_ + c, at + std::max(0.0, slack));
    }
  }
  template <class Reach>
  void leave_pool(double at, const Reach& reach) const {
    for (std::size_t c = 0; c < columns_; ++c)
      if (solution_.column_level[c] == 0) reach(rows_ + c, at + std::max(0.0, -solution_.column_dual[c]));
    for (std::size_t r = 0; r < rows_; ++r)
      if (solution_.row_to_entry[r] < 0) reach(r, at);
  }

  const assign::Problem& problem_;
  const assign::Solution& solution_;
  std::size_t rows_, columns_;
  std::vector<std::int32_t> row_of_;
};

}  // namespace

std::vector<double> reduced_cost_margins(const assign::Assignment& assignment) {
  std::vector<double> margins(assignment.assigned.size(), kInfinity);
  std::size_t first = 0;
  for (const assign::PairAssignment& pair : assignment.pairs) {
    const Regret regret(pair);
    for (std::size_t r = 0; r < static_cast<std::size_t>(pair.problem.n_rows); ++r)
      if (const std::int32_t e = pair.solution.row_to_entry[r]; e >= 0)
        margins[static_cast<std::size_t>(assignment.segment(first + static_cast<std::size_t>(e)))] = regret.without(r);
    first += pair.problem.n_entries();
  }
  return margins;
}

namespace {

/// The chosen segment that ends or starts at each hit, or −1.
struct Chosen {
  std::vector<std::int32_t> ends, starts;
};

Chosen chosen_at_hits(const StudyFrame& frame, std::span<const std::uint8_t> assigned) {
  Chosen chosen{std::vector<std::int32_t>(frame.frame.hits.size(), -1),
                std::vector<std::int32_t>(frame.frame.hits.size(), -1)};
  for (std::size_t s = 0; s < assigned.size(); ++s) {
    if (assigned[s] == 0) continue;
    chosen.starts[static_cast<std::size_t>(frame.graph.deep[s])] = static_cast<std::int32_t>(s);
    chosen.ends[static_cast<std::size_t>(frame.graph.shallow[s])] = static_cast<std::int32_t>(s);
  }
  return chosen;
}

/// Of every chosen segment; others stay empty.
std::vector<Predictors> segment_predictors(const StudyFrame& frame, const Outcome& outcome) {
  const graph::HitGraph& graph = frame.graph;
  const std::vector<double> reduced = reduced_cost_margins(outcome.assignment);
  const Chosen chosen = chosen_at_hits(frame, outcome.assignment.assigned);
  std::vector<Predictors> all(frame.size());
  for (std::size_t s = 0; s < frame.size(); ++s) {
    if (outcome.assignment.assigned[s] == 0) continue;
    const auto deep = static_cast<std::size_t>(graph.deep[s]), shallow = static_cast<std::size_t>(graph.shallow[s]);
    Predictors& at = all[s];
    double rival = 0.0;
    for (auto k = graph.start_begin[deep]; k < graph.start_begin[deep + 1]; ++k)
      if (static_cast<std::size_t>(k) != s)
        rival = std::max(rival, static_cast<double>(outcome.scores[static_cast<std::size_t>(k)]));
    for (auto k = graph.end_begin[shallow]; k < graph.end_begin[shallow + 1]; ++k)
      if (const auto other = static_cast<std::size_t>(graph.end_segment[static_cast<std::size_t>(k)]); other != s)
        rival = std::max(rival, static_cast<double>(outcome.scores[other]));
    at.score = static_cast<double>(outcome.scores[s]);
    at.score_margin = at.score - rival;
    at.reduced_margin = std::min(reduced[s], 1.0);  // costs lie between 0 and 1
    at.density = graph.start_begin[deep + 1] - graph.start_begin[deep] + graph.end_begin[shallow + 1] -
                 graph.end_begin[shallow] - 2;
    at.layer = frame.frame.hits.layer[shallow];
    if (const std::int32_t before = chosen.ends[deep]; before >= 0)
      at.kink = graph::kink_angle(graph, before, static_cast<std::int32_t>(s));
    if (const std::int32_t behind = chosen.starts[shallow]; behind >= 0)
      at.kink = std::max(at.kink, graph::kink_angle(graph, static_cast<std::int32_t>(s), behind));
  }
  return all;
}

/// Of a track, from those of its segments.
Predictors track_predictors(const StudyFrame& frame, std::span<const std::int32_t> hits, const Chosen& chosen,
                            const std::vector<Predictors>& segments) {
  Predictors track{1.0, 1.0, 1.0, 0.0, 0.0, 0.0};
  double n = 0.0;
  for (std::size_t k = 0; k + 1 < hits.size(); ++k) {  // shallow to deep
    const Predictors& at = segments[static_cast<std::size_t>(chosen.ends[static_cast<std::size_t>(hits[k])])];
    track.score_margin = std::min(track.score_margin, at.score_margin);
    track.reduced_margin = std::min(track.reduced_margin, at.reduced_margin);
    track.score = std::min(track.score, at.score);
    track.density += at.density;
    track.kink = std::max(track.kink, at.kink);
    n += 1.0;
  }
  track.density /= std::max(n, 1.0);
  track.layer = frame.frame.hits.layer[static_cast<std::size_t>(hits.back())];
  return track;
}

/// The models that a reference is compared with.
std::vector<std::size_t> peers_of(const std::vector<Model>& models, std::size_t reference) {
  std::vector<std::size_t> peers, others;
  for (std::size_t m = 0; m < models.size(); ++m) {
    if (m == reference) continue;
    others.push_back(m);
    if (models[m].group == models[reference].group) peers.push_back(m);
  }
  return peers.empty() ? others : peers;
}

void append(std::vector<double>& numbers, std::span<const std::int64_t> values) {
  for (const std::int64_t each : values) numbers.push_back(static_cast<double>(each));
}
void append(std::vector<double>& numbers, const std::vector<Flip>& flips) {
  numbers.push_back(static_cast<double>(flips.size()));
  for (const Flip& flip : flips) {
    const auto values = to_array(flip.predictors);
    numbers.insert(numbers.end(), values.begin(), values.end());
    numbers.push_back(flip.others);
    numbers.push_back(flip.missing);
  }
}

/// Reads numbers in the order in which they were appended.
class Reader {
 public:
  explicit Reader(std::span<const double> numbers) : numbers_(numbers) {}
  double next() {
    if (at_ >= numbers_.size()) throw core::InputError({"", "result", ""}, "of stability is cut short");
    return numbers_[at_++];
  }
  std::size_t count() { return static_cast<std::size_t>(next()); }
  std::vector<std::int64_t> counts(std::size_t n) {
    std::vector<std::int64_t> values(n);
    for (auto& each : values) each = static_cast<std::int64_t>(next());
    return values;
  }
  std::vector<Flip> flips() {
    std::vector<Flip> all(count());
    for (Flip& flip : all) {
      Predictors& p = flip.predictors;
      for (double* each : {&p.score_margin, &p.reduced_margin, &p.score, &p.density, &p.kink, &p.layer}) *each = next();
      flip.others = static_cast<std::int32_t>(next());
      flip.missing = static_cast<std::int32_t>(next());
    }
    return all;
  }

 private:
  std::span<const double> numbers_;
  std::size_t at_ = 0;
};

}  // namespace

std::array<double, 6> to_array(const Predictors& p) {
  return {p.score_margin, p.reduced_margin, p.score, p.density, p.kink, p.layer};
}

FrameStability frame_stability(const std::vector<Model>& models, std::size_t reference, const StudyFrame& frame,
                               const detector::Detector& detector) {
  std::vector<Outcome> outcomes;
  std::vector<std::vector<std::uint8_t>> assigned;
  for (const Model& model : models) {
    outcomes.push_back(outcome_of(model, frame, detector));
    assigned.push_back(outcomes.back().assignment.assigned);
  }
  FrameStability result;
  result.disagreement = disagreement_counts(assigned, frame.labels);
  for (const track::PrimaryTruth& primary : track::primaries(frame.frame, detector.thresholds))
    result.primaries += primary.reconstructable;
  const std::size_t n = models.size();
  result.common.assign(n * n, 0);
  result.right_in_one.assign(n * n, 0);
  const auto in_common = [](const auto& a, const auto& b) {
    return std::count_if(a.begin(), a.end(), [&](const auto& each) { return b.contains(each); });
  };
  for (std::size_t a = 0; a < n; ++a) {
    result.tracks.push_back(static_cast<std::int64_t>(outcomes[a].sets.size()));
    result.right.push_back(static_cast<std::int64_t>(outcomes[a].primaries.size()));
    for (std::size_t b = 0; b < n; ++b) {
      result.common[a * n + b] = in_common(outcomes[a].sets, outcomes[b].sets);
      const auto both = in_common(outcomes[a].primaries, outcomes[b].primaries);
      result.right_in_one[a * n + b] =
          static_cast<std::int64_t>(outcomes[a].primaries.size() + outcomes[b].primaries.size()) - 2 * both;
    }
  }
  result.in_all = std::count_if(outcomes[0].sets.begin(), outcomes[0].sets.end(), [&](const HitSet& hits) {
    return std::all_of(outcomes.begin(), outcomes.end(), [&](const Outcome& each) { return each.sets.contains(hits); });
  });

  const Outcome& own = outcomes[reference];
  const std::vector<std::size_t> peers = peers_of(models, reference);
  const std::vector<Predictors> predictors = segment_predictors(frame, own);
  for (std::size_t s = 0; s < frame.size(); ++s) {
    if (assigned[reference][s] == 0) continue;
    Flip flip{predictors[s], static_cast<std::int32_t>(peers.size()), 0};
    for (const std::size_t peer : peers) flip.missing += assigned[peer][s] == 0;
    result.segments.push_back(flip);
  }
  const Chosen chosen = chosen_at_hits(frame, assigned[reference]);
  for (std::size_t t = 0; t < own.tracks.size(); ++t) {
    const auto hits = own.tracks.hits[t];
    Flip flip{track_predictors(frame, hits, chosen, predictors), static_cast<std::int32_t>(peers.size()), 0};
    for (const std::size_t peer : peers)
      flip.missing += !outcomes[peer].sets.contains(HitSet(hits.begin(), hits.end()));
    result.tracks_of_reference.push_back(flip);
  }

  const detector::LayerMatter matter = detector::layer_matter(detector);
  for (const Outcome& outcome : outcomes) {
    std::vector<StoppedTrack> stopped;
    for (std::size_t t = 0; t < outcome.tracks.size(); ++t) {
      const auto first = static_cast<std::size_t>(outcome.tracks.hits[t].front());
      const auto last = static_cast<std::size_t>(outcome.tracks.hits[t].back());
      const event::Hits& hits = frame.frame.hits;
      stopped.push_back(
          {static_cast<double>(hits.x[first]), static_cast<double>(hits.y[first]), matter.plane_wet(hits.layer[last])});
    }
    result.stopped.push_back(std::move(stopped));
  }
  return result;
}

std::vector<double> to_numbers(const FrameStability& stability) {
  std::vector<double> numbers;
  append(numbers, stability.tracks);
  append(numbers, stability.common);
  append(numbers, stability.right);
  append(numbers, stability.right_in_one);
  numbers.push_back(static_cast<double>(stability.primaries));
  numbers.push_back(static_cast<double>(stability.in_all));
  numbers.insert(numbers.end(), stability.disagreement.begin(), stability.disagreement.end());
  append(numbers, stability.segments);
  append(numbers, stability.tracks_of_reference);
  for (const auto& tracks : stability.stopped) {
    numbers.push_back(static_cast<double>(tracks.size()));
    for (const StoppedTrack& track : tracks) numbers.insert(numbers.end(), {track.x, track.y, track.depth});
  }
  return numbers;
}

FrameStability stability_from(std::span<const double> numbers, std::size_t models) {
  Reader reader(numbers);
  FrameStability result;
  result.tracks = reader.counts(models);
  result.common = reader.counts(models * models);
  result.right = reader.counts(models);
  result.right_in_one = reader.counts(models * models);
  result.primaries = static_cast<std::int64_t>(reader.next());
  result.in_all = static_cast<std::int64_t>(reader.next());
  for (std::size_t i = 0; i < 4 * pair_count(models); ++i) result.disagreement.push_back(reader.next());
  result.segments = reader.flips();
  result.tracks_of_reference = reader.flips();
  for (std::size_t m = 0; m < models; ++m) {
    std::vector<StoppedTrack> tracks(reader.count());
    for (StoppedTrack& track : tracks) track = {reader.next(), reader.next(), reader.next()};
    result.stopped.push_back(std::move(tracks));
  }
  return result;
}

DepthMap depth_map(const std::vector<const FrameStability*>& frames, double pixel) {
  struct Sum {
    double depth = 0.0;
    std::int64_t tracks = 0;
  };
  DepthMap map;
  if (frames.empty()) return map;
  const std::size_t models = frames.front()->stopped.size();
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<Sum>> pixels;  // (row, column) → per model
  for (const FrameStability* frame : frames)
    for (std::size_t m = 0; m < models; ++m)
      for (const StoppedTrack& track : frame->stopped[m]) {
        auto& sums = pixels[{static_cast<std::int32_t>(std::floor(track.y / pixel)),
                             static_cast<std::int32_t>(std::floor(track.x / pixel))}];
        sums.resize(models);
        sums[m].depth += track.depth;
        ++sums[m].tracks;
      }
  std::int32_t last_x = 0, last_y = 0;
  bool first = true;
  for (const auto& [place, sums] : pixels) {
    map.first_y = first ? place.first : std::min(map.first_y, place.first);
    map.first_x = first ? place.second : std::min(map.first_x, place.second);
    last_y = first ? place.first : std::max(last_y, place.first);
    last_x = first ? place.second : std::max(last_x, place.second);
    first = false;
  }
  if (first) return map;
  map.columns = last_x - map.first_x + 1;
  map.rows = last_y - map.first_y + 1;
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  const auto size = static_cast<std::size_t>(map.columns) * static_cast<std::size_t>(map.rows);
  map.depth.assign(models, std::vector<double>(size, nothing));
  map.spread.assign(size, nothing);
  for (const auto& [place, sums] : pixels) {
    if (std::any_of(sums.begin(), sums.end(), [](const Sum& sum) { return sum.tracks < kLeastTracks; })) continue;
    const auto at = static_cast<std::size_t>(place.first - map.first_y) * static_cast<std::size_t>(map.columns) +
                    static_cast<std::size_t>(place.second - map.first_x);
    double mean = 0.0, squares = 0.0;
    for (std::size_t m = 0; m < models; ++m) {
      map.depth[m][at] = sums[m].depth / static_cast<double>(sums[m].tracks);
      mean += map.depth[m][at] / static_cast<double>(models);
    }
    for (std::size_t m = 0; m < models; ++m) squares += (map.depth[m][at] - mean) * (map.depth[m][at] - mean);
    map.spread[at] = models > 1 ? std::sqrt(squares / static_cast<double>(models - 1)) : 0.0;
  }
  return map;
}

}  // namespace difftrack::study
