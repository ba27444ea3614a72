// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/secondary_odds.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "difftrack/track/joint/range_tables.hpp"

namespace difftrack::track {
namespace {

constexpr std::size_t kDeposits = Likelihood::kDeposits, kClasses = Likelihood::kClasses;

// What a nat of evidence counts: hits of one particle are not as independent as the tables have them. Chosen so that
// tracks of simulated validation frames are right as often as they say (docs/joint.md#confidence).
constexpr double kShare = 0.8;

// Other ranges than the frame's: they lie this far from it [mm water], in planes where, with both neighbours, three
// standard deviations and two chains more end than the share of all that reactions let end in three planes.
constexpr double kApart = 25.0, kReactionEnds = 0.03;
constexpr std::int32_t kFrontLayers = 2;  // chains that begin in these planes come from the front
constexpr std::size_t kFewestHits = 5;    // of a chain that counts there

enum Kind : std::size_t { kBeam = 0, kFreed = 1 };

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

using Row = std::array<double, kDeposits>;

/// Costs of both kinds of particle in one plane.
struct PlaneKinds {
  DepositEdges edges;
  std::array<Row, 2> death, survival;
  std::array<std::array<double, kDeposits * kDeposits>, 2> transition;  // of a hit of this plane after one before
  Row first_deposit;                                                    // of a secondary's first hit, here
  double rate = 0.0;                                                    // cost: a secondary's hit follows one of here
  double log_width = 0.0;                                               // of kinks
};

PlaneKinds plane_kinds(const Likelihood& l, std::int32_t layer, const PlaneExpectation& plane, double range) {
  const RangePlace place = l.place(range - plane.depth);
  const std::size_t knots = l.n_knots();
  PlaneKinds result;
  result.edges = mixed_rows<kDeposits - 1>(l.deposit_edges, 0, place);
  for (const std::size_t kind : {kBeam, kFreed}) {
    const Row death = mixed_rows<kDeposits>(l.kind_deaths, kind * knots, place);
    result.death[kind] = costs_of(death);
    for (std::size_t d = 0; d < kDeposits; ++d) result.survival[kind][d] = -std::log1p(-death[d]);
    result.transition[kind] = costs_of(mixed_rows<kDeposits * kDeposits>(l.kind_transitions, kind * knots, place));
  }
  result.first_deposit = costs_of(mixed_rows<kDeposits>(l.secondary_deposit, 0, place));
  result.rate = -std::log(mixed_rows<1>(l.secondary_rate, l.group(layer) * knots, place)[0]);
  result.log_width = std::log(std::max(plane.kink, Likelihood::kSmallestWidth));
  return result;
}

/// -log of a density on ScaledGrid per solid angle, over exp(log_unit), of a chord of that square.
double angle_cost(std::span<const float> row, float squared_chord, double log_unit) {
  const double log2_squared = std::log2(std::max(static_cast<double>(squared_chord), 1e-12));
  return 2.0 * log_unit - ScaledGrid::at(row, ScaledGrid::place(log2_squared - 2.0 * log_unit / std::log(2.0)));
}

/// One frame's tables, and the sums over its chains.
class ChainKinds {
 public:
  ChainKinds(const event::Frame& frame, const graph::HitGraph& graph, const Likelihood& likelihood,
             const TransportExpectation& expectation)
      : frame_(frame), graph_(graph), l_(likelihood), expectation_(expectation), range_(expectation.range(frame)) {
    of_frame_ = tables(range_);
    of_end_.resize(at(frame.n_layers()));
    other_range_.resize(at(frame.n_layers()), 0.0);
    beam_ = expectation.beam(frame, range_, 0);
  }

  /// Looks for ranges other than the frame's, by where the chains of these heads end.
  void find_other_ranges(const std::vector<std::int32_t>& heads, const Links& whole, const Links& links,
                         const std::vector<std::int32_t>& over) {
    // Helium breaks up so often, into fragments of such ranges, that their ends would pass for others of the beam.
    if (l_.particle != matter::BeamParticle::Proton) return;
    std::vector<double> ends(at(frame_.n_layers()), 0.0);
    double chains = 0.0;
    for (const std::int32_t head : heads) {
      follow(head, links, over);
      if (!shows_range(whole) || hits_.size() < kFewestHits) continue;
      ends[at(end_layer())] += 1.0;
      chains += 1.0;
    }
    const double expected = kReactionEnds * chains, enough = expected + 3.0 * std::sqrt(expected) + 2.0;
    const auto planes = expectation_.planes(range_, frame_.n_layers());
    for (std::size_t p = 1; p + 1 < ends.size(); ++p) {
      const double number = ends[p - 1] + ends[p] + ends[p + 1];
      if (number < enough) continue;
      double mean = 0.0;  // chains end half way to the next plane
      for (std::size_t q = p - 1; q <= p + 1; ++q) {
        const double next = q + 1 < ends.size() ? planes[q + 1].depth : 2.0 * planes[q].depth - planes[q - 1].depth;
        mean += ends[q] / number * 0.5 * (planes[q].depth + next);
      }
      if (std::abs(mean - range_) > kApart) other_range_[p] = mean;
    }
  }

  /// Odds of the chain of `head`.
  double odds(std::int32_t head, const Links& whole, const Links& links, const std::vector<std::int32_t>& over) {
    follow(head, links, over);
    if (hits_.size() < 2) return 0.0;
    planes_ = &tables_of_chain(whole);
    // Whether a link was taken away in front of it, behind it.
    const bool from_above = whole.up[at(head)] != kNoSegment, goes_on = whole.down[at(hits_.back())] != kNoSegment;
    double behind = goes_on ? 0.0 : difference(plane(hits_.back()).death, hits_.back());
    double sum = 0.0;
    for (std::size_t k = hits_.size() - 1; k-- > 0;) {
      const std::int32_t h = hits_[k], s = links.down[at(h)], up = links.up[at(h)];
      if (s == kNoSegment) {  // a bridge
        behind += difference(plane(h).survival, h);
        continue;
      }
      const double going_on = difference(plane(h).survival, h) + transition(s, kBeam) - transition(s, kFreed);
      if (k == 0) {
        if (!from_above) sum += std::exp(kShare * (beginning(h, s) + going_on + behind));
        break;
      }
      if (up == kNoSegment) {  // behind a bridge: no direction before
        behind += going_on;
        continue;
      }
      const double kink = kink_cost_of(h, up, s, kBeam);
      sum += std::exp(kShare *
                      (plane(h).survival[kBeam][bin(h)] + transition(s, kBeam) + kink - turn_cost(h, up, s) + behind));
      behind += kink - kink_cost_of(h, up, s, kFreed) + going_on;
    }
    return sum;
  }

 private:
  /// Collects the hits of the chain of `head`.
  void follow(std::int32_t head, const Links& links, const std::vector<std::int32_t>& over) {
    hits_.clear();
    for (std::int32_t h = head; h >= 0;) {
      hits_.push_back(h);
      const std::int32_t s = links.down[at(h)];
      h = s == kNoSegment ? over[at(h)] : graph_.deep[at(s)];
    }
  }
  /// Whether its particle came from the front and ended where the chain does.
  bool shows_range(const Links& whole) const {
    return frame_.hits.layer[at(hits_.front())] < kFrontLayers && whole.down[at(hits_.back())] == kNoSegment;
  }
  std::int32_t end_layer() const { return frame_.hits.layer[at(hits_.back())]; }

  std::vector<PlaneKinds> tables(double range) const {
    std::vector<PlaneKinds> result;
    const auto planes = expectation_.planes(range, frame_.n_layers());
    for (std::int32_t layer = 0; layer < frame_.n_layers(); ++layer)
      result.push_back(plane_kinds(l_, layer, planes[at(layer)], range));
    return result;
  }
  /// Those of the range that the chain is judged by.
  const std::vector<PlaneKinds>& tables_of_chain(const Links& whole) {
    const std::size_t end = at(end_layer());
    if (other_range_[end] == 0.0 || !shows_range(whole)) return of_frame_;
    if (of_end_[end].empty()) of_end_[end] = tables(other_range_[end]);
    return of_end_[end];
  }

  const PlaneKinds& plane(std::int32_t hit) const { return (*planes_)[at(frame_.hits.layer[at(hit)])]; }
  std::size_t bin(std::int32_t hit) const { return bin_of(plane(hit).edges, frame_.hits.edep[at(hit)]); }
  double difference(const std::array<Row, 2>& costs, std::int32_t hit) const {
    return costs[kBeam][bin(hit)] - costs[kFreed][bin(hit)];
  }
  double transition(std::int32_t s, Kind kind) const {
    const std::int32_t a = graph_.shallow[at(s)], b = graph_.deep[at(s)];
    return plane(b).transition[kind][bin(a) * kDeposits + bin(b)];
  }
  double kink_cost_of(std::int32_t hit, std::int32_t up, std::int32_t down, Kind kind) const {
    const std::size_t group = l_.group(frame_.hits.layer[at(hit)]), of_class = bin(hit) * kClasses / kDeposits;
    const std::size_t row = (kind * l_.n_groups() + group) * kClasses + of_class;
    return angle_cost({l_.kind_kinks.data() + row * ScaledGrid::kPoints, ScaledGrid::kPoints},
                      squared_chord(graph_, up, down), plane(hit).log_width);
  }
  /// Of a secondary that is set free behind `hit` and leaves the hit below.
  double turn_cost(std::int32_t hit, std::int32_t up, std::int32_t down) const {
    const std::size_t group = l_.group(frame_.hits.layer[at(hit)]);
    const std::int32_t next = graph_.deep[at(down)];
    return plane(hit).rate + plane(next).first_deposit[bin(next)] +
           angle_cost({l_.secondary_angles.data() + group * ScaledGrid::kPoints, ScaledGrid::kPoints},
                      squared_chord(graph_, up, down), std::log(Likelihood::kBornScale));
  }
  /// Log odds of a beginning, without what comes behind the first hit.
  double beginning(std::int32_t hit, std::int32_t s) const {
    const auto logit = [](float p) { return std::log(static_cast<double>(p) / (1.0 - static_cast<double>(p))); };
    const std::int32_t layer = frame_.hits.layer[at(hit)];
    if (layer > 0) return logit(l_.birth_secondary[at(layer)]);
    const auto x = static_cast<double>(frame_.hits.x[at(hit)]), y = static_cast<double>(frame_.hits.y[at(hit)]);
    const std::size_t radius = l_.radius_bin(std::hypot(x - beam_.centre_x, y - beam_.centre_y) / beam_.width);
    const Direction expected = beam_.at(x, y);
    const double dx = -static_cast<double>(graph_.ux[at(s)]) - expected.x,
                 dy = -static_cast<double>(graph_.uy[at(s)]) - expected.y,
                 dz = std::abs(static_cast<double>(graph_.uz[at(s)])) - expected.z;
    const auto chord = static_cast<float>(dx * dx + dy * dy + dz * dz);
    return logit(l_.front_share[0]) + std::log(static_cast<double>(kDeposits * l_.front_deposit[bin(hit)])) +
           std::log(static_cast<double>(l_.front_radius[radius] / l_.front_beam_radius[radius])) +
           angle_cost(l_.entrance, chord, std::log(std::max(beam_.spread, Likelihood::kSmallestWidth))) -
           angle_cost(l_.front_angles, chord, std::log(Likelihood::kBornScale));
  }

  const event::Frame& frame_;
  const graph::HitGraph& graph_;
  const Likelihood& l_;
  const TransportExpectation& expectation_;
  double range_;  // the frame's [mm water]
  BeamExpectation beam_;
  std::vector<PlaneKinds> of_frame_;
  std::vector<std::vector<PlaneKinds>> of_end_;  // per plane in which chains of another range end; made when asked for
  std::vector<double> other_range_;              // that range [mm water]; 0: none
  const std::vector<PlaneKinds>* planes_ = nullptr;
  std::vector<std::int32_t> hits_;
};

}  // namespace

std::vector<double> secondary_odds(const event::Frame& frame, const graph::HitGraph& graph,
                                   const Likelihood& likelihood, const TransportExpectation& expectation,
                                   const Links& whole, const Links& links, const std::vector<std::int32_t>& over) {
  std::vector<double> odds(links.up.size(), 0.0);
  if (frame.n_layers() < 2) return odds;
  ChainKinds kinds(frame, graph, likelihood, expectation);
  std::vector<std::uint8_t> continues(links.up.size(), 0);  // over a bridge
  for (const std::int32_t h : over)
    if (h >= 0) continues[at(h)] = 1;
  std::vector<std::int32_t> heads;
  for (std::size_t h = 0; h < odds.size(); ++h)
    if (links.up[h] == kNoSegment && !continues[h] && (links.down[h] != kNoSegment || over[h] >= 0))
      heads.push_back(static_cast<std::int32_t>(h));
  kinds.find_other_ranges(heads, whole, links, over);
  for (const std::int32_t head : heads) odds[at(head)] = kinds.odds(head, whole, links, over);
  return odds;
}

}  // namespace difftrack::track
