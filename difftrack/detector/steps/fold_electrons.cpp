// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/fold_electrons.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace difftrack::detector {

using event::Steps;

namespace {

bool is_electron(std::int32_t pdg) { return pdg == 11 || pdg == -11; }
bool is_electron_or_photon(std::int32_t pdg) { return is_electron(pdg) || pdg == 22; }

bool can_fold(const Steps& steps, double distance) {
  return distance > 0.0 && !steps.pdg.empty() && !steps.track.empty() && !steps.parent.empty();
}

/// Mean of the rows of one particle in one layer [mm].
struct Mean {
  double x = 0.0, y = 0.0;
  std::int64_t rows = 0;

  void add(const Steps& steps, std::size_t row) {
    ++rows;
    x += (static_cast<double>(steps.x[row]) - x) / static_cast<double>(rows);
    y += (static_cast<double>(steps.y[row]) - y) / static_cast<double>(rows);
  }
  double distance(const Steps& steps, std::size_t row) const {
    return std::hypot(static_cast<double>(steps.x[row]) - x, static_cast<double>(steps.y[row]) - y);
  }
};

/// Row `row` becomes one of the particle that row `of` belongs to.
void take_identity(Steps& steps, std::size_t row, std::size_t of, const Mean& hit, FoldedPosition position) {
  steps.track[row] = steps.track[of];
  steps.parent[row] = steps.parent[of];
  steps.pdg[row] = steps.pdg[of];
  if (!steps.process.empty()) steps.process[row] = steps.process[of];
  if (position == FoldedPosition::Own) return;
  steps.x[row] = static_cast<float>(hit.x);
  steps.y[row] = static_cast<float>(hit.y);
}

/// Folds event after event; keeps its scratch space.
class EventFolder {
 public:
  EventFolder(Steps& steps, double distance, FoldedPosition position)
      : steps_(steps), distance_(distance), position_(position) {}

  /// Rows [begin, end) are one event.
  std::int64_t operator()(std::size_t begin, std::size_t end) {
    list_particles(begin, end);
    std::int64_t folded = 0;
    for (std::size_t p = 0; p < particles_.size(); ++p) {
      if (!is_electron(particles_[p].pdg)) continue;
      if (const std::int64_t hadron = hadron_of(p); hadron >= 0)
        folded += fold(particles_[p], particles_[static_cast<std::size_t>(hadron)]);
    }
    return folded;
  }

 private:
  static constexpr std::int64_t kNone = -1, kUnknown = -2, kAsked = -3;

  /// Rows of one particle in one layer: rows_[begin] … rows_[end - 1].
  struct Deposit {
    std::int32_t layer;
    std::size_t begin, end;
    Mean mean;
  };
  /// Its deposits are deposits_[begin] … deposits_[end - 1], by layer.
  struct Particle {
    std::int32_t track, parent, pdg;
    std::size_t begin, end;
    std::int64_t hadron;  // index of the first hadron up the line of parents, itself included; or one of the above
  };
  struct Key {
    std::int32_t track, layer;
    std::size_t row;
    bool operator<(const Key& other) const {
      return std::tie(track, layer, row) < std::tie(other.track, other.layer, other.row);
    }
  };

  void list_particles(std::size_t begin, std::size_t end) {
    rows_.clear();
    deposits_.clear();
    particles_.clear();
    for (std::size_t row = begin; row < end; ++row) rows_.push_back({steps_.track[row], steps_.layer[row], row});
    if (!std::is_sorted(rows_.begin(), rows_.end())) std::sort(rows_.begin(), rows_.end());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::size_t row = rows_[i].row;
      const bool new_particle = i == 0 || rows_[i].track != rows_[i - 1].track;
      if (new_particle) {
        const std::size_t next = deposits_.size();
        particles_.push_back({rows_[i].track, steps_.parent[row], steps_.pdg[row], next, next, kUnknown});
      }
      if (new_particle || rows_[i].layer != rows_[i - 1].layer) {
        deposits_.push_back({rows_[i].layer, i, i, {}});
        ++particles_.back().end;
      }
      deposits_.back().mean.add(steps_, row);
      ++deposits_.back().end;
    }
  }

  /// Every particle on the way learns the answer, so that long lines of parents are climbed once. A particle that
  /// descends from itself has no hadron.
  std::int64_t hadron_of(std::size_t p) {
    way_.clear();
    auto at = static_cast<std::int64_t>(p);
    while (at >= 0 && particles_[static_cast<std::size_t>(at)].hadron == kUnknown) {
      Particle& particle = particles_[static_cast<std::size_t>(at)];
      if (!is_electron_or_photon(particle.pdg)) {
        particle.hadron = at;
        break;
      }
      particle.hadron = kAsked;
      way_.push_back(static_cast<std::size_t>(at));
      at = find(particle.parent);
    }
    const std::int64_t answer = at < 0 ? kNone : std::max(particles_[static_cast<std::size_t>(at)].hadron, kNone);
    for (const std::size_t each : way_) particles_[each].hadron = answer;
    return answer;
  }

  std::int64_t find(std::int32_t track) const {
    const auto found = std::lower_bound(particles_.begin(), particles_.end(), track,
                                        [](const Particle& a, std::int32_t b) { return a.track < b; });
    return found == particles_.end() || found->track != track ? kNone : found - particles_.begin();
  }

  std::int64_t fold(const Particle& electron, const Particle& hadron) {
    std::int64_t folded = 0;
    std::size_t h = hadron.begin;
    for (std::size_t e = electron.begin; e < electron.end; ++e) {
      const Deposit& deposit = deposits_[e];
      while (h < hadron.end && deposits_[h].layer < deposit.layer) ++h;
      if (h == hadron.end) break;
      const Deposit& hit = deposits_[h];
      if (hit.layer != deposit.layer) continue;
      for (std::size_t i = deposit.begin; i < deposit.end; ++i) {
        const std::size_t row = rows_[i].row;
        if (!(hit.mean.distance(steps_, row) < distance_)) continue;
        take_identity(steps_, row, rows_[hit.begin].row, hit.mean, position_);
        ++folded;
      }
    }
    return folded;
  }

  Steps& steps_;
  double distance_;
  FoldedPosition position_;
  std::vector<Key> rows_;
  std::vector<Deposit> deposits_;
  std::vector<Particle> particles_;
  std::vector<std::size_t> way_;
};

}  // namespace

std::int64_t fold_electrons(Steps& steps, double distance, FoldedPosition position) {
  if (!can_fold(steps, distance)) return 0;
  EventFolder fold(steps, distance, position);
  std::int64_t folded = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!is_electron(steps.pdg[i])) continue;
    std::size_t begin = i, end = i + 1;
    while (begin > 0 && steps.same_event(begin - 1, i)) --begin;
    while (end < steps.size() && steps.same_event(end, i)) ++end;
    folded += fold(begin, end);
    i = end - 1;
  }
  return folded;
}

std::int64_t fold_electrons_reference(Steps& steps, double distance, FoldedPosition position) {
  if (!can_fold(steps, distance)) return 0;
  using Particle = std::tuple<std::int32_t, std::int64_t, std::int32_t>;  // run, event, track
  const auto particle = [&](std::size_t row, std::int32_t track) {
    return Particle{steps.run.empty() ? 0 : steps.run[row], steps.event[row], track};
  };
  std::map<Particle, std::size_t> row_of;
  std::map<std::pair<Particle, std::int32_t>, Mean> hits;  // by particle and layer
  for (std::size_t i = 0; i < steps.size(); ++i) {
    row_of.try_emplace(particle(i, steps.track[i]), i);
    hits[{particle(i, steps.track[i]), steps.layer[i]}].add(steps, i);
  }
  std::vector<std::optional<std::size_t>> ancestor(steps.size());  // a row of it; none at the end of the line
  for (std::size_t i = 0; i < steps.size(); ++i) ancestor[i] = i;
  bool climbing = true;
  for (std::size_t pass = 0; climbing && pass <= steps.size(); ++pass) {  // more passes only go round in a circle
    climbing = false;
    for (auto& row : ancestor) {
      if (!row || !is_electron_or_photon(steps.pdg[*row])) continue;
      const auto parent = row_of.find(particle(*row, steps.parent[*row]));
      row = parent == row_of.end() ? std::nullopt : std::optional(parent->second);
      climbing = true;
    }
  }
  const Steps before = steps;
  std::int64_t folded = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!is_electron(before.pdg[i]) || !ancestor[i] || is_electron_or_photon(before.pdg[*ancestor[i]])) continue;
    const std::size_t of = *ancestor[i];
    const auto hit = hits.find({particle(of, before.track[of]), before.layer[i]});
    if (hit == hits.end() || !(hit->second.distance(before, i) < distance)) continue;
    take_identity(steps, i, of, hit->second, position);
    ++folded;
  }
  return folded;
}

double electron_distance(const Detector& detector) {
  const double distance = detector.thresholds.electron_distance;
  return distance < 0.0 ? 4.0 * std::max(detector.pixels.pitch_x, detector.pixels.pitch_y) : distance;
}

}  // namespace difftrack::detector
