// SPDX-License-Identifier: Apache-2.0
#include "apps/study/report.hpp"

#include <fmt/format.h>

#include "apps/cli/child_process.hpp"
#include "apps/cli/python.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/shipped_files.hpp"

namespace difftrack::study_app {

namespace {

constexpr int kNoMatplotlib = 3;  // exit code of tools/plot_study.py

/// Draws with the first Python that has matplotlib; says what was drawn, or why nothing was.
void draw(const Run& run) {
  std::string script;
  try {
    script = core::find_shipped("tools", "plot_study", ".py");
  } catch (const core::InputError&) {
    fmt::print("no picture: tools/plot_study.py is not installed\n");
    return;
  }
  for (const std::string& python : cli::pythons(script)) {
    const int exit_code =
        cli::run_child({python, script, run.options().out}, [](const std::string& line) { fmt::print("{}\n", line); });
    if (exit_code == cli::kCannotStart || exit_code == kNoMatplotlib) continue;
    if (exit_code != 0) fmt::print("no picture: {} ended with exit code {}\n", script, exit_code);
    return;
  }
  fmt::print("no picture: no Python with matplotlib; with one: python3 {} {}\n", script, run.options().out);
}

}  // namespace

Json begin_report(const Run& run, const std::vector<study::Model>& models, const study::FrameSet& frames) {
  Json report;
  report["command"] = run.command();
  report["settings"] = run.settings();
  for (const study::Model& model : models)
    report["models"].push_back({{"name", model.name}, {"group", model.group}, {"file", model.file}});
  for (const study::FrameRange& range : frames.ranges)
    report["frames"].push_back(
        {{"file", range.file}, {"first", range.first}, {"count", range.count}, {"every", range.every}});
  return report;
}

Json to_json(const study::PointLosses& losses) {
  return {{"bce", losses.bce},
          {"hamming", losses.hamming},
          {"hamming_over_ceiling", losses.ratio()},
          {"tpr", losses.tpr},
          {"fpr", losses.fpr}};
}

void finish_report(const Run& run, const Json& report, event::NpzWriter& arrays) {
  core::AtomicFile file(run.path("report.json"));
  file.write(report.dump(1) + "\n");
  arrays.finish();
  file.commit();
  arrays.commit();
  if (run.options().quiet) return;
  fmt::print("{}, {}\n", run.path("report.json"), run.path("arrays.npz"));
  if (run.options().plot) draw(run);
}

void add_rows(event::NpzWriter& arrays, const std::string& key, const std::vector<study::Vector>& rows) {
  std::vector<double> values;
  for (const study::Vector& row : rows) values.insert(values.end(), row.begin(), row.end());
  const auto n = static_cast<std::int64_t>(rows.size());
  arrays.add(key, values, {n, n > 0 ? static_cast<std::int64_t>(values.size()) / n : 0});
}

}  // namespace difftrack::study_app
