// SPDX-License-Identifier: Apache-2.0
#include "apps/study/request.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "apps/cli/interruptible.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/core/sha256.hpp"

namespace difftrack::study_app {

namespace {

namespace fs = std::filesystem;

const std::vector<std::string>& commands() {
  static const std::vector<std::string> kAll{"hessian", "landscape", "connect", "similarity", "stability"};
  return kAll;
}

std::string resolved(const fs::path& folder, const std::string& path) {
  return fs::path(path).is_absolute() ? path : (folder / path).lexically_normal().string();
}

/// Takes the list `list.name` out of the table, if it is there.
void take_list(toml::table& table, const std::string& file, const std::string& command, NamedList& list, bool given) {
  if (!table.contains(list.name)) return;
  const std::string key = command + "." + list.name;
  const toml::array* entries = table[list.name].as_array();
  if (entries == nullptr) throw core::InputError({file, key, ""}, "must be a list of texts");
  std::vector<std::string> values;
  for (const auto& entry : *entries) {
    const auto text = entry.value<std::string>();
    if (!text) throw core::InputError({file, key, ""}, "must be a list of texts");
    values.push_back(resolved(fs::path(file).parent_path(), *text));
  }
  table.erase(list.name);
  if (!given) list.values = std::move(values);
}

}  // namespace

void add_run_options(CLI::App& app, RunOptions& run, std::vector<NamedList>& lists) {
  app.add_option("settings", run.file, "Settings (TOML) with a table of the command's name; every key is a flag, too.");
  app.add_option("-o,--out", run.out, "Folder of the results; a run that was killed goes on in it.")->required();
  for (NamedList& list : lists)
    app.add_option(cli::flag_name(list.name), list.values, list.help)
        ->type_name(list.ranges ? "FILE:FIRST:COUNT" : "FILE");
  app.add_option("--threads", run.threads, "Number of threads, without effect on the result; 0: all cores.")
      ->check(CLI::Range(0, 1024));
  app.add_option("--shard", run.shard,
                 "Part i/n of the work, 0/4 to 3/4 on four machines that share the folder; mpirun needs none.");
  app.add_flag("--plot,!--no-plot", run.plot, "Picture drawn with matplotlib. (default: on)");
  app.add_flag("-q,--quiet", run.quiet, "Nothing printed but errors.");
}

toml::table read_table(const CLI::App& app, const std::string& file, const std::string& command,
                       std::vector<NamedList>& lists) {
  toml::table root = core::parse_toml_file(file);
  core::check_keys(root, file, commands());
  toml::table* table = root[command].as_table();
  if (table == nullptr) throw core::InputError({file, command, ""}, "is missing: a table [" + command + "]");
  for (NamedList& list : lists)
    take_list(*table, file, command, list, app.get_option(cli::flag_name(list.name))->count() > 0);
  return *table;
}

Run::Run(RunOptions options, std::string command, std::string settings)
    : options_(std::move(options)),
      command_(std::move(command)),
      settings_("command = " + command_ + "\n" + settings),
      share_(options_.shard.empty() ? core::launched_share() : core::parse_share(options_.shard)),
      launched_(options_.shard.empty() && share_.count > 1) {}

std::vector<study::Model> Run::models(const std::vector<std::string>& paths, const std::string& key) {
  auto models = study::read_models(paths);
  for (const study::Model& model : models)
    settings_ += fmt::format("{} = {} {}\n", key, model.name, study::fingerprint(model));
  return models;
}

study::FrameSet Run::frames(const std::vector<std::string>& ranges, const study::FrameSource& source,
                            const std::string& key) {
  std::vector<study::FrameRange> parsed;
  for (const std::string& range : ranges) parsed.push_back(study::parse_frame_range(range, cli::flag_name(key)));
  study::FrameSet set = study::read_frames(parsed, source);
  for (study::FrameRange range : parsed) {
    range.file = fs::path(range.file).filename().string();
    settings_ += fmt::format("{} = {}\n", key, study::to_text(range));
  }
  settings_ += fmt::format("{} = {}\n", key, study::fingerprint(set));
  return set;
}

void Run::depends_on(const std::string& key, const std::string& path) {
  settings_ += fmt::format("{} = {}\n", key, core::sha256_of_file(path));
}

int Run::threads() const { return options_.threads > 0 ? options_.threads : core::default_threads(); }

core::WorkQueue Run::queue(const std::string& unit, bool wide) const {
  core::WorkQueue::Options options;
  options.folder = path("tasks");
  options.settings = settings_;
  options.share = share_;
  options.threads = wide ? 1 : threads();
  options.wait = launched_;
  options.stop = [] { return cli::interrupted != 0; };
  if (!options_.quiet && reports()) options.progress = cli::progress_bar(unit);
  return core::WorkQueue(std::move(options));
}

std::string Run::path(const std::string& name) const { return (fs::path(options_.out) / name).string(); }

void Run::tell_incomplete(const core::WorkQueue& queue) const {
  cli::stop_if_interrupted();
  if (!options_.quiet)
    fmt::print("{}: {} results are there, the others are missing; run the other shards, then any of them again\n",
               options_.out, queue.done());
}

}  // namespace difftrack::study_app
