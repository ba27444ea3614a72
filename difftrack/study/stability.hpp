// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/study/frames.hpp"
#include "difftrack/study/models.hpp"

namespace difftrack::study {

/// Options of `difftrack study stability`.
struct StabilityConfig {
  std::int32_t bootstrap = 1000;
  std::int32_t permutations = 10000;
  double pixel = 2.0;
  double beam_energy = 230.0;
  std::int64_t seed = 1;
  static constexpr auto fields() {
    using core::field;
    using C = StabilityConfig;
    return std::tuple{
        field("bootstrap", &C::bootstrap, "", {10, 1e6}, "Resamplings of frames and models for each interval."),
        field("permutations", &C::permutations, "", {10, 1e7},
              "Permutations of model labels where groups are compared."),
        field("pixel", &C::pixel, "mm", {0.01, 1e3}, "Side of a pixel in which stopping depths are averaged."),
        field("beam_energy", &C::beam_energy, "MeV", {1.0, 350.0}, "Energy whose range in water a path length is of."),
        field("seed", &C::seed, "", {0, 4e9}, "Seed of resamplings and permutations."),
    };
  }
};

/// Numbers that could tell whether a choice of segments will flip when the network is trained again. All are known
/// without truth, from one network.
struct Predictors {
  double score_margin = 0.0;    ///< score of the segment minus the best of its rivals at either end
  double reduced_margin = 0.0;  ///< reduced_cost_margins(), at most 1
  double score = 0.0;           ///< of the segment
  double density = 0.0;         ///< candidate segments at its two hits, itself not counted
  double kink = 0.0;            ///< [rad] largest kink to the chosen segments before and behind it
  double layer = 0.0;           ///< of its shallow hit
};
/// What each chosen segment of a forced assignment is worth: cost of the best assignment of the same size without it,
/// minus the cost with it; the segment stays as long as the costs of others sink by less in all. The duals give it
/// without a second solve: the shortest path from its row to its column in reduced costs c − u − v (a rival's reduced
/// cost alone says nothing: optimal duals are not unique, and most rivals are tight under some). Infinite where no
/// other choice exists, and for segments that were not chosen. O(chosen × entries log entries) per layer pair.
std::vector<double> reduced_cost_margins(const assign::Assignment& assignment);

/// Their names, in order; and whether small values go with flips.
struct PredictorName {
  std::string_view name;
  bool small_flips;
};
inline constexpr std::array<PredictorName, 6> kPredictors{{{"score_margin", true},
                                                           {"reduced_margin", true},
                                                           {"score", true},
                                                           {"density", false},
                                                           {"kink", false},
                                                           {"layer", false}}};
/// In that order.
std::array<double, 6> to_array(const Predictors& predictors);

/// A chosen segment or a track of one model, and how many of the other models do not have it.
struct Flip {
  Predictors predictors;     ///< of a track: least margins and score, mean density, largest kink, deepest layer
  std::int32_t others = 0;   ///< models it was compared with
  std::int32_t missing = 0;  ///< of these, models without it
};

/// Where a track stops.
struct StoppedTrack {
  double x = 0.0, y = 0.0;  ///< [mm] at its shallowest hit
  double depth = 0.0;       ///< [mm water] of the plane of its deepest hit behind the detector's front
};

/// How the models differ on one frame.
struct FrameStability {
  std::vector<std::int64_t> tracks;        ///< (models) accepted tracks
  std::vector<std::int64_t> common;        ///< (models, models) tracks of the same set of hits
  std::vector<std::int64_t> right;         ///< (models) primaries found: a track of their hits alone, 0.9 of them
  std::vector<std::int64_t> right_in_one;  ///< (models, models) primaries right in one of the two alone
  std::int64_t primaries = 0;              ///< reconstructable ones
  std::int64_t in_all = 0;                 ///< tracks that every model has, hit for hit
  std::vector<double> disagreement;        ///< counts of every pair (similarity.hpp)
  std::vector<Flip> segments;              ///< of the reference model
  std::vector<Flip> tracks_of_reference;   ///< of the reference model
  std::vector<std::vector<StoppedTrack>> stopped;  ///< per model
};

/// Reconstructs one frame with every model (forced assignment, the detector's track filter) and compares. `reference`
/// is the model whose segments and tracks are looked at, against the others of its group alone; where it is the only
/// one, against all others. One thread.
FrameStability frame_stability(const std::vector<Model>& models, std::size_t reference, const StudyFrame& frame,
                               const detector::Detector& detector);

/// As numbers of a queue's result, and back.
std::vector<double> to_numbers(const FrameStability& stability);
/// The inverse, for that number of models.
FrameStability stability_from(std::span<const double> numbers, std::size_t models);

/// What flips do to an image: per pixel the mean stopping depth of the tracks of each model, in the first `range` of
/// the frames' ranges.
struct DepthMap {
  std::int32_t first_x = 0, first_y = 0, columns = 0,
               rows = 0;                   ///< pixel (i, j) covers [first + i, first + i + 1) sides
  std::vector<std::vector<double>> depth;  ///< per model [mm water], NaN below `kLeastTracks` tracks
  std::vector<double> spread;              ///< per pixel: standard deviation over the models
};
inline constexpr std::int64_t kLeastTracks = 10;  ///< of a pixel that counts
/// Of tracks of one phantom; outer vectors: frames, models.
DepthMap depth_map(const std::vector<const FrameStability*>& frames, double pixel);

}  // namespace difftrack::study
