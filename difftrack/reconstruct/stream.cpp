// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/stream.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "difftrack/core/parallel.hpp"

namespace difftrack::reconstruct {

namespace {

struct Item {
  event::Frame frame;
  std::int32_t file = 0;
  std::int64_t number = 0;  // of the frame, over all files
  double fraction_read = 0.0;
  FrameResult result;
};

// Every worker is whatever is needed most: it reads ahead when few frames wait and nobody reads, else it solves a frame
// and hands on what is next in order. One reads and one hands on at a time, so that a chunk of the file that is being
// decoded, or of results that is being compressed, keeps nobody else from solving.
class Stream {
 public:
  Stream(FrameFeed& source, const ReconstructFrame& reconstruct, int workers, const ResultSink& sink,
         const core::ProgressCallback& progress)
      : source_(source),
        reconstruct_(reconstruct),
        sink_(sink),
        progress_(progress),
        workers_(static_cast<std::size_t>(workers)) {}

  void work() {
    try {
      ReconstructFrame::Workspace workspace;
      for (Item item; take(item); item = {}) {
        item.result = reconstruct_(item.frame, workspace);
        hand_on(std::move(item));
      }
    } catch (...) {
      const std::lock_guard lock(state_);
      stopped_ = true;
      changed_.notify_all();
      throw;
    }
  }

  StreamCounts finish() {
    report(true);
    return counts_;
  }

 private:
  /// The next frame to solve; false when there is none left.
  bool take(Item& item) {
    std::unique_lock lock(state_);
    while (!stopped_) {
      if (!reading_ && !ended_ && unsolved_.size() < kAhead * workers_ / 2) read_ahead(lock);
      if (!unsolved_.empty()) {
        item = std::move(unsolved_.front());
        unsolved_.pop_front();
        return true;
      }
      if (ended_) return false;
      changed_.wait(lock);
    }
    return false;
  }

  /// Reads until enough frames wait or are under way. Called, and left, with the lock held; reads without it.
  void read_ahead(std::unique_lock<std::mutex>& lock) {
    reading_ = true;
    while (!stopped_ && !ended_ && unsolved_.size() < kAhead * workers_ &&
           next_read_ < next_out_ + static_cast<std::int64_t>(2 * kAhead * workers_)) {
      lock.unlock();
      Item item;
      const bool any = source_.next(item.frame, item.file);
      item.fraction_read = source_.fraction_read();
      lock.lock();
      ended_ = !any;
      if (!any) break;
      item.number = next_read_++;
      unsolved_.push_back(std::move(item));
      changed_.notify_one();
    }
    reading_ = false;
    changed_.notify_all();
  }

  // Results wait until those before them are out; whoever finds the next one due and nobody at it hands it on.
  void hand_on(Item&& item) {
    std::unique_lock lock(state_);
    const std::int64_t number = item.number;
    waiting_.emplace(number, std::move(item));
    if (handing_on_) return;
    handing_on_ = true;
    while (!stopped_ && !waiting_.empty() && waiting_.begin()->first == next_out_) {
      const Item next = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      lock.unlock();
      deliver(next);
      lock.lock();
      ++next_out_;
      changed_.notify_all();
    }
    handing_on_ = false;
  }

  void deliver(const Item& item) {
    sink_(item.frame, item.file, item.result);
    ++counts_.frames;
    counts_.events += item.frame.n_events;
    counts_.hits += static_cast<std::int64_t>(item.frame.hits.size());
    counts_.tracks += static_cast<std::int64_t>(item.result.tracks.size());
    counts_.cuts += item.result.tracks.cuts;
    fraction_ = item.fraction_read;
    report(false);
  }

  void report(bool ended) const {
    if (!progress_) return;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    core::Progress now;
    now.done = counts_.frames;
    if (ended)
      now.total = counts_.frames;
    else if (fraction_ > 0)
      now.total =
          std::max<std::int64_t>(counts_.frames + 1, std::llround(static_cast<double>(counts_.frames) / fraction_));
    if (counts_.events > 0)
      now.note = std::to_string(std::llround(static_cast<double>(counts_.events) / seconds)) + " protons/s";
    progress_(now);
  }

  FrameFeed& source_;
  const ReconstructFrame& reconstruct_;
  const ResultSink& sink_;
  const core::ProgressCallback& progress_;
  const std::size_t workers_;
  static constexpr std::size_t kAhead = 16;  // frames that wait per worker at most; twice as many are under way
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();

  std::mutex state_;  // guards all below but the counts, which belong to whoever hands on
  std::condition_variable changed_;
  std::deque<Item> unsolved_;
  std::map<std::int64_t, Item> waiting_;
  std::int64_t next_read_ = 0, next_out_ = 0;
  bool reading_ = false, ended_ = false, handing_on_ = false, stopped_ = false;
  StreamCounts counts_;
  double fraction_ = 0.0;
};

}  // namespace

StreamCounts reconstruct_stream(FrameFeed& source, const ReconstructFrame& reconstruct, int threads,
                                const ResultSink& sink, const core::ProgressCallback& progress) {
  const int workers = threads > 0 ? threads : core::default_threads();
  Stream stream(source, reconstruct, workers, sink, progress);
  core::parallel_for(workers, workers, [&](std::int64_t) { stream.work(); });
  return stream.finish();
}

}  // namespace difftrack::reconstruct
