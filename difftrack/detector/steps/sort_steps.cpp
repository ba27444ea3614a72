// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/sort_steps.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace difftrack::detector {

using event::Steps;

namespace {

constexpr std::size_t kBlockRows = 4096;   // of a piece in memory
constexpr std::size_t kHandedOut = 65536;  // rows of one next()

}  // namespace

StepSorter::Key StepSorter::key_of(const Steps& steps, std::size_t i) const {
  const double window = config_.window > 0.0 && !steps.time.empty() ? std::floor(steps.time[i] / config_.window) : 0.0;
  return {steps.run.empty() ? 0 : steps.run[i], window, steps.event[i]};
}

std::vector<std::size_t> StepSorter::order() const {
  std::vector<std::size_t> order(held_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return key_of(held_, a) < key_of(held_, b); });
  return order;
}

void StepSorter::add(Steps steps) {
  rows_ += steps.size();
  if (held_.size() == 0 && steps.size() <= config_.memory_rows) {
    held_ = std::move(steps);
    return;
  }
  for (std::size_t begin = 0; begin < steps.size();) {
    const std::size_t room = config_.memory_rows > held_.size() ? config_.memory_rows - held_.size() : 0;
    const std::size_t end = std::min(steps.size(), begin + room);
    event::append_rows(held_, steps, begin, end);
    if (held_.size() >= config_.memory_rows && end < steps.size()) spill();
    begin = end;
  }
}

void StepSorter::spill() {
  Piece piece;
  const std::vector<std::size_t> sorted = order();
  for (std::size_t begin = 0; begin < sorted.size(); begin += kBlockRows) {
    const std::size_t end = std::min(sorted.size(), begin + kBlockRows);
    piece.spool.push(
        event::select_rows(held_, std::vector<std::size_t>(sorted.begin() + static_cast<std::ptrdiff_t>(begin),
                                                           sorted.begin() + static_cast<std::ptrdiff_t>(end))));
  }
  pieces_.push_back(std::move(piece));
  held_ = {};
}

void StepSorter::load(Piece& piece) const {
  piece.at = 0;
  piece.spool.next(piece.block);
}

bool StepSorter::next(Steps& steps) {
  steps = {};
  if (!std::exchange(sorted_, true)) {
    if (on_disk() && held_.size() > 0) spill();
    order_ = order();
    for (Piece& piece : pieces_) load(piece);
  }
  if (on_disk()) return merge(steps);
  const std::size_t end = std::min(order_.size(), handed_out_ + kHandedOut);
  steps = event::select_rows(held_, std::vector<std::size_t>(order_.begin() + static_cast<std::ptrdiff_t>(handed_out_),
                                                             order_.begin() + static_cast<std::ptrdiff_t>(end)));
  handed_out_ = end;
  return steps.size() > 0;
}

bool StepSorter::merge(Steps& steps) {
  // A heap of (key, piece): of equal keys the earlier piece goes first, since its rows came first.
  using Head = std::pair<Key, std::size_t>;
  std::vector<Head> heads;
  const auto later = [](const Head& a, const Head& b) { return b < a; };
  for (std::size_t p = 0; p < pieces_.size(); ++p)
    if (pieces_[p].at < pieces_[p].block.size()) heads.emplace_back(key_of(pieces_[p].block, pieces_[p].at), p);
  std::make_heap(heads.begin(), heads.end(), later);
  while (!heads.empty() && steps.size() < kHandedOut) {
    std::pop_heap(heads.begin(), heads.end(), later);
    const Head head = heads.back();
    heads.pop_back();
    Piece& piece = pieces_[head.second];
    // All rows of this event that the block holds.
    std::size_t end = piece.at;
    while (end < piece.block.size() && key_of(piece.block, end) == head.first) ++end;
    event::append_rows(steps, piece.block, piece.at, end);
    piece.at = end;
    if (piece.at == piece.block.size()) load(piece);
    if (piece.at < piece.block.size()) {
      heads.emplace_back(key_of(piece.block, piece.at), head.second);
      std::push_heap(heads.begin(), heads.end(), later);
    }
  }
  return steps.size() > 0;
}

}  // namespace difftrack::detector
