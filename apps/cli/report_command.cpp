// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/input_options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/track_report_table.hpp"
#include "apps/report/report_page.hpp"
#include "apps/viewer/phantom_outline.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/sha256.hpp"
#include "difftrack/core/version.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  InputOptions input;
  std::vector<std::string> files;
  std::string output, detector;
  bool no_truth = false;
};

std::optional<detector::Detector> detector_of(const Options& options, const std::string& file,
                                              const std::string& name) {
  if (!options.detector.empty()) return detector::read_detector(options.detector);
  try {
    return detector::read_detector(name);
  } catch (const core::InputError&) {
    fmt::print(stderr, "{}: detector '{}' is not at hand, so its figures are left out (--detector FILE.toml)\n", file,
               name);
    return std::nullopt;
  }
}

report::FileFacts facts_of(const Options& options, const std::string& path) {
  report::FileFacts facts;
  facts.path = path;
  facts.reports = reconstruct::report_tracks(path);
  if (facts.reports.empty()) throw core::InputError({path, "sources", ""}, "names no source; the file is damaged");
  const event::TracksMeta& meta = facts.reports.front().meta;
  facts.method = method_label(meta);
  facts.sha256 = core::sha256_of_file(path);
  for (const std::string& source : meta.sources)
    facts.commands.push_back(
        viewer::source_command(source).value_or("not told by the file, or the file is not at hand"));
  if (!options.no_truth && reconstruct::has_truth(path)) facts.evaluations = reconstruct::evaluate_file(path);
  if (const auto detector = detector_of(options, path, meta.detector)) {
    facts.spread = reconstruct::distributions_of(path, *detector);
    if (options.no_truth) facts.spread->cuts.clear();
  }
  return facts;
}

/// Short names of the files that differ: the name without ending, with its folder where that is not enough.
void label(std::vector<report::FileFacts>& files) {
  std::multiset<std::string> stems;
  for (const auto& file : files) stems.insert(std::filesystem::path(file.path).stem().string());
  for (auto& file : files) {
    const std::filesystem::path path(file.path);
    file.label =
        stems.count(path.stem().string()) == 1 ? path.stem().string() : (path.parent_path() / path.stem()).string();
  }
}

/// Of all pairs of files of the same segments, where the graphs are there.
std::vector<report::Disagreement> compare(const std::vector<report::FileFacts>& files) {
  std::vector<report::Disagreement> out;
  for (std::size_t a = 0; a < files.size(); ++a)
    for (std::size_t b = a + 1; b < files.size(); ++b) {
      try {
        out.push_back({a, b, reconstruct::compare_files(files[a].path, files[b].path).normalised()});
      } catch (const core::InputError&) {
        // no graph, no truth, or other frames: there is nothing to compare
      }
    }
  return out;
}

void report_files(const Options& options) {
  std::vector<std::string> inputs = options.files;
  inputs.insert(inputs.end(), {options.input.files_from, options.detector});
  check_outputs({options.output}, inputs);
  std::vector<report::FileFacts> files;
  std::string command = "difftrack report";
  for (const std::string& file : options.files) {
    files.push_back(facts_of(options, file));
    command += " " + file;
  }
  if (!options.detector.empty()) command += " --detector " + options.detector;
  if (options.no_truth) command += " --no-truth";
  label(files);
  const auto disagreements = options.no_truth ? std::vector<report::Disagreement>{} : compare(files);
  core::AtomicFile page(options.output);
  page.write(plot::html(report::report_page(files, disagreements, command + " -o " + options.output, core::version())));
  page.commit();
  fmt::print("{}: figures of {} file{}\n", options.output, files.size(), files.size() == 1 ? "" : "s");
}

}  // namespace

void add_report_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("report", "figures and tables of tracks files, as one page");
  auto options = std::make_shared<Options>();
  add_input_options(*command, options->input, "Tracks files (.npz) made by 'difftrack reconstruct'");
  command->add_option("-o,--output", options->output, "The .html to write.")->required();
  command->add_option("--detector", options->detector,
                      "Shipped detector or TOML file; default: the one that each tracks file names.");
  command->add_flag("--no-truth", options->no_truth, "Only what can be told without truth.");
  command->footer(
      "Yields, hits per track, kinks and deposits against what physics expects, where tracks end; with truth purity,\n"
      "efficiency and their dependence on density; several files or methods side by side. Every figure's numbers are\n"
      "in the page as CSV.\n\n"
      "Examples:\n"
      "  difftrack report tracks.npz -o report.html\n"
      "  difftrack report network.npz combined.npz -o methods.html");
  command->callback([options, &run] {
    run = [options] {
      options->files = options->input.files(reconstruct::tracks_in_folder());
      report_files(*options);
    };
  });
}

}  // namespace difftrack::cli
