// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/proton_expectation.hpp"

namespace difftrack::track {

/// Fits a Likelihood to frames whose hits carry truth: counts, smoothed, with less of a table where there is more of
/// it.
///
/// A true link joins two hits of one particle of one event in adjacent layers that the angular filter kept; of several
/// the first. From these come kinks, deaths (no true link to the deeper side), births and lone hits. Counts are shared
/// between the two knots of residual range beside a hit. Densities of angles are histograms whose bins widen until 100
/// entries stand behind each; where a class of deposit has few near an angle, all classes of its knot speak, and
/// where those have few, their group (30 entries for a start). Tables of probabilities begin with a few entries of
/// the same kind.
///
/// Frames of any number of events will do; the residual range of a frame is better known of many (100).
class LikelihoodFit {
 public:
  /// For a detector; beam and phantom as ProtonExpectation has them. Throws InputError for options out of range.
  LikelihoodFit(const detector::Detector& detector, const PhysicsConfig& config);

  /// Takes the hits of a frame: some 40 bytes of memory each. Throws InputError when it has no truth.
  void add(const event::Frame& frame, const graph::HitGraph& graph);

  std::int64_t hits() const { return static_cast<std::int64_t>(samples_.size()); }  ///< taken so far

  /// The tables. `source` says what was taken. Throws InputError with fewer than 1000 true links.
  Likelihood finish(const std::string& source) const;

 private:
  /// What one hit tells.
  struct Sample {
    std::int32_t layer;
    float residual_range;         // [mm water] expected at its plane
    float deeper_range;           // and at the next one
    float deposit, deeper;        // [MeV] its own, and that of the next hit on its track; -1: none
    float radius;                 // from the beam's centre over its width
    float angle;                  // of the kink, or of a first segment, over its unit; -1: none
    bool has_up, has_down, beam;  // true links; left by a primary particle
  };

  void fit_deposits(Likelihood& l) const;
  void fit_kinks(Likelihood& l) const;
  void fit_deaths(Likelihood& l) const;
  void fit_transitions(Likelihood& l) const;
  void fit_births(Likelihood& l) const;

  detector::Detector detector_;
  ProtonExpectation expectation_;
  std::vector<Sample> samples_;
};

}  // namespace difftrack::track
