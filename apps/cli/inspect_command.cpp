// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/hit_options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/reading_options.hpp"
#include "apps/cli/root_files.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/detector/inspect/inspect.hpp"

namespace difftrack::cli {

namespace {

using detector::FileSummary;
using nlohmann::ordered_json;

struct InspectOptions {
  std::string file, tree;
  std::string detector = "bergen-dtc";
  std::vector<std::int32_t> per_frame = {50, 100, 150};
  std::string json;
  detector::HitConfig hits;
  ReadingOptions reading;
};

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

/// One line per layer with a bar, up to the first empty layer; one line for all behind it.
void print_layers(const std::vector<std::int64_t>& counts, const char* what) {
  const auto gap = static_cast<std::size_t>(std::find(counts.begin(), counts.end(), 0) - counts.begin());
  const std::int64_t most =
      counts.empty() ? 1 : std::max<std::int64_t>(1, *std::max_element(counts.begin(), counts.end()));
  fmt::print("\n{:>6} {:>10}\n", "layer", what);
  for (std::size_t layer = 0; layer < gap; ++layer)
    fmt::print("{:>6} {:>10}  {:#<{}}\n", layer, counts[layer], "", 40 * counts[layer] / most);
  const std::int64_t behind =
      std::accumulate(counts.begin() + static_cast<std::ptrdiff_t>(gap), counts.end(), std::int64_t{0});
  if (behind > 0)
    fmt::print("{:>6} {:>10}  in layers {} to {}, behind the first empty one\n", "…", behind, gap + 1,
               counts.size() - 1);
}

void print_columns(const FileSummary& summary) {
  std::size_t width = 6;
  for (const auto& column : summary.columns) width = std::max(width, column.name.size());
  fmt::print("\n{:<{}}  {:<8} {:>14} {:>14}\n", "column", width, "type", "min", "max");
  for (const auto& column : summary.columns)
    fmt::print("{:<{}}  {:<8} {:>14.7g} {:>14.7g}{}\n", column.name, width, column.type, column.min, column.max,
               column.not_finite > 0 ? fmt::format("  {} not finite", column.not_finite) : "");
}

void print_steps(const detector::StepsSummary& steps, const std::string& detector, bool from_pixels) {
  fmt::print("\nas energy deposits in detector '{}'\n", detector);
  fmt::print("{:>12}  events, {} of them with hits\n", steps.events, steps.events_with_hits);
  if (steps.has_truth)
    fmt::print("{:>12}  primaries that left hits; {} of {} hits are theirs\n", steps.primaries, steps.primary_hits,
               steps.merge.hits);
  else
    fmt::print("{:>12}  no truth (parentID): primaries and secondaries cannot be told apart\n", "-");
  if (steps.has_runs) fmt::print("{:>12}  the key of an event is its run and its number\n", "runs");
  if (from_pixels)
    fmt::print(
        "{:>12}  hits of {} rows in readouts of {} events: {} with pixels of several primaries, {} rows repeated, "
        "{} clusters below the minimum size\n",
        steps.merge.hits, steps.merge.rows, steps.frames.empty() ? 100 : steps.frames.front().per_frame,
        steps.merge.mixed, steps.merge.duplicates, steps.merge.small);
  else
    fmt::print(
        "{:>12}  hits of {} rows: {} joined the hit of their particle, {} repeated, {} hits below the cluster size\n",
        steps.merge.hits, steps.merge.rows, steps.merge.merged, steps.merge.duplicates, steps.merge.small);
  if (steps.merge.folded > 0)
    fmt::print("{:>12}  rows of electrons near their parent joined its hit (--no-fold-electrons keeps them apart)\n",
               steps.merge.folded);
  if (steps.merge.hits > 0)
    fmt::print("{:>12}  keV mean energy of a hit, {:.3g} to {:.3g}\n", fmt::format("{:.2f}", 1e3 * steps.mean_edep),
               1e3 * static_cast<double>(steps.min_edep), 1e3 * static_cast<double>(steps.max_edep));
  print_layers(steps.hits_per_layer, "hits");
  fmt::print("\n{:>9} {:>8} {:>11} {:>15} {:>22}\n", "per frame", "frames", "mean hits", "events left",
             "behind empty layer");
  for (const auto& frames : steps.frames) {
    fmt::print("{:>9} {:>8} {:>11.1f} {:>15} {:>22}\n", frames.per_frame, frames.frames, frames.mean_hits,
               frames.partial_events, fmt::format("{} hits, {} frames", frames.cut_off, frames.cut_frames));
    if (frames.empty > 0) fmt::print("{:>9} {} frames are empty: {}\n", "", frames.empty, frames.why_empty);
    if (!frames.problem.empty()) fmt::print("{:>9} {}\n", "", frames.problem);
  }
}

void print_pixels(const detector::PixelsSummary& pixels) {
  fmt::print("\nas fired pixels\n");
  fmt::print("{:>12}  frames with pixels, numbered {} to {}\n", pixels.frames, pixels.first_frame, pixels.last_frame);
  fmt::print("{:>12}  pixels per frame, at most {}\n", fmt::format("{:.1f}", pixels.mean_per_frame),
             pixels.most_in_frame);
  fmt::print("{:>12}  x from {} to {}, y from {} to {} pixels\n", "extent", pixels.min_x, pixels.max_x, pixels.min_y,
             pixels.max_y);
  const auto& repeats = pixels.repeats;
  if (repeats.rows > 0)
    fmt::print("{:>12}  of the pixels fired in the readout before, too; {:.1f} % would by chance\n",
               fmt::format("{:.1f} %", 100.0 * repeats.share()), 100.0 * repeats.share_by_chance());
  if (repeats.duplicates > 0)
    fmt::print("{:>12}  rows name a pixel a second time in its readout\n", repeats.duplicates);
  print_layers(pixels.pixels_per_layer, "pixels");
  if (!pixels.hot.layers.empty()) fmt::print("\nhot pixels, masked by reconstruct\n{}", describe(pixels.hot));
}

ordered_json to_json(const detector::StepsSummary& steps) {
  ordered_json frames = ordered_json::array();
  for (const auto& each : steps.frames)
    frames.push_back({{"per_frame", each.per_frame},
                      {"frames", each.frames},
                      {"mean_hits", each.mean_hits},
                      {"partial_events", each.partial_events},
                      {"cut_off", each.cut_off},
                      {"cut_frames", each.cut_frames},
                      {"empty", each.empty},
                      {"why_empty", each.why_empty},
                      {"problem", each.problem}});
  return {{"events", steps.events},
          {"events_with_hits", steps.events_with_hits},
          {"has_truth", steps.has_truth},
          {"has_spot", steps.has_spot},
          {"primaries", steps.primaries},
          {"primary_hits", steps.primary_hits},
          {"rows", steps.merge.rows},
          {"hits", steps.merge.hits},
          {"merged", steps.merge.merged},
          {"duplicates", steps.merge.duplicates},
          {"small", steps.merge.small},
          {"folded", steps.merge.folded},
          {"has_runs", steps.has_runs},
          {"min_edep", steps.min_edep},
          {"max_edep", steps.max_edep},
          {"mean_edep", steps.mean_edep},
          {"hits_per_layer", steps.hits_per_layer},
          {"frames", frames}};
}

ordered_json to_json(const FileSummary& summary, bool from_pixels) {
  ordered_json result = {{"file", summary.file}, {"kind", summary.kind}, {"rows", summary.rows}};
  result["columns"] = ordered_json::array();
  for (const auto& column : summary.columns)
    result["columns"].push_back({{"name", column.name},
                                 {"type", column.type},
                                 {"min", column.min},
                                 {"max", column.max},
                                 {"not_finite", column.not_finite}});
  result["skipped"] = summary.skipped;
  result["warnings"] = summary.warnings;
  result["notes"] = summary.notes;
  result["suspicions"] = ordered_json::array();
  for (const auto& each : summary.suspicions)
    result["suspicions"].push_back({{"column", each.field}, {"problem", each.problem}, {"flags", each.flags}});
  result["flags"] = summary.flags;
  if (summary.steps) result["steps"] = to_json(*summary.steps);
  if (summary.steps && from_pixels) result["steps"]["mixed"] = summary.steps->merge.mixed;
  if (summary.pixels) {
    const auto& pixels = *summary.pixels;
    result["pixels"] = {{"frames", pixels.frames},
                        {"first_frame", pixels.first_frame},
                        {"last_frame", pixels.last_frame},
                        {"mean_per_frame", pixels.mean_per_frame},
                        {"most_in_frame", pixels.most_in_frame},
                        {"pixels_per_layer", pixels.pixels_per_layer},
                        {"x", {pixels.min_x, pixels.max_x}},
                        {"y", {pixels.min_y, pixels.max_y}},
                        {"repeats", pixels.repeats.repeats},
                        {"repeats_by_chance", pixels.repeats.by_chance},
                        {"duplicates", pixels.repeats.duplicates}};
    result["pixels"]["hot"] = ordered_json::array();
    for (const auto& layer : pixels.hot.layers)
      result["pixels"]["hot"].push_back({{"fired_pixels", layer.fired_pixels},
                                         {"hot_pixels", layer.hot_pixels},
                                         {"rows", layer.rows},
                                         {"hot_rows", layer.hot_rows}});
  }
  for (const auto& array : summary.arrays)
    result["arrays"].push_back({{"key", array.key}, {"type", array.type}, {"shape", array.shape}});
  if (!summary.problem.empty()) result["problem"] = summary.problem;
  return result;
}

void write_json(const std::string& path, const FileSummary& summary, bool from_pixels) {
  core::AtomicFile out(path);
  out.write(to_json(summary, from_pixels).dump(2) + "\n");
  out.commit();
}

/// What a user has to type, with what was found out about the file.
std::string command_line(const InspectOptions& options, const FileSummary& summary) {
  std::string line = "difftrack reconstruct " + options.file;
  const auto add = [&line](const std::string& flag, std::string_view value) {
    if (!value.empty()) line += fmt::format(" {} {}", flag, value);
  };
  if (options.detector != "bergen-dtc") add("--detector", options.detector);
  add("--tree", options.tree);
  add("--columns", options.reading.input.columns);
  if (options.reading.layer_from) add("--layer-from", core::name_of(*options.reading.layer_from));
  add("--length-unit", core::name_of(options.reading.mapping.length_unit));
  add("--energy-unit", core::name_of(options.reading.mapping.energy_unit));
  add("--time-unit", core::name_of(options.reading.mapping.time_unit));
  add("--beam-axis", core::name_of(options.reading.mapping.beam_axis));
  if (!summary.flags.empty()) line += " " + summary.flags;
  if (const auto& rotation = options.reading.input.rotation)
    add("--rotation", fmt::format("{:.10g}deg", *rotation / units::degree));
  if (options.reading.input.force) line += " --force";
  if (options.hits.from_pixels()) line += " --hits pixels";
  if (!options.hits.fold_electrons) line += " --no-fold-electrons";
  if (summary.pixels && (options.hits.drop_repeats || summary.pixels->repeats.suspicious())) line += " --drop-repeats";
  if (summary.pixels) line += " --method follower --per-frame 1";
  return line + " -o tracks";
}

/// What was met, what is assumed, and how to go on.
void print_findings(const InspectOptions& options, const FileSummary& summary, const std::string& detector) {
  const bool repeats = summary.pixels && summary.pixels->repeats.suspicious();
  if (!summary.notes.empty() || !summary.suspicions.empty() || repeats) fmt::print("\nmet in this file\n");
  for (const auto& each : summary.suspicions) fmt::print("  - {}: {}\n", each.field, each.problem);
  if (repeats)
    fmt::print(
        "  - pixels stay over threshold and fire again in the next readout: leave these out with --drop-repeats\n");
  for (const auto& each : summary.notes) {
    const bool named = each.starts_with(summary.file + ": ");
    fmt::print("  - {}\n", named ? each.substr(summary.file.size() + 2) : each);
  }
  if (!summary.problem.empty() && summary.kind != "arrays")
    fmt::print("\nnot usable with detector '{}': {}\n", detector, summary.problem);
  else if (summary.steps || summary.pixels)
    fmt::print("\nreads it{}:\n  {}\n", summary.flags.empty() ? "" : ", as it was done for what stands above",
               command_line(options, summary));
}

void inspect(const InspectOptions& options) {
  check_outputs({options.json}, {options.file, options.detector});
  auto detector = detector::read_detector(options.detector);
  apply_reading_options(options.reading, detector);
  const ReadableFiles readable({options.file}, options.tree, false);
  FileSummary summary = readable.name_errors([&] {
    return detector::inspect(readable.paths().front(), detector, options.per_frame, options.hits,
                             options.reading.input);
  });
  summary.file = options.file;
  summary.problem = readable.named(summary.problem);
  for (auto& warning : summary.warnings) warning = readable.named(warning);
  for (auto& note : summary.notes) note = readable.named(note);
  // Before anything is printed, so that a reader of standard output who leaves early does not cost the file.
  if (!options.json.empty()) write_json(options.json, summary, options.hits.from_pixels());
  for (const auto& warning : summary.warnings) fmt::print(stderr, "difftrack: warning: {}\n", warning);
  if (summary.kind == "arrays") {
    fmt::print("{}: {} arrays\n\n", summary.file, summary.arrays.size());
    for (const auto& array : summary.arrays)
      fmt::print("{:<48} {:<8} {}\n", array.key, array.type, shape_text(array.shape));
  } else {
    fmt::print("{}: {} rows, {} columns\n", summary.file, summary.rows, summary.columns.size());
    print_columns(summary);
  }
  if (summary.steps) print_steps(*summary.steps, detector.name, options.hits.from_pixels());
  if (summary.pixels) print_pixels(*summary.pixels);
  print_findings(options, summary, detector.name);
}

}  // namespace

void add_inspect_command(CLI::App& app, std::function<void()>& run) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand(
      "inspect", "what is in a file: columns, events, layers, hits, frames, what would be dropped and why");
  command
      ->add_option("file", options->file, "A .npy, .npz, .csv or ROOT file of energy deposits, hits or fired pixels.")
      ->required();
  command->add_option("--tree", options->tree, kTreeHelp);
  command->add_option("--detector", options->detector, "Name of a shipped description or a .toml file.")
      ->capture_default_str();
  command->add_option("--per-frame", options->per_frame, "Events per frame to report frames for.")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  add_reading_options(*command, options->reading);
  add_hit_options(*command, options->hits);
  command->add_option("--json", options->json, "File for all of it, as JSON.");
  command->footer(
      "Examples:\n  difftrack inspect steps.npz --detector bergen-dtc --per-frame 50 100\n"
      "  difftrack inspect gate.root --tree Hits --detector gate-3mm-al\n");
  command->callback([options, command, &run] {
    run = [options, command] {
      check_hit_options(*command, options->hits);
      inspect(*options);
    };
  });
}

}  // namespace difftrack::cli
