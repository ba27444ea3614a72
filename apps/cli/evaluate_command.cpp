// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/input_options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/track_report_table.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/reconstruct/evaluate_file.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  InputOptions input;
  std::vector<std::string> files;  ///< that are meant by the input
  std::string json;
  std::string compare;
  bool no_truth = false;
};

std::string percent(const track::Estimate& estimate) {
  if (std::isnan(estimate.value)) return "-";
  if (estimate.value > 1.0) return fmt::format("{:.1f} *", 100 * estimate.value);
  if (std::isnan(estimate.low)) return fmt::format("{:.1f}", 100 * estimate.value);
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", 100 * estimate.value, std::max(0.0, 100 * estimate.low),
                     std::min(100.0, 100 * estimate.high));
}

constexpr const char* kAboveOne =
    "above 100 %: counts tracks of primary hits over events all of whose hits are primary, so that tracks of events "
    "with "
    "a secondary hit, and second tracks of an event, add to the numerator alone";

nlohmann::ordered_json json_of(const track::Estimate& estimate) {
  nlohmann::ordered_json json{{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
  if (estimate.value > 1.0) json["remark"] = kAboveOne;
  return json;
}

/// Events per frame as asked, or on average where frames are windows of time.
std::string density(const reconstruct::Evaluation& row) {
  return row.meta.per_frame > 0 ? fmt::format("{}", row.meta.per_frame) : fmt::format("{:.1f}", row.events_per_frame);
}

/// By source, then density, then method, as a reader looks for them; files of the same keep their order.
void sort_rows(std::vector<reconstruct::Evaluation>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    const auto density_of = [](const auto& row) {
      return row.meta.per_frame > 0 ? static_cast<double>(row.meta.per_frame) : row.events_per_frame;
    };
    return std::make_tuple(a.source, density_of(a), method_label(a.meta)) <
           std::make_tuple(b.source, density_of(b), method_label(b.meta));
  });
}

void print_table(const std::vector<reconstruct::Evaluation>& rows) {
  std::size_t source = 6, method = 6;
  for (const auto& row : rows) {
    source = std::max(source, row.source.size());
    method = std::max(method, method_label(row.meta).size());
  }
  fmt::print("{:<{}}  {:<{}}  {:>4}  {:>6}  {:<37}  {:<37}  {:<18}  {}\n", "", source, "", method, "", "",
             "published [%] (95 % interval)", "strict [%] (95 % interval)", "events [%]", "segments [%]");
  fmt::print("{:<{}}  {:<{}}  {:>4}  {:>6}  {:<18} {:<18}  {:<18} {:<18}  {:<18}  {:>5}  {:>5}  {:>5}\n", "source",
             source, "method", method, "p+/F", "frames", "purity", "efficiency", "purity", "efficiency", "complete",
             "TPR", "FPR", "kept");
  for (const auto& row : rows) {
    const track::Metrics& m = row.metrics;
    const auto short_percent = [](double value) {
      return std::isnan(value) ? "-" : fmt::format("{:.2f}", 100 * value);
    };
    fmt::print("{:<{}}  {:<{}}  {:>4}  {:>6}  {:<18} {:<18}  {:<18} {:<18}  {:<18}  {:>5}  {:>5}  {:>5}\n", row.source,
               source, method_label(row.meta), method, density(row), m.frames, percent(m.published_purity),
               percent(m.published_efficiency), percent(m.strict_purity), percent(m.strict_efficiency),
               percent(m.complete), short_percent(m.segment_tpr.value), short_percent(m.segment_fpr.value),
               short_percent(m.segment_filter_kept.value));
  }
  if (std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.metrics.published_efficiency.value > 1; }))
    fmt::print("\n* published efficiency {}\n", kAboveOne);
}

/// Harmonic mean of strict purity and efficiency: one number, for who wants to make both large.
double strict_f1(const track::Metrics& m) {
  const double purity = m.strict_purity.value, efficiency = m.strict_efficiency.value;
  return purity + efficiency > 0.0 ? 2.0 * purity * efficiency / (purity + efficiency) : purity + efficiency;
}

void write_json(const std::string& path, const std::vector<reconstruct::Evaluation>& rows,
                const std::map<std::string, assign::Disagreement>& disagreements) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    const track::Metrics& m = row.metrics;
    json.push_back({{"file", row.file},
                    {"source", row.source},
                    {"method", row.meta.method},
                    {"model", row.meta.model},
                    {"assignment", row.meta.assignment},
                    {"detector", row.meta.detector},
                    {"per_frame", row.meta.per_frame},
                    {"frame_time_ns", row.meta.frame_time},
                    {"events_per_frame", row.events_per_frame},
                    {"frames", m.frames},
                    {"tracks", m.counts.tracks},
                    {"reconstructable", m.counts.reconstructable},
                    {"cuts", cuts_json(row.meta)},
                    {"published_purity", json_of(m.published_purity)},
                    {"published_efficiency", json_of(m.published_efficiency)},
                    {"strict_purity", json_of(m.strict_purity)},
                    {"strict_efficiency", json_of(m.strict_efficiency)},
                    {"strict_f1", strict_f1(m)},
                    {"complete", json_of(m.complete)},
                    {"segment_tpr", json_of(m.segment_tpr)},
                    {"segment_fpr", json_of(m.segment_fpr)},
                    {"segment_tpr_in_all", json_of(m.segment_tpr_in_all)},
                    {"segment_filter_kept", json_of(m.segment_filter_kept)}});
    if (const auto found = disagreements.find(row.file); found != disagreements.end())
      json.back()["disagreement"] = {{"normalised", found->second.normalised()},
                                     {"different", found->second.different},
                                     {"segments", found->second.segments}};
  }
  core::AtomicFile out(path);
  out.write(json.dump(1) + "\n");
  out.commit();
}

/// Whether all files are to be reported without truth. Throws InputError when only some have none.
bool without_truth(const Options& options) {
  if (options.no_truth || !options.compare.empty()) return options.no_truth;
  const bool truth = reconstruct::has_truth(options.files.front());
  for (const std::string& file : options.files)
    if (reconstruct::has_truth(file) != truth)
      throw core::InputError({truth ? file : options.files.front(), "event", ""},
                             "the tracks carry no truth, unlike others; evaluate them apart, or all with --no-truth");
  return !truth;
}

void report_without_truth(const Options& options) {
  std::vector<reconstruct::TrackReport> reports;
  for (const std::string& file : options.files)
    for (reconstruct::TrackReport& report : reconstruct::report_tracks(file)) reports.push_back(std::move(report));
  if (!options.json.empty()) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const reconstruct::TrackReport& report : reports) json.push_back(track_report_json(report));
    core::AtomicFile out(options.json);
    out.write(json.dump(1) + "\n");
    out.commit();
  }
  print_track_reports(reports);
}

void evaluate(const Options& options) {
  std::vector<std::string> inputs = options.files;
  inputs.insert(inputs.end(), {options.compare, options.input.files_from});
  check_outputs({options.json}, inputs);
  if (options.no_truth && !options.compare.empty())
    throw core::InputError({"", "--compare", options.compare}, "is of no use to --no-truth, which compares nothing");
  if (without_truth(options)) return report_without_truth(options);
  std::vector<reconstruct::Evaluation> rows;
  for (const std::string& file : options.files)
    for (reconstruct::Evaluation& row : reconstruct::evaluate_file(file)) rows.push_back(std::move(row));
  sort_rows(rows);
  std::map<std::string, assign::Disagreement> disagreements;  // by tracks file, over all its sources
  if (!options.compare.empty())
    for (const std::string& file : options.files)
      disagreements.emplace(file, reconstruct::compare_files(file, options.compare));
  // Before anything is printed, so that a reader of standard output who leaves early does not cost the file.
  if (!options.json.empty()) write_json(options.json, rows, disagreements);
  print_table(rows);
  if (!options.compare.empty()) {
    fmt::print("\nNormalised disagreement of the assignments (0: none beyond the errors' share, 1: full)\n");
    for (const std::string& file : options.files) {
      const assign::Disagreement& difference = disagreements.at(file);
      fmt::print("  {} against {}: {:.3f} ({} of {} segments differ)\n", file, options.compare, difference.normalised(),
                 difference.different, difference.segments);
    }
  }
}

}  // namespace

void add_evaluate_command(CLI::App& app, std::function<void()>& run) {
  auto* command =
      app.add_subcommand("evaluate", "purity and efficiency of tracks files; without truth: counts, kinks, ranges");
  auto options = std::make_shared<Options>();
  add_input_options(*command, options->input, "Tracks files (.npz) made by 'difftrack reconstruct'");
  command->add_option("--json", options->json, "File for every figure, as JSON.");
  command->add_flag("--no-truth", options->no_truth, "Counts, kinks and ranges even where there is truth.");
  command->add_option("--compare", options->compare,
                      "Another tracks file of the same frames, to tell how far the assignments disagree; both need "
                      "--write-graph when reconstructed.");
  command->footer(
      "published: tracks of primary hits only, mean over frames (Kortus et al. 2024)\n"
      "strict:    all accepted tracks; all reconstructable primaries, each found once and 90 % complete\n"
      "complete:  events all of whose hits are primary with a single track, of their hits only, 90 % complete\n"
      "segments:  true and false positive rate of the assignment, and the share of true segments that the angular\n"
      "           filter keeps\n\n"
      "Examples:\n"
      "  difftrack evaluate tracks_50.npz tracks_100.npz tracks_150.npz\n"
      "  difftrack evaluate tracks.npz --json metrics.json\n"
      "  difftrack evaluate seed1.npz --compare seed2.npz");
  command->callback([options, &run] {
    run = [options] {
      options->files = options->input.files(reconstruct::tracks_in_folder());
      evaluate(*options);
    };
  });
}

}  // namespace difftrack::cli
