// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::track {

/// The answer that is true: segments between hits of one particle of one event, of several at a hit the first. Needs
/// hits with truth; where particles are not known, those of primaries alone are joined.
Links true_links(const event::Hits& hits, const graph::HitGraph& graph);

/// How a likelihood is fitted.
struct LikelihoodFitConfig {
  double link_angle = 0.6;  ///< [rad] chosen on simulated validation frames (docs/joint.md#wide-angles)

  static constexpr auto fields() {
    return std::tuple{
        core::field("link_angle", &LikelihoodFitConfig::link_angle, "rad", core::Range{0.0, 1.5},
                    "Angle to the beam up to which hits are joined that the angular filter leaves open.")};
  }
};

/// Fits a Likelihood to frames whose hits carry truth: counts, smoothed, with less of a table where there is more of
/// it.
///
/// A true link joins two hits of one particle of one event in adjacent layers that the angular filter, opened to
/// link_angle (joint_graph_config), kept; of several the first. From these come kinks, deaths (no true link to the
/// deeper side), births and lone hits. Counts are shared between the two knots of residual range beside a hit.
/// Densities of angles are histograms whose bins widen until 100 entries stand behind each; where a class of deposit
/// has few near an angle, all classes of its knot speak, and where those have few, their group (30 entries for a
/// start). Tables of probabilities begin with a few entries of the same kind.
///
/// Frames of any number of events will do; the residual range of a frame is better known of many (100).
class LikelihoodFit {
 public:
  /// For a detector; beam and phantom as TransportExpectation has them. Throws InputError for options out of range.
  LikelihoodFit(const detector::Detector& detector, const PhysicsConfig& physics,
                const LikelihoodFitConfig& config = {});

  /// Takes the hits of a frame: some 50 bytes of memory each. Throws InputError when it has no truth.
  void add(const event::Frame& frame);

  std::int64_t hits() const { return static_cast<std::int64_t>(samples_.size()); }  ///< taken so far

  /// The tables. `source` says what was taken. Throws InputError with fewer than 1000 true links.
  Likelihood finish(const std::string& source) const;

 private:
  /// What one hit tells.
  struct Sample {
    std::int32_t layer = 0;
    float residual_range = 0.0F, deeper_range = 0.0F;  // [mm water] expected at its plane and at the next
    float deposit = 0.0F, deeper = -1.0F;              // [MeV] its own, and that of the next hit; -1: none
    float secondary = -1.0F, turn = -1.0F;             // [MeV] of a secondary's hit behind; the kink to it, or of
                                                       // a secondary's first segment in plane 0, over its unit
    float radius = 0.0F;                               // from the beam's centre over its width
    float angle = -1.0F;                               // of the kink, or of a first segment, over its unit
    bool has_up = false, has_down = false;             // true links
    bool beam = false, freed = false;                  // left by a primary particle; by a secondary one
  };

  void fit_deposits(Likelihood& l) const;
  void fit_kinks(Likelihood& l) const;
  void fit_deaths(Likelihood& l) const;
  void fit_transitions(Likelihood& l) const;
  void fit_births(Likelihood& l) const;
  void fit_secondaries(Likelihood& l) const;
  void fit_kinds(Likelihood& l) const;
  void fit_front(Likelihood& l) const;

  detector::Detector detector_;
  LikelihoodFitConfig config_;
  graph::HitGraphConfig filter_;
  TransportExpectation expectation_;
  std::vector<Sample> samples_;
};

}  // namespace difftrack::track
