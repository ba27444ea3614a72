// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/core/work_queue.hpp"
#include "difftrack/study/directions.hpp"
#include "difftrack/study/evaluate.hpp"
#include "difftrack/study/hessian.hpp"

namespace difftrack::study {

/// Options of `difftrack study landscape`.
struct LandscapeConfig {
  DirectionKind directions = DirectionKind::Hessian;
  Normalisation normalisation = Normalisation::Tensor;
  Statistics statistics = Statistics::Frame;
  std::int32_t recompute_frames = 10;
  std::int32_t dimensions = 2;
  std::int32_t points = 50;
  double range = 0.5;
  bool refine = false;
  double refine_ratio = 1.3;
  std::int32_t refine_levels = 2;
  double wide = 2.0;
  std::int64_t seed = 1;
  std::string direction_file = {};
  HessianLoss hessian = {};
  static constexpr auto fields() {
    using core::field;
    using C = LandscapeConfig;
    return std::tuple{
        field("directions", &C::directions, "", "Directions of the axes."),
        field("normalisation", &C::normalisation, "", "Length of a direction."),
        field("statistics", &C::statistics, "", "Statistics of BatchNorm at each point."),
        field("recompute_frames", &C::recompute_frames, "", {1, 10000}, "Frames of recomputed statistics."),
        field("dimensions", &C::dimensions, "", {1, 2}, "Line or surface."),
        field("points", &C::points, "", {2, 10001},
              "Points along an axis; with refine those of the first, coarse grid."),
        field("range", &C::range, "", {1e-6, 1e3}, "Largest coordinate; axes run from minus to plus it."),
        field("refine", &C::refine, "", "Cells of a surface halved where the loss changes."),
        field("refine_ratio", &C::refine_ratio, "", {1.0, 1e6},
              "Ratio of the losses at a cell's corners that halves it."),
        field("refine_levels", &C::refine_levels, "", {1, 6}, "Times that a cell is halved at most."),
        field("wide", &C::wide, "", {1.0, 1e6}, "Multiple of the centre's loss up to which tracking counts as good."),
        field("seed", &C::seed, "", {0, 4e9}, "Seed of random directions and starts."),
        field("direction_file", &C::direction_file, "",
              "File of vectors (.npz of study hessian) for directions = file."),
        core::part(&C::hessian),
    };
  }
};

/// The places of a surface: a regular grid, or a coarse one whose cells are halved where the loss changes.
struct SurfaceGrid {
  std::int32_t dimensions = 2;
  std::int32_t side = 0;  ///< places along an axis of the finest grid
  double range = 0.5;     ///< coordinates from −range to range

  /// Coordinate of place i in [0, side).
  double coordinate(std::int32_t i) const { return side > 1 ? range * (2.0 * i / (side - 1) - 1.0) : 0.0; }
};

/// Losses over a plane.
struct Surface {
  SurfaceGrid grid;
  std::vector<std::int32_t> i, j;   ///< places of the finest grid that were computed; j is 0 of a line
  std::vector<PointLosses> losses;  ///< one per place
  PointLosses centre;               ///< at the model itself, which an even number of points leaves out
};

/// What a surface says in a few numbers.
struct SurfaceSummary {
  double minimum = 0.0, maximum = 0.0, centre = 0.0;
  double minimum_a = 0.0, minimum_b = 0.0;                 ///< where the minimum lies
  double within_2 = 0.0, within_5 = 0.0, within_10 = 0.0;  ///< shares of the area with a loss up to that multiple of
                                                           ///< the minimum
  double wide = 0.0;  ///< share of the area up to Config::wide times the centre: width of the high-performance region
};

/// Losses at coordinates of the plane.
using PointFunction = std::function<PointLosses(std::span<const double> coordinates, int thread)>;

/// Evaluates a surface over the tasks of a queue, one list per level of refinement. Nothing when results of others are
/// still missing. The result is the same for every sharing of the work.
std::optional<Surface> evaluate_surface(const LandscapeConfig& config, core::WorkQueue& queue, const PointFunction& at);

/// The loss on the whole finest grid, row-major (j, i): what was not computed is interpolated between the corners of
/// its cell. `value` takes the loss that is meant out of a point.
std::vector<double> on_full_grid(const Surface& surface, const std::function<double(const PointLosses&)>& value);

/// Of L_H, or of any other column. Areas are counted on the finest grid.
SurfaceSummary summarise(const Surface& surface, double wide, const std::function<double(const PointLosses&)>& value);

/// Numbers of a point as a queue keeps them, and back.
std::vector<double> to_numbers(const PointLosses& losses);
/// The inverse.
PointLosses losses_from(std::span<const double> numbers);

}  // namespace difftrack::study
