// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/file_queue.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "apps/cli/interruptible.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/work_queue.hpp"

namespace difftrack::cli {

std::string FileQueue::path(std::size_t i) const { return (std::filesystem::path(folder) / names[i]).string(); }

void FileQueue::run(const std::function<void(std::size_t i)>& make) const {
  std::set<std::string> seen;
  std::string all = settings;
  for (const std::string& name : names) {
    if (!seen.insert(name).second)
      throw core::InputError({"", "", name}, "is the name of two output files; give the inputs different names");
    all += "file = " + name + "\n";
  }
  core::WorkQueue::Options options;
  options.folder = (std::filesystem::path(folder) / "queue").string();
  options.settings = all;
  options.share = shard.empty() ? core::launched_share() : core::parse_share(shard);
  options.threads = 1;  // a file is made on all threads
  options.stop = [] { return interrupted != 0; };
  if (!quiet) options.progress = progress_bar("files");
  core::WorkQueue queue(std::move(options));
  queue.run("files", static_cast<std::int64_t>(names.size()), [&](std::int64_t index, int) {
    make(static_cast<std::size_t>(index));
    return names[static_cast<std::size_t>(index)] + "\n";
  });
  stop_if_interrupted();
  if (!quiet) fmt::print("{}: {} of {} files\n", folder, queue.done(), names.size());
}

std::string given_options(const CLI::App& command, const std::set<std::string>& skip) {
  std::string text;
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || skip.contains(name)) continue;
    text += fmt::format("{} = {}\n", name, fmt::join(option->results(), " "));
  }
  return text;
}

}  // namespace difftrack::cli
