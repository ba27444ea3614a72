// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/fit_without_truth.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "difftrack/track/joint/meetings.hpp"
#include "difftrack/track/physics_assignment.hpp"

namespace difftrack::track {
namespace {

constexpr double kAccidents = 0.2;  // ends expected as near by accident, below which a birth is a secondary

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// [1/mm²] ends of tracks in a layer, spread as its hits are.
double density_of_ends(const event::Frame& frame, const Links& links, std::int32_t layer) {
  double n = 0.0, ends = 0.0, x = 0.0, y = 0.0, xx = 0.0, yy = 0.0;
  for (auto h = at(frame.begin(layer)); h < at(frame.end(layer)); ++h) {
    const auto hx = static_cast<double>(frame.hits.x[h]), hy = static_cast<double>(frame.hits.y[h]);
    n += 1.0, x += hx, y += hy, xx += hx * hx, yy += hy * hy;
    ends += links.down[h] == kNoSegment && links.up[h] != kNoSegment;
  }
  const double vx = std::max(xx / n - x * x / n / n, 1.0), vy = std::max(yy / n - y * y / n / n, 1.0);
  return ends / (2.0 * std::numbers::pi * std::sqrt(vx * vy));
}

/// Of a chain that begins with `head`, the last hit of the chain that set it free; -1: none.
std::int32_t mother_of(const event::Frame& frame, const graph::HitGraph& graph, const Links& links, double density,
                       std::int32_t head) {
  std::int32_t best = -1;
  float least = std::numeric_limits<float>::max();
  double gap = 0.0;
  for (auto s = graph.start_begin[at(head)]; s < graph.start_begin[at(head) + 1]; ++s) {
    const std::int32_t end = graph.shallow[at(s)];
    if (links.down[at(end)] != kNoSegment || links.up[at(end)] == kNoSegment) continue;
    const float chord = squared_chord(graph, links.up[at(end)], s);
    if (chord >= least) continue;
    least = chord;
    best = end;
    gap = static_cast<double>(frame.hits.z[at(head)] - frame.hits.z[at(end)]);
  }
  const double expected = density * std::numbers::pi * gap * gap * static_cast<double>(least);
  return best >= 0 && expected < kAccidents ? best : -1;
}

/// What was decided of a frame.
struct Decided {
  graph::HitGraph graph;
  Links links;
};

/// The hit in front of each hit, or -1: links without their graph.
std::vector<std::int32_t> hits_in_front(const Decided& decided) {
  std::vector<std::int32_t> front;
  for (const std::int32_t s : decided.links.up) front.push_back(s == kNoSegment ? -1 : decided.graph.shallow[at(s)]);
  return front;
}

/// The tables of `own` by which secondaries are told, from `start`. Bins of deposit are quantiles of the beam's protons
/// in both, angles in units of what matter lets expect, so that tables mean the same in both.
void keep_secondaries(const Likelihood& start, Likelihood& own) {
  constexpr std::array kTables = {
      &Likelihood::secondary_rate,   &Likelihood::secondary_deposit, &Likelihood::secondary_angles,
      &Likelihood::kind_transitions, &Likelihood::kind_deaths,       &Likelihood::kind_kinks,
      &Likelihood::front_share,      &Likelihood::front_deposit,     &Likelihood::front_angles,
      &Likelihood::front_radius,     &Likelihood::front_beam_radius, &Likelihood::birth_secondary};
  if (start.knots != own.knots || start.n_layers != own.n_layers || start.radius_edges != own.radius_edges)
    throw core::InputError({"", "keep_secondaries", ""},
                           "the likelihood to begin with has tables of other shapes than the fit");
  for (const auto table : kTables) own.*table = start.*table;
}

}  // namespace

event::Frame labelled_by_decision(const event::Frame& frame, const graph::HitGraph& graph, const Links& links) {
  event::Frame labelled = frame;
  auto& hits = labelled.hits;
  const std::size_t n = hits.size();
  hits.event.assign(n, 0);
  hits.particle.assign(n, 0);
  hits.primary.assign(n, 0);
  hits.pdg.clear(), hits.second_event.clear();
  const std::vector<std::int32_t> head = chain_heads(frame, graph, links);
  std::vector<std::int64_t> event(n, 0);  // of chains, by their heads
  for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer) {
    const double density = layer == 0 ? 0.0 : density_of_ends(frame, links, layer - 1);
    for (std::int32_t h = frame.begin(layer); h < frame.end(layer); ++h) {
      if (head[at(h)] == h) {
        const std::int32_t mother = layer == 0 ? -1 : mother_of(frame, graph, links, density, h);
        event[at(h)] = mother < 0 ? h : event[at(head[at(mother)])];
      }
      hits.event[at(h)] = event[at(head[at(h)])];
      hits.particle[at(h)] = head[at(h)];
      hits.primary[at(h)] = hits.layer[at(head[at(h)])] == 0;
    }
  }
  return labelled;
}

FitWithoutTruth::FitWithoutTruth(const detector::Detector& detector, const PhysicsConfig& physics,
                                 const LikelihoodFitConfig& fit, const TruthFreeFitConfig& config)
    : detector_(detector), physics_(physics), fit_(fit), config_(config) {
  core::check_fields(config, "");
  core::check_fields(fit, "");
}

Likelihood FitWithoutTruth::operator()(const std::vector<event::Frame>& frames, const std::optional<Likelihood>& start,
                                       const std::string& source, int threads,
                                       const std::function<void(const TruthFreeRound&)>& on_round) const {
  if (config_.keep_secondaries && !start)
    throw core::InputError({"", "keep_secondaries", ""}, "is of no use without a likelihood to begin with");
  const PhysicsAssignment physics(detector_, physics_);
  const graph::HitGraphConfig filter = graph::hit_graph_config(detector_);
  std::optional<Likelihood> likelihood = start;
  std::vector<std::vector<std::int32_t>> before(frames.size());
  for (std::int32_t round = 1; round <= config_.rounds; ++round) {
    std::optional<JointAssignment> joint;
    if (likelihood)
      joint.emplace(detector_, *likelihood, JointConfig{.min_confidence = 0.0, .min_track_confidence = 0.0}, physics_);
    std::vector<event::Frame> labelled(frames.size());
    std::vector<std::vector<std::int32_t>> front(frames.size());
    core::parallel_for(static_cast<std::int64_t>(frames.size()), threads, [&](std::int64_t i) {
      const auto k = static_cast<std::size_t>(i);
      Decided decided;
      decided.graph = graph::build_hit_graph(frames[k], filter);
      std::vector<std::uint8_t> assigned;
      if (joint) {
        JointDecision decision = (*joint)(frames[k], std::move(decided.graph));
        decided.graph = std::move(decision.graph);
        assigned = std::move(decision.assigned);
      } else {
        assigned = physics(frames[k], decided.graph).assigned;
      }
      decided.links = links_of(decided.graph, assigned, frames[k].hits.size());
      labelled[k] = labelled_by_decision(frames[k], decided.graph, decided.links);
      front[k] = hits_in_front(decided);
    });
    TruthFreeRound done{round, 0, 0};
    LikelihoodFit fit(detector_, physics_, fit_);
    for (std::size_t k = 0; k < frames.size(); ++k) {
      for (std::size_t h = 0; h < front[k].size(); ++h) {
        done.links += front[k][h] >= 0;
        done.changed += front[k][h] >= 0 && (before[k].empty() || before[k][h] != front[k][h]);
      }
      fit.add(labelled[k]);
    }
    likelihood = fit.finish(source);
    if (config_.keep_secondaries) keep_secondaries(*start, *likelihood);
    if (on_round) on_round(done);
    before = std::move(front);
  }
  return *likelihood;
}

}  // namespace difftrack::track
