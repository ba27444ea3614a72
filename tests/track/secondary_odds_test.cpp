// SPDX-License-Identifier: Apache-2.0
// Odds that a chain is not one proton of the beam: against a plain sum over all hypotheses, and against what tracks of
// Geant4 turn out to be.
#include "difftrack/track/joint/secondary_odds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// The likelihood of a chain's hits behind the first under one hypothesis, by the definition: probabilities multiplied,
/// tables looked up value by value.
class PlainChain {
 public:
  PlainChain(const event::Frame& frame, const graph::HitGraph& graph, const Likelihood& l,
             const ProtonExpectation& expectation, std::vector<std::int32_t> hits)
      : frame_(frame), graph_(graph), l_(l), hits_(std::move(hits)) {
    range_ = expectation.range(frame);
    planes_ = expectation.planes(range_, frame.n_layers());
    beam_ = expectation.beam(frame, range_, 0);
  }

  /// Of the beam up to hit `last`, a secondary from the next on; last = -1: a secondary from the beginning; last beyond
  /// the end: of the beam all along. Times what the beginning adds.
  double probability(std::ptrdiff_t last, bool dies) const {
    double product = last < 0 ? beginning() : 1.0;
    const auto n = std::ssize(hits_);
    for (std::ptrdiff_t k = 0; k < n; ++k) {
      const std::size_t kind = k <= last ? 0 : 1;
      const double death = value(l_.kind_deaths, kind * l_.n_knots(), 12, bin(k), place(k));
      if (k + 1 == n) return dies ? product * death : product;
      if (k == last) {
        product *= value(l_.secondary_rate, group(k) * l_.n_knots(), 1, 0, place(k)) *
                   value(l_.secondary_deposit, 0, 12, bin(k + 1), place(k + 1)) *
                   density(l_.secondary_angles.data() + group(k) * ScaledGrid::kPoints, chord(k), 0.01);
        continue;
      }
      product *=
          (1.0 - death) * value(l_.kind_transitions, kind * l_.n_knots(), 144, bin(k) * 12 + bin(k + 1), place(k + 1));
      if (k > 0)
        product *=
            density(l_.kind_kinks.data() + ((kind * l_.n_groups() + group(k)) * 4 + bin(k) / 3) * ScaledGrid::kPoints,
                    chord(k), std::max(planes_[at(layer(k))].kink, 1e-4));
    }
    return product;
  }

 private:
  std::int32_t hit(std::ptrdiff_t k) const { return hits_[static_cast<std::size_t>(k)]; }
  std::int32_t layer(std::ptrdiff_t k) const { return frame_.hits.layer[at(hit(k))]; }
  std::size_t group(std::ptrdiff_t k) const { return l_.group(layer(k)); }
  RangePlace place(std::ptrdiff_t k) const { return l_.place(range_ - planes_[at(layer(k))].depth); }
  static double value(const std::vector<float>& table, std::size_t row, std::size_t width, std::size_t i,
                      const RangePlace& place) {
    return (1.0 - place.share) * static_cast<double>(table[(row + place.knot) * width + i]) +
           place.share * static_cast<double>(table[(row + place.knot + 1) * width + i]);
  }
  std::size_t bin(std::ptrdiff_t k) const {
    std::size_t bin = 0;
    for (std::size_t e = 0; e < 11; ++e)
      bin += static_cast<double>(frame_.hits.edep[at(hit(k))]) > value(l_.deposit_edges, 0, 11, e, place(k));
    return bin;
  }
  double chord(std::ptrdiff_t k) const {
    const auto up = segment_between(graph_, hit(k - 1), hit(k)), down = segment_between(graph_, hit(k), hit(k + 1));
    return std::sqrt(static_cast<double>(squared_chord(graph_, up, down)));
  }
  static double density(const float* row, double angle, double unit) {
    const double log2_square = 2.0 * std::log2(std::max(angle, 1e-6) / unit);
    return std::exp(ScaledGrid::at({row, ScaledGrid::kPoints}, ScaledGrid::place(log2_square))) / (unit * unit);
  }
  double beginning() const {
    if (layer(0) > 0) return odds(l_.birth_secondary[at(layer(0))]);
    const double x = frame_.hits.x[at(hit(0))], y = frame_.hits.y[at(hit(0))];
    const std::size_t radius = l_.radius_bin(std::hypot(x - beam_.centre_x, y - beam_.centre_y) / beam_.width);
    const auto s = at(segment_between(graph_, hit(0), hit(1)));
    const Direction expected = beam_.at(x, y);
    const double angle = std::hypot(-graph_.ux[s] - expected.x, -graph_.uy[s] - expected.y,
                                    std::abs(static_cast<double>(graph_.uz[s])) - expected.z);
    return odds(l_.front_share[0]) * 12.0 * static_cast<double>(l_.front_deposit[bin(0)]) *
           static_cast<double>(l_.front_radius[radius] / l_.front_beam_radius[radius]) *
           density(l_.front_angles.data(), angle, 0.01) /
           density(l_.entrance.data(), angle, std::max(beam_.spread, 1e-4));
  }
  static double odds(float p) { return static_cast<double>(p) / (1.0 - static_cast<double>(p)); }

  const event::Frame& frame_;
  const graph::HitGraph& graph_;
  const Likelihood& l_;
  std::vector<std::int32_t> hits_;
  double range_ = 0.0;
  std::vector<PlaneExpectation> planes_;
  BeamExpectation beam_;
};

struct Scene {
  detector::Detector detector = detector::read_detector("bergen-dtc");
  Likelihood likelihood = read_likelihood(core::find_shipped("likelihoods", "bergen-dtc", ".safetensors"));
  ProtonExpectation expectation{detector, {}};
  event::Frame frame = problems::beam_frame(5, 40);
  graph::HitGraph graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
  Links truth = true_links(frame.hits, graph);

  std::vector<std::int32_t> nothing() const { return std::vector<std::int32_t>(frame.hits.size(), -1); }  // no bridges

  std::vector<std::int32_t> chain(std::int32_t head, const Links& links) const {
    std::vector<std::int32_t> hits{head};
    while (links.down[at(hits.back())] != kNoSegment) hits.push_back(graph.deep[at(links.down[at(hits.back())])]);
    return hits;
  }
};

TEST(SecondaryOdds, AreTheSumOverAllPlacesWhereASecondaryMayTakeOver) {
  const Scene s;
  Links cut = s.truth;  // some chains lose a link, so that they begin or end where nothing began or ended
  std::int64_t n_cut = 0;
  for (std::size_t h = 0; h < cut.up.size(); h += 7) {
    if (cut.up[h] == kNoSegment) continue;
    cut.down[at(s.graph.shallow[at(cut.up[h])])] = kNoSegment;
    cut.up[h] = kNoSegment;
    ++n_cut;
  }
  ASSERT_GT(n_cut, 10);
  std::int64_t chains = 0;
  for (const Links* links : {&s.truth, static_cast<const Links*>(&cut)}) {
    const auto odds = secondary_odds(s.frame, s.graph, s.likelihood, s.expectation, s.truth, *links, s.nothing());
    for (std::size_t h = 0; h < odds.size(); ++h) {
      if (links->up[h] != kNoSegment || links->down[h] == kNoSegment) {
        EXPECT_EQ(odds[h], 0.0);
        continue;
      }
      const auto hits = s.chain(static_cast<std::int32_t>(h), *links);
      const PlainChain plain(s.frame, s.graph, s.likelihood, s.expectation, hits);
      const bool dies = s.truth.down[at(hits.back())] == kNoSegment;
      const double own = plain.probability(std::ssize(hits), dies);
      double other = s.truth.up[h] == kNoSegment ? std::pow(plain.probability(-1, dies) / own, 0.8) : 0.0;
      for (std::ptrdiff_t k = 1; k + 1 < std::ssize(hits); ++k)
        other += std::pow(plain.probability(k, dies) / own, 0.8);
      EXPECT_NEAR(odds[h], other, 1e-4 * other) << h;
      ++chains;
    }
  }
  EXPECT_GT(chains, 60);
}

// A particle that from some plane on leaves deposits of a much slower one, behind plane after plane, is told from a
// proton of the beam.
TEST(SecondaryOdds, RiseWithDepositsThatStayLarge) {
  Scene s;
  const auto heads = [&] {
    std::vector<std::int32_t> result;
    for (auto h = s.frame.begin(0); h < s.frame.end(0); ++h)
      if (s.chain(h, s.truth).size() >= 30) result.push_back(h);
    return result;
  }();
  ASSERT_GT(heads.size(), 10U);
  const auto before = secondary_odds(s.frame, s.graph, s.likelihood, s.expectation, s.truth, s.truth, s.nothing());
  for (const std::int32_t head : heads) {
    const auto hits = s.chain(head, s.truth);
    for (std::size_t k = 12; k < hits.size(); ++k) s.frame.hits.edep[at(hits[k])] *= 10.0F;
  }
  const auto after = secondary_odds(s.frame, s.graph, s.likelihood, s.expectation, s.truth, s.truth, s.nothing());
  std::size_t more = 0;
  for (const std::int32_t head : heads) more += after[at(head)] > 3.0 * before[at(head)];
  EXPECT_GT(more, heads.size() * 9 / 10);
}

TEST(SecondaryOdds, OfNothingAreNone) {
  const Scene s;
  const Links none = Links::none(s.frame.hits.size());
  for (const double odds : secondary_odds(s.frame, s.graph, s.likelihood, s.expectation, none, none, s.nothing()))
    EXPECT_EQ(odds, 0.0);
  EXPECT_TRUE(secondary_odds({}, graph::build_hit_graph({}), s.likelihood, s.expectation, {}, {}, {}).empty());
}

}  // namespace
}  // namespace difftrack::track
