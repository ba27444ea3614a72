// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "apps/cli/options.hpp"
#include "apps/study/unused_flags.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/toml_fields.hpp"
#include "difftrack/core/work_queue.hpp"
#include "difftrack/study/frames.hpp"
#include "difftrack/study/models.hpp"

/// What all commands of `difftrack study` share: settings from a TOML table and flags, models and named frames, the
/// queue in the folder of results.
namespace difftrack::study_app {

/// A list of a command's table: a flag of the same name, and a key.
struct NamedList {
  std::string name;                      ///< as the key in TOML
  std::string help;                      ///< what stands in it
  bool ranges = false;                   ///< FILE:FIRST:COUNT rather than files
  std::vector<std::string> values = {};  ///< in effect
};

/// Options of a command as one table: source of the frames and the command's own.
template <class Config>
struct TableOptions {
  study::FrameSource source = {};
  Config config = {};
  static constexpr auto fields() {
    return std::tuple{core::part(&TableOptions::source), core::part(&TableOptions::config)};
  }
};

/// What is asked for beside the table.
struct RunOptions {
  std::string file;  ///< settings (TOML); empty: flags alone
  std::string out;   ///< folder of the results
  std::string shard;
  int threads = 0;
  bool quiet = false;
  bool plot = true;
};

/// Adds the flags that all commands have.
void add_run_options(CLI::App& app, RunOptions& run, std::vector<NamedList>& lists);

/// The table [command] of the settings file, its lists taken out into `lists` (paths relative to the file's folder).
/// Flags that were given stay. Throws InputError (file, key) for a file without that table.
toml::table read_table(const CLI::App& app, const std::string& file, const std::string& command,
                       std::vector<NamedList>& lists);

/// The values in effect: defaults, over them the file's, over them the flags that were given.
template <class Config>
TableOptions<Config> merged(const CLI::App& app, const RunOptions& run, const TableOptions<Config>& flags,
                            const std::string& command, std::vector<NamedList>& lists) {
  TableOptions<Config> options;
  if (!run.file.empty()) core::read_fields(read_table(app, run.file, command, lists), run.file, options, command);
  core::for_each_field<TableOptions<Config>>([&](const auto& each) {
    if (app.get_option(cli::flag_name(each.name))->count() > 0) each.of(options) = each.of(flags);
  });
  core::check_fields(options, run.file);
  return options;
}

/// "key = value" lines of all options.
template <class Config>
std::string lines_of(const TableOptions<Config>& options) {
  std::string text;
  core::for_each_field<TableOptions<Config>>([&](const auto& each) {
    text += std::string(each.name) + " = " + core::field_text(each, each.of(options)) + "\n";
  });
  return text;
}

/// One run of a command: its inputs, and where its results go.
class Run {
 public:
  /// `settings` are the lines of the options.
  Run(RunOptions options, std::string command, std::string settings);

  /// Reads models; they become part of the settings.
  std::vector<study::Model> models(const std::vector<std::string>& paths, const std::string& key = "model");
  /// Reads frames; they become part of the settings.
  study::FrameSet frames(const std::vector<std::string>& ranges, const study::FrameSource& source,
                         const std::string& key = "frames");
  /// A file that results depend on by its content.
  void depends_on(const std::string& key, const std::string& path);

  /// The queue of the folder, for tasks that keep to one thread each, or (`wide`) one after the other, each on
  /// threads() threads.
  core::WorkQueue queue(const std::string& unit, bool wide = false) const;
  int threads() const;  ///< 0 resolved
  /// Whether this process writes the report: of ranks the first one alone.
  bool reports() const { return !launched_ || share_.index == 0; }
  /// Path of a file in the folder of results.
  std::string path(const std::string& name) const;
  const std::string& settings() const { return settings_; }  ///< all that the results depend on
  const RunOptions& options() const { return options_; }     ///< as given
  const std::string& command() const { return command_; }    ///< of `difftrack study`
  /// Tells that results of others are missing.
  void tell_incomplete(const core::WorkQueue& queue) const;

 private:
  RunOptions options_;
  std::string command_, settings_;
  core::Share share_;
  bool launched_ = false;
};

/// Each adds one subcommand; when the user chose it, `run` does its work.
void add_hessian_command(CLI::App& app, std::function<void()>& run);
void add_landscape_command(CLI::App& app, std::function<void()>& run);
void add_connect_command(CLI::App& app, std::function<void()>& run);
void add_similarity_command(CLI::App& app, std::function<void()>& run);
void add_stability_command(CLI::App& app, std::function<void()>& run);

/// Makes the subcommand `name` with its flags; `work` is called with the options in effect, the lists and the run.
template <class Config, class Work>
void add_command(CLI::App& app, std::function<void()>& run, const std::string& name, const std::string& what,
                 std::vector<NamedList> lists, const std::string& footer, Work work) {
  struct State {
    TableOptions<Config> flags;
    RunOptions run;
    std::vector<NamedList> lists;
  };
  auto* command = app.add_subcommand(name, what);
  auto state = std::make_shared<State>();
  state->lists = std::move(lists);
  add_run_options(*command, state->run, state->lists);
  cli::add_field_options(*command, state->flags, "Settings ([" + name + "] of the settings file)");
  command->footer(footer);
  command->callback([=, &run] {
    run = [=] {
      const auto options = merged(*command, state->run, state->flags, name, state->lists);
      refuse_unused(*command, options.config);
      Run job(state->run, name, lines_of(options));
      work(options, state->lists, job);
    };
  });
}

}  // namespace difftrack::study_app
