// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/proposer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
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

/// Whether the worth of a place is an improvement over the best, or its logarithm.
bool is_improvement(Acquisition acquisition) {
  return acquisition != Acquisition::UpperBound && acquisition != Acquisition::Thompson;
}

}  // namespace

std::vector<UnusedOption> unused_options(const ProposerConfig& config, std::size_t per_round) {
  std::vector<UnusedOption> unused;
  if (config.acquisition != Acquisition::UpperBound) unused.push_back({"kappa", "acquisition ucb"});
  if (config.acquisition != Acquisition::NoisyExpectedImprovement) unused.push_back({"draws", "acquisition noisy-ei"});
  if (!is_improvement(config.acquisition)) unused.push_back({"restart_below", "acquisition ei, log-ei or noisy-ei"});
  if (config.process.noise != Noise::Fixed) unused.push_back({"noise_variance", "noise fixed"});
  if (per_round == 1) unused.push_back({"parallel", "several settings a round"});
  return unused;
}

Proposer::Proposer(Space space, const Config& config)
    : space_(std::move(space)),
      config_(config),
      all_{GaussianProcess(space_.dimensions(), config.process, static_cast<std::uint64_t>(config.seed))} {
  core::check_fields(config, "");
}

std::optional<std::size_t> Proposer::best_from(std::size_t begin) const {
  std::optional<std::size_t> found;
  for (std::size_t i = begin; i < trials_.size(); ++i)
    if (trials_[i].value && (!found || *trials_[i].value > *trials_[*found].value)) found = i;
  return found;
}

std::vector<double> Proposer::scaled_values(const Search& search) const {
  double worst = 0.0;
  bool any = false;
  for (const std::size_t i : search.known) {
    if (!trials_[i].value) continue;
    const double value = (*trials_[i].value - search.offset) / search.scale;
    worst = any ? std::min(worst, value) : value;
    any = true;
  }
  std::vector<double> values;
  for (const std::size_t i : search.known)
    values.push_back(trials_[i].value ? (*trials_[i].value - search.offset) / search.scale : worst);
  return values;
}

void Proposer::rescale(Search& search) const {
  double n = 0.0, sum = 0.0, square = 0.0;
  for (const std::size_t i : search.known)
    if (trials_[i].value) {
      n += 1.0;
      sum += *trials_[i].value;
    }
  search.offset = n > 0.0 ? sum / n : 0.0;
  for (const std::size_t i : search.known)
    if (trials_[i].value) square += (*trials_[i].value - search.offset) * (*trials_[i].value - search.offset);
  search.scale = square > 0.0 ? std::sqrt(square / n) : 1.0;
}

void Proposer::learn(Search& search, std::span<const std::size_t> fresh, int threads) const {
  search.known.insert(search.known.end(), fresh.begin(), fresh.end());
  std::vector<double> places;
  for (const std::size_t i : fresh) {
    const std::vector<double> place = space_.encode(trials_[i].setting);
    places.insert(places.end(), place.begin(), place.end());
  }
  const std::vector<double> values = scaled_values(search);
  search.process.add(places, std::span(values).last(fresh.size()));
  const auto failed = [&](std::size_t i) { return !trials_[i].value; };
  if (std::any_of(search.known.begin(), search.known.end(), failed))
    search.process.set_values(values);  // the worst may have become worse
  if (trials_.size() - search.begin < static_cast<std::size_t>(config_.first) || !search.process.due()) return;
  rescale(search);
  search.process.set_values(scaled_values(search));
  search.process.refit(threads);
}

void Proposer::tell(std::span<const Trial> trials, int threads) {
  begin_anew_if_exhausted(threads);  // as proposing would have done: what is told decides alone
  std::vector<std::size_t> fresh(trials.size());
  std::iota(fresh.begin(), fresh.end(), trials_.size());
  trials_.insert(trials_.end(), trials.begin(), trials.end());
  next_.clear();
  learn(all_, fresh, threads);
  if (anew_) learn(*anew_, fresh, threads);
}

/// Whether the process in charge has been fitted, which takes `first` trials, to any that succeeded.
bool Proposer::has_begun() const { return search().process.fits() > 0 && best_from(search().begin); }

std::set<Setting> Proposer::tried() const {
  std::set<Setting> used;
  for (const Trial& trial : trials_) used.insert(trial.setting);
  return used;
}

void Proposer::begin_anew_if_exhausted(int threads) {
  if (config_.restart_below <= 0.0 || !is_improvement(config_.acquisition) || !has_begun() || looked_ == trials_.size())
    return;
  looked_ = trials_.size();
  next_ = candidates(trials_.size(), static_cast<std::size_t>(config_.climbs), threads);
  const std::set<Setting> used = tried();
  const auto top =
      std::find_if(next_.begin(), next_.end(), [&](const Candidate& each) { return !used.contains(each.setting); });
  const bool plain = config_.acquisition == Acquisition::ExpectedImprovement;
  if (top != next_.end() && top->value >= (plain ? config_.restart_below : std::log(config_.restart_below))) return;
  const auto seed = static_cast<std::uint64_t>(config_.seed) + trials_.size();
  anew_ = Search{GaussianProcess(space_.dimensions(), config_.process, seed), trials_.size()};
  std::vector<std::size_t> failed;
  for (std::size_t i = 0; i < trials_.size(); ++i)
    if (!trials_[i].value) failed.push_back(i);
  learn(*anew_, failed, threads);
  ++restarts_;
  next_.clear();
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
  const GaussianProcess& process = search().process;
  const Worth worth =
      make_acquisition(config_.acquisition, process, config_.kappa, config_.draws, seed ^ (stream << 32U));
  std::vector<Candidate> starts;
  for (std::int32_t k = 0; k < config_.starts; ++k)
    starts.push_back(
        {space_.at(sobol_point(static_cast<std::uint32_t>(k), space_.parameters().size(), seed + (stream << 20U) + 1U)),
         0.0});
  std::vector<std::size_t> order;
  for (std::size_t i = search().begin; i < trials_.size(); ++i)
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
  std::vector<Candidate> found(std::min(affordable(climbs, process.size()), starts.size()));
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
  GaussianProcess& process = search().process;
  const std::size_t told = process.size();
  const auto believe = [&](const Setting& setting) {
    const std::vector<double> place = space_.encode(setting);
    const double mean[] = {process.mean(place)};
    process.add(place, mean);
  };
  for (const Setting& each : chosen) believe(each);
  while (chosen.size() < count) {
    const auto climbs = static_cast<std::size_t>(config_.climbs);
    const auto found =
        chosen.empty() && !next_.empty() ? next_ : candidates(trials_.size() + chosen.size(), climbs, threads);
    const auto best =
        std::find_if(found.begin(), found.end(), [&](const Candidate& each) { return !used.contains(each.setting); });
    const std::optional<Setting> next = best != found.end() ? best->setting : next_of_sobol(used);
    if (!next) break;
    used.insert(*next);
    chosen.push_back(*next);
    if (config_.acquisition != Acquisition::Thompson) believe(*next);
  }
  while (process.size() > told) process.remove(process.size() - 1);
}

std::vector<Setting> Proposer::propose(std::size_t count, int threads) {
  begin_anew_if_exhausted(threads);
  std::set<Setting> used = tried();
  std::vector<Setting> chosen;
  while (chosen.size() < count && !has_begun()) {
    const auto next = next_of_sobol(used);
    if (!next) return chosen;
    chosen.push_back(*next);
  }
  if (config_.parallel == Parallel::Peaks && chosen.empty()) propose_peaks(count, threads, used, chosen);
  propose_one_by_one(count, threads, used, chosen);
  return chosen;
}

}  // namespace difftrack::tune
