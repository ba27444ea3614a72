// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/scan_options.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/image/list_mode.hpp"
#include "difftrack/image/rtk_stack.hpp"

namespace difftrack::cli {

namespace {

namespace fs = std::filesystem;

/// Who is to read the protons.
enum class Format { Pct, Rtk, Pctd, Npz };
constexpr core::Choices<Format, 4> choices(Format) {
  return {{{Format::Pct, "pct", "MetaImages of RTK's PCT"},
           {Format::Rtk, "rtk", "a stack of radiographs with RTK's geometry"},
           {Format::Pctd, "pctd", "files of Loma Linda's and Baylor's codes"},
           {Format::Npz, "npz", "tables for Python"}}};
}

struct Options {
  ScanOptions scan;
  Format format = Format::Pct;
  double entrance_z = -150.0;
  std::string output = "pairs";
};

void write_view(const Options& options, std::int64_t view, const image::ProtonPairs& pairs) {
  if (options.format == Format::Pct) return image::write_pct_list_mode(options.output, view, pairs);
  if (options.format == Format::Pctd) {
    core::AtomicFile file((fs::path(options.output) / fmt::format("projection_{:03}.bin", view)).string());
    file.write(image::pctd_bytes(pairs, options.scan.config.paths.beam.energy));
    return file.commit();
  }
  event::NpzWriter file((fs::path(options.output) / fmt::format("pairs{:04}.npz", view)).string());
  file.add("rotation", std::vector<double>{pairs.rotation});
  file.add("z", std::vector<double>{pairs.z_in, pairs.z_out});
  file.append(std::string(image::ProtonPairs::kTable), event::column_views(pairs, true));
  file.commit();
}

void write_scan(const Options& options) {
  const image::OpenScan scan = open_scan(options.scan);
  const image::ImageConfig& config = options.scan.config;
  const image::PathFinder finder(scan.detector, config.paths);
  const image::RobustCuts cuts(config.cuts);
  const double reach = scan.hull.reach(), distance = config.paths.beam.steering_distance;
  if (options.format != Format::Rtk && options.entrance_z > -reach)
    throw core::InputError({"", "--entrance-z", fmt::format("{}", options.entrance_z)},
                           fmt::format("lies in the phantom, which begins at {:.1f} mm", -reach));
  std::error_code failed;
  fs::create_directories(options.output, failed);
  if (failed) throw core::InputError({options.output, "", ""}, "cannot be made a folder: " + failed.message());
  const auto progress = scan_progress(options.scan, "views");
  const auto views = static_cast<std::int64_t>(scan.weights.size());
  const image::BinProtons bin({config.grid, config.splat, distance});
  std::optional<image::RtkStack> stack;
  if (options.format == Format::Rtk) stack.emplace(options.output, config.grid, views, distance);
  image::CutCounts counts;
  std::int64_t n = 0;
  for (image::View view; scan.source(view); ++n) {
    const auto prepared = image::prepare(view, finder, cuts, scan.hull, options.scan.threads, counts);
    if (stack) {
      image::Projection radiograph = bin.radiograph(prepared.paths, view.protons.wepl, prepared.keep, view.rotation);
      image::fill_empty(radiograph);
      stack->add(radiograph);
    } else {
      write_view(options, n, image::proton_pairs(view, prepared, options.entrance_z, finder.plane_z()));
    }
    progress({n + 1, views, ""});
  }
  if (stack) stack->commit();
  if (!options.scan.quiet)
    fmt::print("{}: {} views, {} of {} protons\n", options.output, n, counts.kept, counts.protons);
}

}  // namespace

void add_export_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("export", "protons of a scan for other programs' reconstructions");
  auto options = std::make_shared<Options>();
  add_scan_options(*command, options->scan, {"window"});
  command->add_option("-o,--output", options->output, "Folder of the files.")->capture_default_str();
  add_choice_option(*command, "--format", options->format, "What is written.");
  command
      ->add_option("--entrance-z", options->entrance_z,
                   "Plane before the phantom where protons are said to begin [mm].")
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  difftrack export tracks.npz --hull cylinder:75 --format rtk -o rtk\n"
      "  rtkfdk -p rtk -r radiographs.mha -g rtk/geometry.xml -o image.mha --dimension 180,1,180 --spacing 1,60,1\n"
      "  difftrack export tracks.npz --hull cylinder:75 -o pairs\n"
      "  pctbinning -i pairs/pairs0000.mhd …    (GantryAngle of a view = minus its rotation; docs/image.md)");
  command->callback([options, command, &run] {
    if (options->format == Format::Rtk)
      refuse_option(*command, "--entrance-z", "is of no use to --format rtk, whose radiographs are of the isocentre");
    else
      refuse_option(*command, "--splat", "is of use to --format rtk alone");
    run = [options] { run_interruptible([&] { write_scan(*options); }); };
  });
}

}  // namespace difftrack::cli
