// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/cluster_pixels.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/digitise.hpp"
#include "difftrack/detector/fold_electrons.hpp"
#include "difftrack/detector/merge_steps.hpp"
#include "difftrack/event/hits.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::detector {

/// How the steps of a file become hits.
struct HitConfig {
  std::string hits = "merged";
  Digitise::Config pixels;  ///< of hits = pixels; events_per_frame is set by who asks for frames
  bool fold_electrons = true;
  bool drop_repeats = false;
  std::int32_t first_readout = 0;  ///< number of a file's first readout, so that noise differs from file to file

  bool from_pixels() const { return hits == "pixels"; }

  static constexpr auto fields() {
    return std::tuple{core::field("hits", &HitConfig::hits, "",
                                  "How steps become hits: merged (published, uses truth) or pixels (charge sharing, "
                                  "thresholds, clusters)."),
                      core::field("fold_electrons", &HitConfig::fold_electrons, "",
                                  "Electrons near their parent join its hit; off: as published."),
                      core::field("drop_repeats", &HitConfig::drop_repeats, "",
                                  "Leave out pixels that fired in the readout before, too (files of fired pixels).")};
  }
};

/// Checks `hits` and the ranges of `pixels`. Throws InputError (source, option, value).
void check_hits(const HitConfig& config, const std::string& source);

/// Chunks of a file as whole events: rows of an event that the next chunk may continue wait.
class WholeEvents {
 public:
  explicit WholeEvents(const Detector& detector) : detector_(detector) {}

  /// The steps of all events that are complete, by event. Throws InputError (file, column and row, value) as
  /// steps_from_table does, when events are out of order, and when one event has more than 10 million rows.
  event::Steps add(const event::Table& chunk);
  /// The steps of the last event.
  event::Steps finish();

  const Detector& detector() const { return detector_; }

 private:
  Detector detector_;
  event::Steps waiting_;
  std::int64_t last_event_ = 0;
  bool any_event_ = false;
};

/// Turns chunks of a file into hits of particles (fold_electrons, merge_steps), whole events at a time.
class StepMerger {
 public:
  explicit StepMerger(const Detector& detector, const HitConfig& config = {})
      : events_(detector), electron_distance_(config.fold_electrons ? electron_distance(detector) : 0.0) {}

  /// The hits of all events that are complete. Throws InputError as WholeEvents does.
  event::Hits add(const event::Table& chunk) { return merge(events_.add(chunk)); }
  /// The hits of the last event.
  event::Hits finish() { return merge(events_.finish()); }

  const MergeReport& report() const { return report_; }

 private:
  event::Hits merge(event::Steps steps);

  WholeEvents events_;
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

/// Turns chunks of a file into hits as the sensor would see them: charge onto pixels, pixels into clusters, without
/// truth, a readout of `per_frame` events at a time (Digitise, ClusterPixels). What a hit knows of truth is the
/// particle with most energy in its cluster, electrons near their parent counted as it (fold_electrons; their charge
/// stays where it is). Its energy comes from the cluster's size, for the sensor is binary.
///
/// Memory for the chunk and one readout; readouts of a chunk are worked on side by side (config.pixels.threads). Hits
/// do not depend on how the file was cut into chunks, nor on the number of threads. Rows equal to an earlier one of
/// their event are left out, as in merging. Hot pixels are not masked: that needs all readouts of a file.
class StepDigitiser {
 public:
  StepDigitiser(const Detector& detector, const HitConfig& config, std::int32_t per_frame);

  /// The readouts that are complete. Throws InputError as WholeEvents does.
  std::vector<Readout> add(const event::Table& chunk);
  /// The last readouts.
  std::vector<Readout> finish();

  const MergeReport& report() const { return report_; }

 private:
  void take(event::Steps steps);
  std::vector<Readout> digitise(bool ended);
  void append_hits(const event::Steps& steps, std::int32_t first, std::vector<Readout>& readouts);

  WholeEvents events_;
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
