// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/core/progress.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/io/row_spool.hpp"
#include "difftrack/image/bin_protons.hpp"
#include "difftrack/image/filtered_back_projection.hpp"
#include "difftrack/image/hull.hpp"
#include "difftrack/image/path_finder.hpp"
#include "difftrack/image/robust_cuts.hpp"
#include "difftrack/image/views.hpp"
#include "difftrack/image/volume.hpp"

namespace difftrack::image {

/// Every option on the way from protons to an image.
struct ImageConfig {
  std::string hull = "found";
  double hull_threshold = 0.3;
  PathFinder::Config paths;
  RobustCuts::Config cuts;
  GridConfig grid;
  Splat splat = Splat::Nearest;
  Window window = Window::Ramp;

  static constexpr auto fields() {
    using C = ImageConfig;
    using core::field;
    return std::tuple{
        field("hull", &C::hull, "",
              "Phantom's outline: found, none, cylinder:RADIUS in mm, or quadric:A,B,C,D,E,F,G,H,I,J as PCT has it."),
        field("hull_threshold", &C::hull_threshold, "", {0.0, 10.0},
              "Relative stopping power in a first image above which there is phantom, for hull found."),
        core::part(&C::paths),
        core::part(&C::cuts),
        core::part(&C::grid),
        field("splat", &C::splat, "", "Share of a proton's cells on a depth plane."),
        field("window", &C::window, "", "Window on the ramp filter.")};
  }
};

/// Gives one view after the other; false at the end.
using ViewSource = std::function<bool(View&)>;

/// The protons of one view, ready to be binned, exported or swept over.
struct PreparedView {
  double rotation = 0.0;           ///< [rad]
  std::vector<Path> paths;         ///< one per proton
  std::vector<std::uint8_t> keep;  ///< 1: it counts
};

/// The path of each proton at one rotation, found on `threads` threads.
std::vector<Path> find_paths(const Protons& protons, const PathFinder& finder, const Hull& hull,
                             const Rotation& rotation, int threads);

/// Paths and cuts of a view; paths are found on `threads` threads.
PreparedView prepare(const View& view, const PathFinder& finder, const RobustCuts& cuts, const Hull& hull, int threads,
                     CutCounts& counts);

/// An image and what it was made of.
struct Image {
  Volume rsp;                 ///< relative stopping power
  CutCounts cuts;             ///< of the last pass
  std::int64_t left_out = 0;  ///< tracks without hits on the first two planes
  std::int64_t views = 0;
  std::int64_t filled = 0;  ///< cells between others that no proton crossed
};

/// Called with every view of a pass, before it is added to the image; for export and radiographs.
using ViewSink = std::function<void(const View& view, const PreparedView& prepared)>;

/// Filtered back projection of all views in one pass; memory is for one view. `weights` as of view_weights, in the
/// order of the source. Throws InputError for options out of range.
Image back_project(const ViewSource& source, std::span<const double> weights, const detector::Detector& detector,
                   const ImageConfig& config, const Hull& hull, int threads,
                   const core::ProgressCallback& progress = {}, const ViewSink& sink = {});

/// Throws InputError for a hull that does not fit into the field, and for fewer protons than pixels.
void check_image(const ImageConfig& config, const Hull& hull, std::int64_t protons);

/// Views in a temporary file, to be gone through again and again.
class ViewSpool {
 public:
  /// Appends a view.
  void push(const View& view);
  /// The next one; false at the end, after which it begins anew.
  bool next(View& view);
  std::size_t size() const { return rotations_.size(); }  ///< views in it

 private:
  event::RowSpool<Protons> protons_;
  std::vector<double> rotations_;
  std::vector<std::int64_t> left_out_;
  std::size_t at_ = 0;
};

}  // namespace difftrack::image
