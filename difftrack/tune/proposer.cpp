// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/proposer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "difftrack/core/parallel.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/tune/sobol.hpp"

namespace difftrack::tune {

namespace {

constexpr std::uint32_t kSobolTries = 4096;  // points looked through for a setting that is new
constexpr double kNear = 0.05;               // of the space: step from the best trials to more starts
constexpr std::size_t kBest = 4, kNearEach = 8;
constexpr std::size_t kBlock = 48;  // places per solve: as many for any number of threads, so that values are the same
constexpr std::size_t kClimbBudget = 1000, kFewestClimbs = 2;
constexpr double kApart = 0.02;  // two peaks nearer than this, per dimension, are one

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(sum);
}

/// A step of a climb is O(n²), so that fewer climbs are made as observations grow, from kClimbBudget on.
std::size_t affordable(std::size_t climbs, std::size_t observations) {
  const std::size_t fewer = climbs * kClimbBudget / std::max(observations, kClimbBudget);
  return std::max(fewer, std::min(climbs, kFewestClimbs));
}

}  // namespace

std::vector<UnusedOption> unused_options(const ProposerConfig& config, std::size_t per_round) {
  std::vector<UnusedOption> unused;
  if (config.acquisition != Acquisition::UpperBound) unused.push_back({"kappa", "acquisition ucb"});
  if (config.acquisition != Acquisition::NoisyExpectedImprovement) unused.push_back({"draws", "acquisition noisy-ei"});
  if (config.process.noise != Noise::Fixed) unused.push_back({"noise_variance", "noise fixed"});
  if (per_round == 1) unused.push_back({"parallel", "several settings a round"});
  return unused;
}

Proposer::Proposer(Space space, const Config& config)
    : space_(std::move(space)),
      config_(config),
      process_(space_.dimensions(), config.process, static_cast<std::uint64_t>(config.seed)) {
  core::check_fields(config, "");
}

std::optional<std::size_t> Proposer::best() const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < trials_.size(); ++i)
    if (trials_[i].value && (!found || *trials_[i].value > *trials_[*found].value)) found = i;
  return found;
}

std::vector<double> Proposer::scaled_values() const {
  double worst = 0.0;
  bool any = false;
  for (const Trial& trial : trials_) {
    if (!trial.value) continue;
    const double value = (*trial.value - offset_) / scale_;
    worst = any ? std::min(worst, value) : value;
    any = true;
  }
  std::vector<double> values;
  for (const Trial& trial : trials_) values.push_back(trial.value ? (*trial.value - offset_) / scale_ : worst);
  return values;
}

void Proposer::rescale() {
  double n = 0.0, sum = 0.0, square = 0.0;
  for (const Trial& trial : trials_)
    if (trial.value) {
      n += 1.0;
      sum += *trial.value;
    }
  offset_ = n > 0.0 ? sum / n : 0.0;
  for (const Trial& trial : trials_)
    if (trial.value) square += (*trial.value - offset_) * (*trial.value - offset_);
  scale_ = square > 0.0 ? std::sqrt(square / n) : 1.0;
}

void Proposer::tell(std::span<const Trial> trials, int threads) {
  std::vector<double> places;
  for (const Trial& trial : trials) {
    trials_.push_back(trial);
    const std::vector<double> place = space_.encode(trial.setting);
    places.insert(places.end(), place.begin(), place.end());
  }
  const std::vector<double> values = scaled_values();
  process_.add(places, std::span(values).last(trials.size()));
  const bool failures = std::any_of(trials_.begin(), trials_.end(), [](const Trial& each) { return !each.value; });
  if (failures) process_.set_values(values);  // the worst may have become worse
  if (trials_.size() < static_cast<std::size_t>(config_.first) || !process_.due()) return;
  rescale();
  process_.set_values(scaled_values());
  process_.refit(threads);
}

std::optional<Setting> Proposer::next_of_sobol(std::set<Setting>& used) const {
  const auto begin = static_cast<std::uint32_t>(used.size());
  for (std::uint32_t k = 0; k < kSobolTries; ++k) {
    Setting setting =
        space_.at(sobol_point(begin + k, space_.parameters().size(), static_cast<std::uint64_t>(config_.seed)));
    if (used.insert(setting).second) return setting;
  }
  return std::nullopt;
}

void Proposer::look_at(const Worth& worth, std::vector<Candidate>& places, int threads) const {
  const std::size_t blocks = (places.size() + kBlock - 1) / kBlock;
  core::parallel_for(static_cast<std::int64_t>(blocks), threads, [&](std::int64_t block) {
    const auto mine = std::span(places).subspan(static_cast<std::size_t>(block) * kBlock);
    const auto some = mine.first(std::min(kBlock, mine.size()));
    std::vector<double> encoded;
    for (const Candidate& each : some) {
      const std::vector<double> place = space_.encode(each.setting);
      encoded.insert(encoded.end(), place.begin(), place.end());
    }
    const std::vector<double> values = worth.all(encoded);
    for (std::size_t i = 0; i < some.size(); ++i) some[i].value = values[i];
  });
}

std::vector<Proposer::Candidate> Proposer::candidates(std::uint64_t stream, std::size_t climbs, int threads) const {
  const auto seed = static_cast<std::uint64_t>(config_.seed);
  const Worth worth =
      make_acquisition(config_.acquisition, process_, config_.kappa, config_.draws, seed ^ (stream << 32U));
  std::vector<Candidate> starts;
  for (std::int32_t k = 0; k < config_.starts; ++k)
    starts.push_back(
        {space_.at(sobol_point(static_cast<std::uint32_t>(k), space_.parameters().size(), seed + (stream << 20U) + 1U)),
         0.0});
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < trials_.size(); ++i)
    if (trials_[i].value) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return *trials_[a].value > *trials_[b].value; });
  core::RandomStream random(seed, stream);
  for (std::size_t i = 0; i < std::min(kBest, order.size()); ++i)
    for (std::size_t k = 0; k < kNearEach; ++k) {
      std::vector<double> near = space_.encode(trials_[order[i]].setting);
      for (double& each : near) each = std::clamp(each + kNear * random.normal(), 0.0, 1.0);
      starts.push_back({space_.decode(near), 0.0});
    }
  const auto best_first = [](std::vector<Candidate>& all) {
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.value > b.value; });
  };
  look_at(worth, starts, threads);
  best_first(starts);
  std::vector<Candidate> found(std::min(affordable(climbs, process_.size()), starts.size()));
  core::parallel_for(static_cast<std::int64_t>(found.size()), threads, [&](std::int64_t k) {
    const Setting& from = starts[static_cast<std::size_t>(k)].setting;
    const LocalMaximum top = climb(worth.at, space_.encode(from), space_.around(from), config_.climb_steps);
    found[static_cast<std::size_t>(k)] = {space_.decode(top.x), 0.0};
  });
  look_at(worth, found, threads);
  best_first(found);
  found.insert(found.end(), starts.begin(), starts.end());
  return found;
}

void Proposer::propose_peaks(std::size_t count, int threads, std::set<Setting>& used, std::vector<Setting>& chosen) {
  const std::size_t climbs = std::max(static_cast<std::size_t>(config_.climbs), 4 * count);
  const auto found = candidates(trials_.size(), climbs, threads);
  const double apart = kApart * std::sqrt(static_cast<double>(space_.dimensions()));
  for (std::size_t k = 0; k < std::min(climbs, found.size()) && chosen.size() < count; ++k) {
    const std::vector<double> place = space_.encode(found[k].setting);
    const bool is_near = std::any_of(chosen.begin(), chosen.end(),
                                     [&](const Setting& each) { return distance(space_.encode(each), place) < apart; });
    if (!is_near && used.insert(found[k].setting).second) chosen.push_back(found[k].setting);
  }
}

void Proposer::propose_one_by_one(std::size_t count, int threads, std::set<Setting>& used,
                                  std::vector<Setting>& chosen) {
  const std::size_t told = process_.size();
  const auto believe = [&](const Setting& setting) {
    const std::vector<double> place = space_.encode(setting);
    const double mean[] = {process_.mean(place)};
    process_.add(place, mean);
  };
  for (const Setting& each : chosen) believe(each);
  while (chosen.size() < count) {
    const auto found = candidates(trials_.size() + chosen.size(), static_cast<std::size_t>(config_.climbs), threads);
    const auto best =
        std::find_if(found.begin(), found.end(), [&](const Candidate& each) { return !used.contains(each.setting); });
    const std::optional<Setting> next = best != found.end() ? best->setting : next_of_sobol(used);
    if (!next) break;
    used.insert(*next);
    chosen.push_back(*next);
    if (config_.acquisition != Acquisition::Thompson) believe(*next);
  }
  while (process_.size() > told) process_.remove(process_.size() - 1);
}

std::vector<Setting> Proposer::propose(std::size_t count, int threads) {
  std::set<Setting> used;
  for (const Trial& trial : trials_) used.insert(trial.setting);
  std::vector<Setting> chosen;
  // Until the process has been fitted, which takes `first` trials, and as long as none has succeeded.
  while (chosen.size() < count && (process_.fits() == 0 || !best())) {
    const auto next = next_of_sobol(used);
    if (!next) return chosen;
    chosen.push_back(*next);
  }
  if (config_.parallel == Parallel::Peaks && chosen.empty()) propose_peaks(count, threads, used, chosen);
  propose_one_by_one(count, threads, used, chosen);
  return chosen;
}

}  // namespace difftrack::tune
