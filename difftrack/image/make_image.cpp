// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/make_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"

namespace difftrack::image {

namespace {

constexpr std::int64_t kPortion = 500;  // protons whose paths one thread finds at a time

PathInput input_of(const Protons& p, std::size_t i) {
  const auto d = [](float value) { return static_cast<double>(value); };
  return {d(p.x[i]),      d(p.y[i]),      d(p.slope_x[i]), d(p.slope_y[i]),
          d(p.spot_x[i]), d(p.spot_y[i]), d(p.wepl[i]),    d(p.range[i])};
}

}  // namespace

std::vector<Path> find_paths(const Protons& protons, const PathFinder& finder, const Hull& hull,
                             const Rotation& rotation, int threads) {
  std::vector<Path> paths(protons.size());
  const auto n = static_cast<std::int64_t>(protons.size());
  core::parallel_for((n + kPortion - 1) / kPortion, threads, [&](std::int64_t portion) {
    for (std::int64_t i = portion * kPortion; i < std::min(n, (portion + 1) * kPortion); ++i) {
      const auto at = static_cast<std::size_t>(i);
      paths[at] = finder(input_of(protons, at), hull, rotation);
    }
  });
  return paths;
}

PreparedView prepare(const View& view, const PathFinder& finder, const RobustCuts& cuts, const Hull& hull, int threads,
                     CutCounts& counts) {
  PreparedView prepared{view.rotation, find_paths(view.protons, finder, hull, Rotation(view.rotation), threads), {}};
  prepared.keep = cuts(view.protons, prepared.paths, counts);
  return prepared;
}

void check_image(const ImageConfig& config, const Hull& hull, std::int64_t protons) {
  const double half = 0.5 * config.grid.pixel * config.grid.pixels;
  if (const double reach = hull.reach(); reach > half)
    throw core::InputError(
        {"", "hull", config.hull},
        fmt::format("reaches {:.1f} mm from the axis, the image only {:.1f} mm (pixels x pixel / 2)", reach, half));
  if (const std::int64_t pixels = std::int64_t{config.grid.pixels} * config.grid.pixels * config.grid.slices;
      protons < pixels)
    throw core::InputError(
        {"", "tracks", std::to_string(protons)},
        fmt::format("are fewer than the {} pixels of the image; fewer or larger pixels would do", pixels));
}

Image back_project(const ViewSource& source, std::span<const double> weights, const detector::Detector& detector,
                   const ImageConfig& config, const Hull& hull, int threads, const core::ProgressCallback& progress,
                   const ViewSink& sink) {
  core::check_fields(config, "");
  const PathFinder finder(detector, config.paths);
  const RobustCuts cuts(config.cuts);
  const double distance = config.paths.beam.steering_distance;
  const BinProtons bin({config.grid, config.splat, distance});
  FilteredBackProjection fbp({config.grid, config.window, distance});
  Image image;
  for (View view; source(view); ++image.views) {
    if (static_cast<std::size_t>(image.views) >= weights.size())
      throw core::InputError({"", "rotation", ""}, "more views came than were listed");
    const PreparedView prepared = prepare(view, finder, cuts, hull, threads, image.cuts);
    image.left_out += view.left_out;
    if (sink) sink(view, prepared);
    Projection projection = bin(prepared.paths, view.protons.wepl, prepared.keep, view.rotation, threads);
    image.filled += fill_empty(projection);
    fbp.add(std::move(projection), weights[static_cast<std::size_t>(image.views)], threads);
    if (progress)
      progress({image.views + 1, static_cast<std::int64_t>(weights.size()),
                fmt::format("{} protons kept", image.cuts.kept)});
  }
  image.rsp = fbp.image();
  return image;
}

void ViewSpool::push(const View& view) {
  protons_.push(view.protons);
  rotations_.push_back(view.rotation);
  left_out_.push_back(view.left_out);
}

bool ViewSpool::next(View& view) {
  if (at_ == rotations_.size()) {
    protons_.rewind();
    at_ = 0;
    return false;
  }
  view.rotation = rotations_[at_];
  view.left_out = left_out_[at_];
  ++at_;
  return protons_.next(view.protons);
}

}  // namespace difftrack::image
