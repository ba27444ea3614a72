// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

namespace difftrack::cli {

namespace {

using Clock = std::chrono::steady_clock;

std::string duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

std::string progress_line(const core::Progress& progress, const std::string& unit, std::int64_t first, double elapsed,
                          bool bar) {
  const double rate = elapsed > 0 ? static_cast<double>(progress.done - first) / elapsed : 0.0;
  std::string text;
  if (progress.total > 0) {
    const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    const auto filled = std::min<std::size_t>(20, static_cast<std::size_t>(20 * share));
    if (bar) text = fmt::format("[{}{}] ", std::string(filled, '='), std::string(20 - filled, ' '));
    text += fmt::format("{:3.0f} %  {}/{} {}", 100 * share, progress.done, progress.total, unit);
  } else {
    text = fmt::format("{} {}", progress.done, unit);
  }
  if (rate >= 0.01) text += rate >= 10 ? fmt::format("  {:.0f}/s", rate) : fmt::format("  {:.2f}/s", rate);
  if (rate > 0 && progress.total > progress.done)
    text += "  " + duration(static_cast<double>(progress.total - progress.done) / rate) + " left";
  else if (progress.total > 0 && progress.done == progress.total)
    text += "  in " + duration(elapsed);
  return progress.note.empty() ? text : text + "  " + progress.note;
}

namespace {

struct Bar {
  std::string unit;
  bool terminal = isatty(STDERR_FILENO) != 0;
  Clock::time_point start = Clock::now();
  Clock::time_point last = start;
  std::int64_t first_done = -1;  // a resumed run starts above zero

  void show(const core::Progress& progress) {
    if (first_done < 0) first_done = progress.done;
    const auto now = Clock::now();
    const bool ended = progress.total > 0 && progress.done >= progress.total;
    const double wait = terminal ? 0.1 : 30.0;
    if (!ended && std::chrono::duration<double>(now - last).count() < wait) return;
    last = now;
    const std::string text =
        progress_line(progress, unit, first_done, std::chrono::duration<double>(now - start).count(), terminal);
    std::fputs((terminal ? "\r\033[K" + text + (ended ? "\n" : "") : text + "\n").c_str(), stderr);
    std::fflush(stderr);
  }
};

}  // namespace

core::ProgressCallback progress_bar(std::string unit) {
  auto bar = std::make_shared<Bar>();
  bar->unit = std::move(unit);
  return [bar](const core::Progress& progress) { bar->show(progress); };
}

}  // namespace difftrack::cli
