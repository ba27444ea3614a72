// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/input_options.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/image/make_image.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"

namespace difftrack::cli {

/// What a command that reads the tracks of a scan was told: which, and how they become protons with paths.
struct ScanOptions {
  InputOptions input;
  image::ImageConfig config;
  image::RangeFinder::Config finder;
  std::string detector, calibration;  ///< empty: by the name in the files
  double max_hole = 1.5;
  int threads = 0;
  bool quiet = false;
};

/// The flags of it; `skip` names fields of the image that the command has no use for.
inline void add_scan_options(CLI::App& app, ScanOptions& options, const std::vector<std::string>& skip = {}) {
  add_input_options(app, options.input, "Tracks files of 'difftrack reconstruct', view by view");
  app.add_option("--detector", options.detector, "Its description, where the files' name is not enough.");
  app.add_option("--calibration", options.calibration, "Range calibration, where it is not beside the description.");
  app.add_option("--max-hole", options.max_hole, "Largest hole between views, in their usual distance.")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Number of threads, without effect on the result; 0: all cores.");
  app.add_flag("-q,--quiet", options.quiet, "Nothing printed but errors.");
  add_field_options(app, options.config, "Image", skip);
  add_field_options(app, options.finder, "Range of a track");
}

/// A bar, if there shall be one; stops where the user interrupts.
inline core::ProgressCallback scan_progress(const ScanOptions& options, const std::string& unit) {
  const auto bar = options.quiet ? core::ProgressCallback{} : progress_bar(unit);
  return [bar](const core::Progress& progress) {
    stop_if_interrupted();
    if (bar) bar(progress);
  };
}

/// The tracks of a scan, ready to be gone through view by view.
struct OpenScan {
  std::vector<std::string> files;
  image::ScanList list;
  detector::Detector detector;
  std::vector<double> weights;  ///< of the views [rad]
  image::Hull hull;
  image::ViewSource source;
};

/// Throws InputError for a hole larger than asked for, and warns of one as large as a missing view.
inline void check_holes(const image::ScanList& list, double max_hole) {
  constexpr double kMissing = 1.5;  // between one distance of views and two
  const double hole = image::largest_hole(list.rotations);
  if (hole > max_hole)
    throw core::InputError({"", "rotation", fmt::format("{} views", list.rotations.size())},
                           fmt::format("leave a hole {:.1f} times their usual distance, more than --max-hole {:g}; "
                                       "streaks would run through it",
                                       hole, max_hole));
  if (hole > kMissing)
    fmt::print(stderr, "warning: views are missing: the largest hole is {:.1f} times the usual distance of two\n",
               hole);
}

/// Opens the files and checks all that can be known before the first view; where the hull is to be found, makes a first
/// image. Throws InputError.
inline OpenScan open_scan(const ScanOptions& options) {
  OpenScan scan;
  scan.files = options.input.files(reconstruct::tracks_in_folder());
  scan.list = image::list_views(scan.files);
  if (scan.list.rotations.empty())
    throw core::InputError({scan.files[0], "tracks", "0"}, "there is no track in the files");
  check_holes(scan.list, options.max_hole);
  scan.weights = image::view_weights(scan.list.rotations);
  scan.detector = detector::read_detector(options.detector.empty() ? scan.list.detector : options.detector);
  const std::string named = options.calibration.empty() ? scan.detector.name : options.calibration;
  const auto calibration = image::read_range_calibration(named);
  calibration.check_detector(scan.detector, named);
  const bool find = options.config.hull == "found";
  if (!find) scan.hull = image::parse_hull(options.config.hull, "", "--hull");
  image::check_image(options.config, scan.hull, scan.list.tracks);
  auto reader = std::make_shared<image::ViewReader>(
      scan.files, image::RangeFinder(scan.detector, options.finder, calibration.deposit_scale()), calibration);
  scan.source = [reader](image::View& view) { return reader->next(view); };
  if (find) {
    auto spool = std::make_shared<image::ViewSpool>();
    const auto keep = [&](const image::View& view, const image::PreparedView&) { spool->push(view); };
    const image::Image first =
        image::back_project(scan.source, scan.weights, scan.detector, options.config, scan.hull, options.threads,
                            scan_progress(options, "views of the first pass"), keep);
    scan.hull = image::Hull(image::find_hull(first.rsp, options.config.hull_threshold));
    scan.source = [spool](image::View& view) { return spool->next(view); };
  }
  return scan;
}

}  // namespace difftrack::cli
