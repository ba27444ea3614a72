// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/work_queue.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"

namespace difftrack::core {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSettings = "settings.txt";

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError({path.string(), "", ""}, "cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_all(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path.string());
  file.write(bytes);
  file.commit();
}

/// Throws InputError that names the first line in which the settings of a folder differ from those now asked for.
void refuse_other_settings(const std::string& folder, const std::string& there, const std::string& here) {
  std::istringstream old_lines(there), new_lines(here);
  for (std::string before, now; true;) {
    const bool old_line = static_cast<bool>(std::getline(old_lines, before));
    const bool new_line = static_cast<bool>(std::getline(new_lines, now));
    if (old_line && new_line && before == now) continue;
    throw InputError({folder, "", ""}, "holds results of other settings ('" + (old_line ? before : "nothing") +
                                           "' there, '" + (new_line ? now : "nothing") +
                                           "' here); name another folder, or remove it");
  }
}

}  // namespace

WorkQueue::WorkQueue(Options options) : options_(std::move(options)) {
  std::error_code error;
  fs::create_directories(options_.folder, error);
  if (error) throw InputError({options_.folder, "", ""}, "cannot be made: " + error.message());
  const fs::path settings = fs::path(options_.folder) / kSettings;
  if (!fs::exists(settings)) {
    if (fs::directory_iterator(options_.folder) != fs::directory_iterator() && options_.share.count == 1)
      throw InputError({options_.folder, "", ""}, "holds something else; name a folder of its own");
    write_all(settings, options_.settings);
  }
  if (const std::string there = read_all(settings); there != options_.settings)
    refuse_other_settings(options_.folder, there, options_.settings);
}

std::string WorkQueue::path_of(const std::string& list, std::int64_t index) const {
  char name[32];
  std::snprintf(name, sizeof name, "%06lld", static_cast<long long>(index));
  return (fs::path(options_.folder) / list / name).string();
}

std::optional<std::vector<std::string>> WorkQueue::run(const std::string& list, std::int64_t n, const Task& task) {
  fs::create_directories(fs::path(options_.folder) / list);
  std::vector<std::int64_t> mine;
  done_ = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (fs::exists(path_of(list, i)))
      ++done_;
    else if (options_.share.has(i))
      mine.push_back(i);
  }
  const auto tell = [&] {
    if (options_.progress) options_.progress({done_, n, list});
  };
  tell();
  std::mutex mutex;
  parallel_for_with_thread(static_cast<std::int64_t>(mine.size()), options_.threads, [&](std::int64_t k, int thread) {
    if (options_.stop && options_.stop()) return;
    const std::int64_t index = mine[static_cast<std::size_t>(k)];
    write_all(path_of(list, index), task(index, thread));
    const std::lock_guard lock(mutex);
    ++done_;
    tell();
  });

  std::vector<std::string> results;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::string path = path_of(list, i);
    while (options_.wait && !(options_.stop && options_.stop()) && !fs::exists(path))
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (!fs::exists(path)) continue;
    results.push_back(read_all(path));
  }
  done_ = static_cast<std::int64_t>(results.size());
  if (done_ < n) return std::nullopt;
  return results;
}

std::string to_bytes(const std::vector<double>& numbers) {
  std::string bytes(numbers.size() * sizeof(double), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

std::vector<double> from_bytes(std::string_view bytes) {
  if (bytes.size() % sizeof(double) != 0)
    throw InputError({"", "result", std::to_string(bytes.size()) + " bytes"}, "is no row of numbers");
  std::vector<double> numbers(bytes.size() / sizeof(double));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

}  // namespace difftrack::core
