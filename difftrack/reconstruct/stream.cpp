// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/stream.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "difftrack/core/parallel.hpp"

namespace difftrack::reconstruct {

namespace {

struct Item {
  event::Frame frame;
  std::int32_t file = 0;
  double fraction_read = 0.0;
  FrameResult result;
};

// Frames read ahead by a thread of its own, at most `capacity`.
class ReadAhead {
 public:
  ReadAhead(FrameSource& source, std::size_t capacity)
      : source_(source), capacity_(capacity), reader_([this](const std::stop_token& stop) { read(stop); }) {}

  ~ReadAhead() {
    reader_.request_stop();
    changed_.notify_all();
  }

  /// The next frame; nothing at the end. Rethrows what the reader threw, after the frames before it.
  std::optional<Item> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !queue_.empty() || ended_; });
    if (queue_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    Item item = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return item;
  }

 private:
  void read(const std::stop_token& stop) {
    std::exception_ptr error;
    try {
      Item item;
      while (source_.next(item.frame, item.file)) {
        item.fraction_read = source_.fraction_read();
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return queue_.size() < capacity_ || stop.stop_requested(); });
        if (stop.stop_requested()) return;
        queue_.push_back(std::exchange(item, {}));
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    error_ = error;
    changed_.notify_all();
  }

  FrameSource& source_;
  std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  bool ended_ = false;
  std::exception_ptr error_;
  std::jthread reader_;  // last: it uses all of the above
};

}  // namespace

StreamCounts reconstruct_stream(FrameSource& source, const ReconstructFrame& reconstruct, int threads,
                                const ResultSink& sink, const core::ProgressCallback& progress) {
  const auto start = std::chrono::steady_clock::now();
  const int team = threads > 0 ? threads : core::default_threads();
  const auto batch_size = static_cast<std::size_t>(8 * team);
  std::vector<ReconstructFrame::Workspace> workspaces(static_cast<std::size_t>(team));
  ReadAhead ahead(source, 2 * batch_size);
  StreamCounts counts;
  double fraction = 0.0;

  const auto report = [&](bool ended) {
    if (!progress) return;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    core::Progress now;
    now.done = counts.frames;
    if (ended)
      now.total = counts.frames;
    else if (fraction > 0)
      now.total =
          std::max<std::int64_t>(counts.frames + 1, std::llround(static_cast<double>(counts.frames) / fraction));
    if (counts.events > 0)
      now.note = std::to_string(std::llround(static_cast<double>(counts.events) / seconds)) + " protons/s";
    progress(now);
  };

  std::vector<Item> batch;
  while (true) {
    batch.clear();
    while (batch.size() < batch_size) {
      std::optional<Item> item = ahead.next();
      if (!item) break;
      batch.push_back(std::move(*item));
    }
    if (batch.empty()) break;
    core::parallel_for_with_thread(static_cast<std::int64_t>(batch.size()), team, [&](std::int64_t i, int thread) {
      Item& item = batch[static_cast<std::size_t>(i)];
      item.result = reconstruct(item.frame, workspaces[static_cast<std::size_t>(thread)]);
    });
    for (const Item& item : batch) {
      sink(item.frame, item.file, item.result);
      ++counts.frames;
      counts.events += item.frame.n_events;
      counts.hits += static_cast<std::int64_t>(item.frame.hits.size());
      counts.tracks += static_cast<std::int64_t>(item.result.tracks.size());
    }
    fraction = batch.back().fraction_read;
    report(false);
  }
  report(true);
  return counts;
}

}  // namespace difftrack::reconstruct
