// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/bridges.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "difftrack/track/joint/range_tables.hpp"

namespace difftrack::track {
namespace {

constexpr std::size_t kDeposits = Likelihood::kDeposits, kClasses = Likelihood::kClasses;
constexpr double kShared = 0.5;     // probability of no hit of its own where another's cluster is that near
constexpr double kHopeless = 12.0;  // [widths] kinks that no bridge has

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

double squared(double x) { return x * x; }

/// What a plane adds to the cost of a segment to it.
struct PlaneTables {
  DepositEdges edges;
  std::array<double, kDeposits> survival;
  std::array<double, kDeposits * kDeposits> transition;  // costs, of a hit here after one before
  double width = 0.0;                                    // [rad] of kinks
};

std::vector<PlaneTables> plane_tables(const Likelihood& l, const std::vector<PlaneExpectation>& planes, double range) {
  std::vector<PlaneTables> tables;
  for (std::size_t p = 0; p < planes.size(); ++p) {
    const RangePlace place = l.place(range - planes[p].depth);
    PlaneTables t;
    t.edges = mixed_rows<kDeposits - 1>(l.deposit_edges, 0, place);
    const auto death = mixed_rows<kDeposits>(l.deaths, l.group(static_cast<std::int32_t>(p)) * l.n_knots(), place);
    for (std::size_t d = 0; d < kDeposits; ++d) t.survival[d] = -std::log1p(-death[d]);
    t.transition = costs_of(mixed_rows<kDeposits * kDeposits>(l.transitions, 0, place));
    t.width = std::max(planes[p].kink, Likelihood::kSmallestWidth);
    tables.push_back(t);
  }
  return tables;
}

struct Candidate {
  std::int32_t from, to;
  double gain;  // [nats]
};

/// A direction by its slopes.
struct Slopes {
  double x, y;
};

float squared_chord(const Slopes& a, const Slopes& b) {
  const double na = 1.0 / std::sqrt(1.0 + a.x * a.x + a.y * a.y), nb = 1.0 / std::sqrt(1.0 + b.x * b.x + b.y * b.y);
  return static_cast<float>(squared(a.x * na - b.x * nb) + squared(a.y * na - b.y * nb) + squared(na - nb));
}

class Bridges {
 public:
  Bridges(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
          const std::vector<PlaneTables>& planes, const Links& links, const BridgeSettings& settings)
      : frame_(frame), graph_(graph), energy_(energy), planes_(planes), links_(links), settings_(settings) {}

  /// From ends in `layer` to beginnings two planes deeper, of positive gain.
  void add_candidates(std::int32_t layer, std::vector<Candidate>& to) const {
    for (auto a = frame_.begin(layer); a < frame_.end(layer); ++a) {
      if (links_.down[at(a)] != kNoSegment) continue;
      for (auto b = frame_.begin(layer + 2); b < frame_.end(layer + 2); ++b) {
        if (links_.up[at(b)] != kNoSegment) continue;
        if (links_.up[at(a)] == kNoSegment && links_.down[at(b)] == kNoSegment) continue;
        const double gain = this->gain(layer, a, b);
        if (gain > 0.0) to.push_back({a, b, gain});
      }
    }
  }

 private:
  double x(std::int32_t h) const { return static_cast<double>(frame_.hits.x[at(h)]); }
  double y(std::int32_t h) const { return static_cast<double>(frame_.hits.y[at(h)]); }
  double z(std::int32_t h) const { return static_cast<double>(frame_.hits.z[at(h)]); }
  std::size_t bin(std::int32_t layer, std::int32_t h) const {
    return bin_of(planes_[at(layer)].edges, frame_.hits.edep[at(h)]);
  }
  Slopes of_segment(std::int32_t s) const {
    const auto i = at(s);
    const auto uz = static_cast<double>(graph_.uz[i]);
    return {static_cast<double>(graph_.ux[i]) / uz, static_cast<double>(graph_.uy[i]) / uz};
  }

  double gain(std::int32_t layer, std::int32_t a, std::int32_t b) const {
    const std::int32_t up = links_.up[at(a)], down = links_.down[at(b)], middle = frame_.begin(layer + 1);
    const double length = z(b) - z(a);
    const Slopes line{(x(b) - x(a)) / length, (y(b) - y(a)) / length};
    if (std::hypot(line.x, line.y) > std::tan(settings_.widest)) return -1.0;
    const double d1 = middle < frame_.end(layer + 1) ? z(middle) - z(a) : 0.5 * length, d2 = length - d1;
    const double first = up == kNoSegment ? 0.0 : 1.0 / squared(planes_[at(layer)].width),
                 second = 1.0 / squared(planes_[at(layer + 1)].width),
                 third = down == kNoSegment ? 0.0 : 1.0 / squared(planes_[at(layer + 2)].width);
    const Slopes before = up == kNoSegment ? line : of_segment(up),
                 behind = down == kNoSegment ? line : of_segment(down);
    const double curvature = first / squared(d1) + second * squared(1.0 / d1 + 1.0 / d2) + third / squared(d2);
    const auto displacement = [&](double s0, double s, double s3) {
      return -(first * (s - s0) / d1 + third * (s3 - s) / d2) / curvature;
    };
    const double dx = displacement(before.x, line.x, behind.x), dy = displacement(before.y, line.y, behind.y);
    const Slopes s1{line.x + dx / d1, line.y + dy / d1}, s2{line.x - dx / d2, line.y - dy / d2};
    if (std::hypot(s2.x - s1.x, s2.y - s1.y) > kHopeless * planes_[at(layer + 1)].width) return -1.0;

    const std::size_t bin_a = bin(layer, a), bin_b = bin(layer + 2, b);
    const double ends = node_cost(energy_, graph_, a, up, kNoSegment) + node_cost(energy_, graph_, b, kNoSegment, down);
    double joined = planes_[at(layer)].survival[bin_a] + planes_[at(layer + 1)].survival[bin_a] +
                    planes_[at(layer + 2)].transition[bin_a * kDeposits + bin_b];
    joined += area_cost(s1, d1) + area_cost(s2, d2) - std::log(2.0 * std::numbers::pi / curvature);
    const auto row = static_cast<std::int32_t>(kClasses);
    joined += up == kNoSegment ? 0.0 : kink(energy_.kink_row[at(a)], before, s1);
    joined += kink((layer + 1) * row + energy_.kink_row[at(a)] % row, s1, s2);
    joined +=
        down == kNoSegment ? static_cast<double>(energy_.death[at(b)]) : kink(energy_.kink_row[at(b)], s2, behind);
    joined -= std::log(no_hit(layer + 1, x(a) + d1 * line.x + dx, y(a) + d1 * line.y + dy));
    return ends - joined;
  }

  /// Density per area of a plane, of one per solid angle.
  static double area_cost(const Slopes& s, double d) {
    return 2.0 * std::log(d) + 1.5 * std::log(1.0 + s.x * s.x + s.y * s.y);
  }
  double kink(std::int32_t row, const Slopes& before, const Slopes& behind) const {
    return static_cast<double>(
        ChordGrid::at(energy_.kinks.data() + at(row) * ChordGrid::kPoints, squared_chord(before, behind)));
  }
  /// Probability of no hit of its own at a place.
  double no_hit(std::int32_t layer, double px, double py) const {
    for (auto h = frame_.begin(layer); h < frame_.end(layer); ++h) {
      const double pixels = std::max(1, frame_.hits.cluster_size[at(h)]);
      if (squared(x(h) - px) + squared(y(h) - py) < pixels * squared(settings_.pitch)) return kShared;
    }
    return settings_.missing_hits;
  }

  const event::Frame& frame_;
  const graph::HitGraph& graph_;
  const FrameEnergy& energy_;
  const std::vector<PlaneTables>& planes_;
  const Links& links_;
  const BridgeSettings& settings_;
};

/// Of the candidates of one layer, those that are likely enough: more than a half, so that no two share a hit.
void keep_likely(const std::vector<Candidate>& candidates, double min_confidence, std::vector<Bridge>& to) {
  for (const Candidate& c : candidates) {
    double odds = std::exp(-c.gain);
    for (const Candidate& other : candidates)
      if ((other.from == c.from) != (other.to == c.to)) odds += std::exp(other.gain - c.gain);
    const double p = 1.0 / (1.0 + odds);
    if (p >= min_confidence && p > 0.5) to.push_back({c.from, c.to, static_cast<float>(p)});
  }
}

}  // namespace

std::vector<Bridge> find_bridges(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                                 const Likelihood& likelihood, const ProtonExpectation& expectation, const Links& links,
                                 const BridgeSettings& settings) {
  std::vector<Bridge> bridges;
  if (settings.missing_hits <= 0.0 || frame.n_layers() < 3) return bridges;
  const double range = expectation.range(frame);
  const auto planes = plane_tables(likelihood, expectation.planes(range, frame.n_layers()), range);
  const Bridges search(frame, graph, energy, planes, links, settings);
  std::vector<Candidate> candidates;
  for (std::int32_t layer = 0; layer + 2 < frame.n_layers(); ++layer) {
    candidates.clear();
    search.add_candidates(layer, candidates);
    keep_likely(candidates, settings.min_confidence, bridges);
  }
  return bridges;
}

}  // namespace difftrack::track
