// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/pixels/cluster_pixels.hpp"
#include "difftrack/detector/response/digitise.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/detector/steps/fold_electrons.hpp"
#include "difftrack/event/hits.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// What steps become hits by.
enum class HitSource { Merged, Pixels };
/// Their names.
constexpr core::Choices<HitSource, 2> choices(HitSource) {
  return {{{HitSource::Merged, "merged", "steps of a particle in a layer are one hit (published, uses truth)"},
           {HitSource::Pixels, "pixels", "charge sharing, thresholds, clusters"}}};
}

/// How the steps of a file become hits.
struct HitConfig {
  HitSource hits = HitSource::Merged;
  Digitise::Config pixels;  ///< of hits = pixels; events_per_frame is set by who asks for frames
  bool fold_electrons = true;
  bool drop_repeats = false;
  std::int32_t first_readout = 0;  ///< number of a file's first readout, so that noise differs from file to file

  bool from_pixels() const { return hits == HitSource::Pixels; }

  static constexpr auto fields() {
    return std::tuple{core::field("hits", &HitConfig::hits, "", "Way from steps to hits."),
                      core::field("fold_electrons", &HitConfig::fold_electrons, "",
                                  "Electrons near their parent in its hit; off: as published."),
                      core::field("drop_repeats", &HitConfig::drop_repeats, "",
                                  "Omission of pixels that fired in the readout before, too (files of fired pixels).")};
  }
};

/// Checks the ranges of `pixels`. Throws InputError (source, option, value).
void check_hits(const HitConfig& config, const std::string& source);

/// Turns whole events into hits of particles (fold_electrons, merge_steps).
class StepMerger {
 public:
  /// Takes thresholds and the distance of folding from the description.
  explicit StepMerger(const Detector& detector, const HitConfig& config = {})
      : thresholds_(detector.thresholds),
        electron_distance_(config.fold_electrons ? electron_distance(detector) : 0.0) {}

  /// Whole events, one after the other; hits come by event, their `id` runs on from call to call.
  event::Hits operator()(event::Steps whole_events);

  const MergeReport& report() const { return report_; }

 private:
  Thresholds thresholds_;
  double electron_distance_;  // [mm]; 0: electrons are not folded
  std::int64_t next_id_ = 0;
  MergeReport report_;
};

/// All hits of one readout.
struct Readout {
  event::Hits hits;
  std::int32_t n_events = 0;  ///< events that left steps in it
  bool complete = true;       ///< false where file or beam spot ended before it had all its events
};

/// Turns whole events into hits as the sensor would see them: charge onto pixels, pixels into clusters, without truth,
/// a readout at a time (Digitise, ClusterPixels), of `per_frame` events or of a window of time. What a hit knows of
/// truth is the particle with most energy in its cluster, and one further primary that is in it (ClusterPixels). Its
/// energy comes from the cluster's size, for the sensor is binary.
///
/// Memory for one batch of events and one readout; readouts of a batch are worked on side by side
/// (config.pixels.threads). Hits do not depend on how the events were cut into batches, nor on the number of threads.
/// Rows equal to an earlier one of their event are left out, as in merging. Hot pixels are not masked: that needs all
/// readouts of a file.
class StepDigitiser {
 public:
  /// `frames` says what a readout is. Throws InputError for options out of range.
  StepDigitiser(const Detector& detector, const HitConfig& config, const FrameConfig& frames);

  /// The readouts that are complete.
  std::vector<Readout> add(event::Steps whole_events);
  /// The last readouts.
  std::vector<Readout> finish();

  const MergeReport& report() const { return report_; }

 private:
  std::vector<Readout> digitise(bool ended);
  void append_hits(const event::Steps& steps, std::int32_t first, std::vector<Readout>& readouts);

  Detector detector_;
  double electron_distance_;  // [mm]; 0: electrons are not folded
  Digitise::Config pixels_;
  Digitise digitise_;
  ClusterPixels cluster_;
  event::Steps waiting_;  // of readouts that are not complete
  std::int32_t next_readout_;
  std::int64_t next_id_ = 0;
  MergeReport report_;
};

}  // namespace difftrack::detector
