// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/event_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace difftrack::detector {

namespace {

constexpr std::size_t kMostCells = 400'000;
constexpr double kElsewhere = 1.0;  // [mm]: a proton crosses a sensitive layer within a fraction of it

}  // namespace

bool EventOrder::is_sampled(std::int64_t event) const {
  return (static_cast<std::uint64_t>(event) * 0x9e3779b97f4a7c15ULL) >> 32U < (0x100000000ULL / sparseness_);
}

void EventOrder::add(const event::Steps& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::pair key(steps.run.empty() ? 0 : steps.run[i], steps.event[i]);
    if (blocks_ == 0) blocks_ = 1;
    if (rows_ > 0 && key < last_) {
      ++blocks_;
      if (first_descent_.empty())
        first_descent_ = steps.run.empty() || key.first == last_.first
                             ? fmt::format("event {} comes after event {} in row {}", key.second, last_.second, rows_)
                             : fmt::format("run {} comes after run {} in row {}", key.first, last_.first, rows_);
    }
    last_ = key;
    ++rows_;
    if (is_sampled(key.second)) sample(steps, i, key);
  }
}

void EventOrder::sample(const event::Steps& steps, std::size_t i, std::pair<std::int32_t, std::int64_t> key) {
  auto& cells = cells_[key];
  const std::int32_t layer = steps.layer[i];
  const auto of_layer = [&](const Cell& cell) { return cell.layer == layer; };
  if (std::any_of(cells.begin(), cells.end(), [&](const Cell& c) { return of_layer(c) && c.block == blocks_; })) return;
  const bool is_back = !cells.empty() && cells.front().block != blocks_;
  const auto before = std::find_if(cells.begin(), cells.end(), of_layer);
  if (is_back) {
    ++again_;
    elsewhere_ += before != cells.end() && std::hypot(static_cast<double>(before->x - steps.x[i]),
                                                      static_cast<double>(before->y - steps.y[i])) > kElsewhere;
  }
  cells.push_back({layer, blocks_, steps.x[i], steps.y[i]});
  if (++n_cells_ <= kMostCells) return;
  sparseness_ *= 2;
  std::erase_if(cells_, [&](const auto& entry) { return !is_sampled(entry.first.second); });
  n_cells_ = 0;
  for (const auto& [event, kept] : cells_) n_cells_ += kept.size();
}

}  // namespace difftrack::detector
