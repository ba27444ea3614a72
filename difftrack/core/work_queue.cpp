// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/work_queue.hpp"

#include <algorithm>
#include <cerrno>
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
#include "difftrack/core/part_file.hpp"

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

/// FNV-1a, as the last bytes of a result.
std::string seal(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return {reinterpret_cast<const char*>(&hash), sizeof hash};
}

/// Results are many and small, so none waits for the disk: a file appears whole by its rename, and what a power failure
/// left of it is told by its seal.
void write_result(const std::string& path, const std::string& bytes) {
  const std::string part = part_name(path), sealed = bytes + seal(bytes);
  std::remove(part.c_str());
  const int descriptor = open_part(part, 0666);
  std::FILE* file = descriptor < 0 ? nullptr : fdopen(descriptor, "wb");
  bool good = file != nullptr && std::fwrite(sealed.data(), 1, sealed.size(), file) == sealed.size();
  good = file != nullptr && std::fclose(file) == 0 && good;
  if (!good || std::rename(part.c_str(), path.c_str()) != 0) {
    const std::string problem = std::strerror(errno);
    std::remove(part.c_str());
    throw InputError({path, "", ""}, "cannot be written: " + problem);
  }
}

/// Nothing where there is no result, or a damaged one.
std::optional<std::string> read_result(const std::string& path) {
  if (!fs::exists(path)) return std::nullopt;
  std::string bytes = read_all(path);
  const std::string none = seal("");
  if (bytes.size() < none.size()) return std::nullopt;
  const std::string sealed = bytes.substr(bytes.size() - none.size());
  bytes.resize(bytes.size() - none.size());
  return seal(bytes) == sealed ? std::optional(std::move(bytes)) : std::nullopt;
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
    if (read_result(path_of(list, i)))
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
    write_result(path_of(list, index), task(index, thread));
    const std::lock_guard lock(mutex);
    ++done_;
    tell();
  });

  std::vector<std::string> results;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::string path = path_of(list, i);
    std::optional<std::string> result = read_result(path);
    while (!result && options_.wait && !(options_.stop && options_.stop())) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      result = read_result(path);
    }
    if (result) results.push_back(std::move(*result));
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
