// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/simulate/scan.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/simulate/steps_writer.hpp"

namespace difftrack::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string scan, output = "scan";
  int threads = 0;
  bool quiet = false;
};

/// What decides the file of a view; it stands in the file, and tells on resuming whether the file is that of this scan.
std::string view_command(const simulate::SimulationConfig& config) {
  std::string text = "difftrack scan, view:";
  core::for_each_field<simulate::SimulationConfig>([&](const auto& each) {
    if (each.name != "threads")
      text += fmt::format(" {} {}", flag_name(each.name), core::field_text(each, each.of(config)));
  });
  return text;
}

/// The options of a view's command, sorted: programs whose options stand in another order tell of the same view.
std::vector<std::string> options_of(const std::string& command) {
  constexpr std::string_view kBefore = " --";
  std::vector<std::string> options;
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t next = command.find(kBefore, at + 1);
    options.push_back(command.substr(at, next - at));
    at = next;
  }
  std::sort(options.begin(), options.end());
  return options;
}

// Whether the view is there already. Throws InputError for a file of another scan: nothing of a user's is overwritten.
bool is_there(const std::string& path, const std::string& command) {
  if (!fs::exists(path)) return false;
  const event::NpzFile file(path);
  if (file.has("command") && options_of(file.read("command").text) == options_of(command)) return true;
  throw core::InputError({path, "", ""}, "is a view of another scan; give the scan another folder (-o)");
}

void simulate_view(const simulate::SimulationConfig& config, const std::string& path, const std::string& command) {
  const simulate::Simulation simulation(config);
  simulate::StepsWriter writer(
      path, simulation.detector(),
      {.scan = true, .rotation = static_cast<float>(config.rotation), .threads = config.threads});
  simulation.run([&](const event::Steps& steps) {
    stop_if_interrupted();
    writer.append(steps);
  });
  writer.commit(command);
}

void scan(const Options& options) {
  simulate::ScanConfig scan = simulate::read_scan(options.scan);
  scan.simulation.threads = options.threads;
  std::error_code failed;
  fs::create_directories(options.output, failed);
  if (failed) throw core::InputError({options.output, "", ""}, "cannot be made a folder: " + failed.message());
  const auto progress = options.quiet ? core::ProgressCallback{} : progress_bar("views");
  std::int64_t made = 0;
  for (std::int64_t view = 0; view < scan.views; ++view) {
    const simulate::SimulationConfig config = simulate::view_of(scan, view);
    const std::string path = (fs::path(options.output) / simulate::view_file(view)).string();
    const std::string command = view_command(config);
    if (!is_there(path, command)) {
      simulate_view(config, path, command);
      ++made;
    }
    if (progress) progress({view + 1, scan.views, ""});
  }
  if (!options.quiet)
    fmt::print("{}: {} views of {} protons, {} of them simulated now\n", options.output, scan.views,
               simulate::view_of(scan, 0).primaries, made);
}

}  // namespace

void add_scan_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("scan", "a described scan, simulated view by view into a folder of steps");
  auto options = std::make_shared<Options>();
  command->add_option("scan", options->scan, "The scan's TOML: views, protons_per_spot, and keys of a simulation.")
      ->required();
  command->add_option("-o,--output", options->output, "Folder of the views, one file each.")->capture_default_str();
  command->add_option("--threads", options->threads, "Number of threads, without effect on the result; 0: all cores.");
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  command->footer(
      "Views that are there already are kept: a scan that was stopped goes on where it was.\n"
      "Example (experiments/scans/ctp404.toml is one):\n"
      "  difftrack scan experiments/scans/ctp404.toml -o scan\n"
      "  difftrack reconstruct scan -o tracks\n"
      "  difftrack image tracks.npz --hull cylinder:75 -o image.mha");
  command->callback([options, &run] { run = [options] { run_interruptible([&] { scan(*options); }); }; });
}

}  // namespace difftrack::cli
