// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "apps/cli/input_options.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/image/scan_image.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"

namespace difftrack::cli {

/// What a command that reads the tracks of a scan was told: which, and how they become protons with paths.
struct ScanOptions : image::ScanConfig {
  InputOptions input;
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

/// Opens the files and warns of a hole as large as a missing view; as image::open_scan.
inline image::OpenScan open_scan(const ScanOptions& options) {
  image::OpenScan scan = image::open_scan(options.input.files(reconstruct::tracks_in_folder()), options,
                                          options.threads, scan_progress(options, "views of the first pass"));
  if (!scan.warning.empty()) fmt::print(stderr, "warning: {}\n", scan.warning);
  return scan;
}

}  // namespace difftrack::cli
