// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/response/merge_steps.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <vector>

#include "difftrack/detector/response/hit_columns.hpp"

namespace difftrack::detector {

using event::Hits;
using event::Steps;

namespace {

/// Sums of one hit while its steps come in.
struct Sum {
  double x = 0.0, y = 0.0, z = 0.0, edep = 0.0;
  std::int64_t steps = 0;
  std::size_t first = 0;  // its first step

  void add(const Steps& steps_in, std::size_t i) {
    if (steps == 0) first = i;
    x += static_cast<double>(steps_in.x[i]);
    y += static_cast<double>(steps_in.y[i]);
    z += static_cast<double>(steps_in.z[i]);
    edep += static_cast<double>(steps_in.edep[i]);
    ++steps;
  }
};

/// Equality of steps to the bit.
using StepKey = std::array<std::uint32_t, 6>;

StepKey key_of(const Steps& steps, std::size_t i) {
  return {steps.track.empty() ? 0U : static_cast<std::uint32_t>(steps.track[i]),
          static_cast<std::uint32_t>(steps.layer[i]),
          std::bit_cast<std::uint32_t>(steps.x[i]),
          std::bit_cast<std::uint32_t>(steps.y[i]),
          std::bit_cast<std::uint32_t>(steps.z[i]),
          std::bit_cast<std::uint32_t>(steps.edep[i])};
}

/// Earliest time of rows [begin, end); 0 without times.
double first_time(const Steps& steps, std::size_t begin, std::size_t end) {
  if (steps.time.empty()) return 0.0;
  return *std::min_element(steps.time.begin() + static_cast<std::ptrdiff_t>(begin),
                           steps.time.begin() + static_cast<std::ptrdiff_t>(end));
}

/// Writes a hit unless its cluster is too small.
void finish(const Steps& steps, const Sum& sum, double arrival, std::int64_t id, const Thresholds& thresholds,
            MergedHits& result) {
  const std::int32_t size = cluster_size(sum.edep);
  if (size < thresholds.min_cluster_size) {
    ++result.report.small;
    return;
  }
  const auto n = static_cast<double>(sum.steps);
  const std::size_t i = sum.first;
  Hits& hits = result.hits;
  hits.x.push_back(static_cast<float>(sum.x / n));
  hits.y.push_back(static_cast<float>(sum.y / n));
  hits.z.push_back(static_cast<float>(sum.z / n));
  hits.edep.push_back(static_cast<float>(sum.edep));
  hits.cluster_size.push_back(size);
  hits.id.push_back(id);
  if (!steps.parent.empty()) hits.primary.push_back(steps.parent[i] == 0 ? 1 : 0);
  if (!steps.time.empty()) hits.arrival.push_back(arrival);
  const auto take = [i](const auto& from, auto& to) { to.push_back(from[i]); };
  for_each_pair(kParticleColumns, steps, hits, take);
  for_each_pair(kEventColumns, steps, hits, take);
}

void reserve(Hits& hits, const Steps& steps) {
  for (auto* column : {&hits.x, &hits.y, &hits.z, &hits.edep}) column->reserve(steps.size());
  hits.cluster_size.reserve(steps.size());
  hits.id.reserve(steps.size());
  const auto as_many = [](const auto& from, auto& to) { to.reserve(from.size()); };
  for_each_pair(kParticleColumns, steps, hits, as_many);
  for_each_pair(kEventColumns, steps, hits, as_many);
  if (!steps.parent.empty()) hits.primary.reserve(steps.size());
}

/// Finds the hit of a (track, layer) within one event: open addressing, emptied by a new generation number.
class GroupTable {
 public:
  void begin_event(std::size_t rows) {
    const std::size_t wanted = std::bit_ceil(std::max<std::size_t>(64, 2 * rows));
    if (wanted > slots_.size()) slots_.assign(wanted, {});
    ++generation_;
  }
  /// The group's number; `groups` and true when it is new.
  std::pair<std::uint32_t, bool> find(std::int32_t track, std::int32_t layer, std::size_t groups) {
    const std::uint64_t key =
        static_cast<std::uint64_t>(static_cast<std::uint32_t>(track)) << 32U | static_cast<std::uint32_t>(layer);
    for (std::size_t at = (key * 0x9e3779b97f4a7c15ULL) >> 20U;; ++at) {
      Slot& slot = slots_[at & (slots_.size() - 1)];
      if (slot.generation != generation_) {
        slot = {key, generation_, static_cast<std::uint32_t>(groups)};
        return {slot.group, true};
      }
      if (slot.key == key) return {slot.group, false};
    }
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint64_t generation = 0;
    std::uint32_t group = 0;
  };
  std::vector<Slot> slots_;
  std::uint64_t generation_ = 0;
};

/// (run, event) of a step; without runs all steps are of run 0.
std::pair<std::int32_t, std::int64_t> key_of_event(const Steps& steps, std::size_t i) {
  return {steps.run.empty() ? 0 : steps.run[i], steps.event[i]};
}

bool is_sorted_by_event(const Steps& steps) {
  for (std::size_t i = 1; i < steps.size(); ++i)
    if (key_of_event(steps, i) < key_of_event(steps, i - 1)) return false;
  return true;
}

Steps sorted_by_event(const Steps& steps) {
  std::vector<std::size_t> order(steps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return key_of_event(steps, a) < key_of_event(steps, b); });
  return event::select_rows(steps, order);
}

/// Steps that were seen in the event; asked only where steps share a group, which is rare with tracks.
class SeenSteps {
 public:
  void begin_event() { seen_.clear(); }
  bool insert(const Steps& steps, std::size_t i) { return seen_.insert(key_of(steps, i)).second; }

 private:
  std::set<StepKey> seen_;
};

}  // namespace

MergeReport& MergeReport::operator+=(const MergeReport& other) {
  rows += other.rows;
  duplicates += other.duplicates;
  folded += other.folded;
  merged += other.merged;
  small += other.small;
  hits += other.hits;
  mixed += other.mixed;
  crowded += other.crowded;
  return *this;
}

std::int32_t cluster_size(double edep) {
  const double size = 4.2267 * std::pow(1000.0 * edep / 25.0, 0.65) + 0.5;
  return static_cast<std::int32_t>(std::min(size, static_cast<double>(std::numeric_limits<std::int32_t>::max())));
}

MergedHits merge_steps(const Steps& steps, const Thresholds& thresholds, std::int64_t first_id) {
  if (is_sorted_by_event(steps)) return merge_events(steps, thresholds, first_id);
  return merge_events(sorted_by_event(steps), thresholds, first_id);
}

MergedHits merge_events(const Steps& steps, const Thresholds& thresholds, std::int64_t first_id) {
  MergedHits result;
  result.report.rows = static_cast<std::int64_t>(steps.size());
  reserve(result.hits, steps);
  const bool by_track = !steps.track.empty();
  GroupTable table;
  SeenSteps seen;
  std::vector<Sum> sums;
  for (std::size_t begin = 0; begin < steps.size();) {
    std::size_t end = begin;
    while (end < steps.size() && steps.same_event(end, begin)) ++end;
    table.begin_event(end - begin);
    seen.begin_event();
    sums.clear();
    for (std::size_t i = begin; i < end; ++i) {
      const auto [group, is_new] = by_track ? table.find(steps.track[i], steps.layer[i], sums.size())
                                            : std::pair(static_cast<std::uint32_t>(sums.size()), true);
      if (!by_track && !seen.insert(steps, i)) {
        ++result.report.duplicates;
        continue;
      }
      if (is_new) {
        sums.emplace_back();
      } else {
        if (sums[group].steps == 1) seen.insert(steps, sums[group].first);
        if (!seen.insert(steps, i)) {
          ++result.report.duplicates;
          continue;
        }
        ++result.report.merged;
      }
      sums[group].add(steps, i);
    }
    const double arrival = first_time(steps, begin, end);
    for (const Sum& sum : sums) finish(steps, sum, arrival, first_id++, thresholds, result);
    begin = end;
  }
  result.report.hits = static_cast<std::int64_t>(result.hits.size());
  return result;
}

MergedHits merge_steps_reference(const Steps& steps, const Thresholds& thresholds, std::int64_t first_id) {
  MergedHits result;
  result.report.rows = static_cast<std::int64_t>(steps.size());
  using EventKey = std::pair<std::int32_t, std::int64_t>;
  std::set<std::pair<EventKey, StepKey>> seen;
  std::map<std::tuple<EventKey, std::int64_t, std::int32_t>, Sum> groups;  // event, track or row, layer
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!seen.emplace(key_of_event(steps, i), key_of(steps, i)).second) {
      ++result.report.duplicates;
      continue;
    }
    const std::int64_t particle = steps.track.empty() ? static_cast<std::int64_t>(i) : steps.track[i];
    Sum& sum = groups[{key_of_event(steps, i), particle, steps.layer[i]}];
    if (sum.steps > 0) ++result.report.merged;
    sum.add(steps, i);
  }
  std::map<EventKey, double> arrivals;
  for (std::size_t i = 0; i < steps.time.size(); ++i) {
    const auto [first, is_new] = arrivals.try_emplace(key_of_event(steps, i), steps.time[i]);
    first->second = std::min(first->second, steps.time[i]);
  }
  std::map<std::pair<EventKey, std::size_t>, Sum> in_order;  // event, first step
  for (const auto& [key, sum] : groups) in_order[{std::get<0>(key), sum.first}] = sum;
  for (const auto& [key, sum] : in_order) finish(steps, sum, arrivals[key.first], first_id++, thresholds, result);
  result.report.hits = static_cast<std::int64_t>(result.hits.size());
  return result;
}

std::int64_t drop_repeated_steps(Steps& steps) {
  std::vector<std::size_t> kept;
  kept.reserve(steps.size());
  SeenSteps seen;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i == 0 || !steps.same_event(i, i - 1)) seen.begin_event();
    if (seen.insert(steps, i)) kept.push_back(i);
  }
  const auto dropped = static_cast<std::int64_t>(steps.size() - kept.size());
  if (dropped > 0) steps = event::select_rows(steps, kept);
  return dropped;
}

}  // namespace difftrack::detector
