// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/detector/pixels/hot_pixels.hpp"
#include "difftrack/detector/pixels/pixel_repeats.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/detector/steps/plausibility.hpp"
#include "difftrack/detector/steps/step_reader.hpp"

namespace difftrack::detector {

/// One column of a file.
struct ColumnSummary {
  std::string name;
  std::string type;             ///< "int32", "float32", …; "integer" or "number" in text files
  double min = 0.0, max = 0.0;  ///< over the finite values
  std::int64_t not_finite = 0;  ///< NaN and infinities
};

/// What frames of N events would look like.
struct FrameSummary {
  std::int32_t per_frame = 0;
  std::int64_t frames = 0;          ///< complete ones
  double mean_hits = 0.0;           ///< per complete frame
  std::int64_t partial_events = 0;  ///< events left over for a last, incomplete frame
  std::int64_t cut_off = 0;         ///< hits behind the first empty layer, which are dropped
  std::int64_t cut_frames = 0;      ///< frames that lose hits so
  std::int64_t empty = 0;           ///< frames of which nothing is left
  std::string why_empty;            ///< the reason of the first of these
  std::string problem;              ///< why frames cannot be made, if so
};

/// What energy deposits become in the described detector. With hits of pixels all but `frames` is told of the first of
/// the frame sizes that were asked for, because clusters overlap more in larger frames.
struct StepsSummary {
  std::int64_t events = 0;  ///< events with rows
  std::int64_t events_with_hits = 0;
  std::int64_t primaries = 0;     ///< events of which the primary itself left a hit; 0 without truth
  std::int64_t primary_hits = 0;  ///< hits of primaries; 0 without truth
  bool has_truth = false;
  bool has_spot = false;
  std::vector<std::int64_t> hits_per_layer;  ///< up to the last layer that was hit
  float min_edep = 0.0F, max_edep = 0.0F;    ///< [MeV] per hit
  double mean_edep = 0.0;                    ///< [MeV]
  bool has_runs = false;
  MergeReport merge;
  std::vector<FrameSummary> frames;
};

/// Fired pixels of a readout file.
struct PixelsSummary {
  std::int64_t frames = 0;  ///< frames with pixels
  std::int64_t first_frame = 0, last_frame = 0;
  double mean_per_frame = 0.0;  ///< pixels per frame with pixels
  std::int64_t most_in_frame = 0;
  std::vector<std::int64_t> pixels_per_layer;  ///< up to the last layer that fired; layers above 9999 are not counted
  std::int64_t min_x = 0, max_x = 0, min_y = 0, max_y = 0;  ///< [pixels]
  RepeatedPixels repeats;                                   ///< pixels that fire in successive readouts
  HotPixels hot;  ///< what reconstruction would mask; without layers where the detector cannot have these pixels
};

/// One array of a file that is no table.
struct ArraySummary {
  std::string key;
  std::string type;
  std::vector<std::int64_t> shape;
};

/// What is in a file. One of steps, pixels and arrays is filled; `problem` says why the rows are of no use here.
struct FileSummary {
  std::string file;
  std::string kind;  ///< "steps", "pixels", "table" or "arrays"
  std::int64_t rows = 0;
  std::vector<ColumnSummary> columns;
  std::vector<std::string> skipped;  ///< columns of text
  std::vector<std::string> warnings;
  std::vector<std::string> notes;     ///< what was assumed, or done about the order of events
  std::vector<Suspicion> suspicions;  ///< what is implausible as the description says it
  std::string flags;                  ///< options that read the file right, with which `steps` was made; often none
  std::optional<StepsSummary> steps;
  std::optional<PixelsSummary> pixels;
  std::vector<ArraySummary> arrays;
  std::string problem;
};

/// Looks through a file in chunks, twice: for its columns, and for what becomes of its rows. Implausible units and axes
/// are told with the options that read the file right, and the rest is what these options give. A file that can be read
/// but not used with this detector (a missing column, a layer it does not have) gives a summary with `problem`; throws
/// InputError when it cannot be read at all, and for bad options of `hits`.
FileSummary inspect(const std::string& path, const Detector& detector, const std::vector<std::int32_t>& per_frame,
                    const HitConfig& hits = {}, const InputConfig& input = {});

}  // namespace difftrack::detector
