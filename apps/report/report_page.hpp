// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "difftrack/plot/page.hpp"
#include "difftrack/reconstruct/evaluate_file.hpp"
#include "difftrack/reconstruct/track_distributions.hpp"
#include "difftrack/reconstruct/track_report.hpp"

namespace difftrack::report {

/// What is known of one tracks file.
struct FileFacts {
  std::string path;
  std::string label;   ///< short name in legends, different for each file
  std::string method;  ///< as evaluate calls it
  std::string sha256;
  std::vector<std::string> commands;                 ///< one per source: how it was made, or what is not known of it
  std::vector<reconstruct::TrackReport> reports;     ///< one per source
  std::vector<reconstruct::Evaluation> evaluations;  ///< the same; empty without truth
  std::optional<reconstruct::TrackDistributions> spread;  ///< none where the detector is not at hand
};

/// Normalised disagreement of the assignments of two files of the same frames.
struct Disagreement {
  std::size_t a = 0, b = 0;  ///< indices of files
  double value = 0.0;
};

/// The page as data: yields, tracks, kinks and deposits against physics, where tracks end, purity and efficiency with
/// truth, density, disagreement of methods, provenance. `command` is the one that makes the page.
plot::Page report_page(const std::vector<FileFacts>& files, const std::vector<Disagreement>& disagreements,
                       const std::string& command, const std::string& version);

}  // namespace difftrack::report
