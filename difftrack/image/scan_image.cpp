// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/scan_image.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::image {

namespace {

// Throws for a hole larger than asked for; a warning of one as large as a missing view, else nothing.
std::string check_holes(const ScanList& list, double max_hole) {
  constexpr double kMissing = 1.5;  // between one distance of views and two
  const double hole = largest_hole(list.rotations);
  if (hole > max_hole)
    throw core::InputError({"", "rotation", fmt::format("{} views", list.rotations.size())},
                           fmt::format("leave a hole {:.1f} times their usual distance, more than --max-hole {:g}; "
                                       "streaks would run through it",
                                       hole, max_hole));
  if (hole <= kMissing) return "";
  return fmt::format("views are missing: the largest hole is {:.1f} times the usual distance of two", hole);
}

// Sweeps over the views, again and again, from the image of the filtered back projection on.
Volume swept(const OpenScan& scan, const ScanConfig& config, const Drop::Config& options, int threads, Volume start,
             const core::ProgressCallback& progress) {
  const PathFinder finder(scan.detector, config.config.paths);
  const RobustCuts cuts(config.config.cuts);
  Drop drop(options, std::move(start));
  const auto views = static_cast<std::int64_t>(scan.weights.size()), total = views * options.sweeps;
  const auto say = [&](std::int64_t done, const std::string& note) {
    if (progress) progress({done, total, note});
  };
  std::int64_t done = 0;
  for (std::int32_t sweep = 0; sweep < options.sweeps; ++sweep) {
    double square = 0.0;
    for (View view; scan.source(view);) {
      CutCounts counts;
      const auto prepared = prepare(view, finder, cuts, scan.hull, threads, counts);
      square += drop.add(prepared.paths, view.protons.wepl, prepared.keep, view.rotation, threads);
      say(++done, "");
    }
    drop.superiorise();
    say(done, fmt::format("rms difference {:.3f} mm", std::sqrt(square / static_cast<double>(views))));
  }
  return drop.image();
}

}  // namespace

OpenScan open_scan(const std::vector<std::string>& files, const ScanConfig& config, int threads,
                   const core::ProgressCallback& progress) {
  OpenScan scan;
  scan.files = files;
  scan.list = list_views(scan.files);
  if (scan.list.rotations.empty())
    throw core::InputError({scan.files[0], "tracks", "0"}, "there is no track in the files");
  scan.warning = check_holes(scan.list, config.max_hole);
  scan.weights = view_weights(scan.list.rotations);
  scan.detector = detector::read_detector(config.detector.empty() ? scan.list.detector : config.detector);
  const std::string named = config.calibration.empty() ? scan.detector.name : config.calibration;
  const auto calibration = read_range_calibration(named);
  calibration.check_detector(scan.detector, named);
  const bool find = config.config.hull == "found";
  if (!find) scan.hull = parse_hull(config.config.hull, "", "--hull");
  check_image(config.config, scan.hull, scan.list.tracks);
  auto reader = std::make_shared<ViewReader>(
      scan.files, RangeFinder(scan.detector, config.finder, calibration.deposit_scale()), calibration);
  scan.source = [reader](View& view) { return reader->next(view); };
  if (find) {
    auto spool = std::make_shared<ViewSpool>();
    const auto keep = [&](const View& view, const PreparedView&) { spool->push(view); };
    const Image first =
        back_project(scan.source, scan.weights, scan.detector, config.config, scan.hull, threads, progress, keep);
    scan.hull = Hull(find_hull(first.rsp, config.config.hull_threshold));
    scan.source = [spool](View& view) { return spool->next(view); };
  }
  return scan;
}

Image image_of_scan(OpenScan& scan, const ScanConfig& config, ImageMethod method, const Drop::Config& drop, int threads,
                    const core::ProgressCallback& progress) {
  auto spool = std::make_shared<ViewSpool>();
  ViewSink keep;  // what is gone through again has to be kept, on disk
  if (method == ImageMethod::Drop) keep = [&](const View& view, const PreparedView&) { spool->push(view); };
  Image image =
      back_project(scan.source, scan.weights, scan.detector, config.config, scan.hull, threads, progress, keep);
  if (method == ImageMethod::Drop) {
    scan.source = [spool](View& view) { return spool->next(view); };
    image.rsp = swept(scan, config, drop, threads, std::move(image.rsp), progress);
  }
  return image;
}

}  // namespace difftrack::image
