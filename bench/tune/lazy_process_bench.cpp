// SPDX-License-Identifier: Apache-2.0
/// An observation more, and what is expected at a place, against the number of observations: bordered factor beside
/// full re-fits. Each benchmark first proves that the bordered process is the one of a dense factorisation. With the
/// environment variable DIFFTRACK_FULL set sizes go to 5000, which takes minutes.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/tune/acquisition.hpp"
#include "difftrack/tune/evidence.hpp"
#include "difftrack/tune/gaussian_process.hpp"
#include "difftrack/tune/proposer.hpp"

namespace difftrack::tune {
namespace {

constexpr std::size_t kDimensions = 5;
const Hyperparameters kParameters{1.0, 1e-4, 0.0, {0.5, 0.7, 0.6, 0.8, 0.5}};

/// Places and values of a smooth function, the same for every n.
Observations observations(std::size_t n) {
  core::RandomStream random(7, 0);
  Observations seen;
  for (std::size_t i = 0; i < n; ++i) {
    double value = 0.0;
    for (std::size_t k = 0; k < kDimensions; ++k) {
      seen.points.push_back(random.uniform());
      value += std::sin(3.0 * seen.points.back() + static_cast<double>(k));
    }
    seen.values.push_back(value);
    seen.noises.push_back(0.0);
  }
  return seen;
}

GaussianProcess process_of(const Observations& seen) {
  GaussianProcess process(kDimensions, {});
  process.set_parameters(kParameters);
  process.add(seen.points, seen.values);
  return process;
}

/// A process of n observations, made once.
GaussianProcess& process_with(std::size_t n) {
  static std::map<std::size_t, std::unique_ptr<GaussianProcess>> made;
  auto& process = made[n];
  if (!process) process = std::make_unique<GaussianProcess>(process_of(observations(n)));
  return *process;
}

std::vector<double> place() { return std::vector<double>(kDimensions, 0.4); }

/// Whether 40 observations one by one and a removed one give what a process made at once gives, to 1e-8.
bool proven() {
  const Observations seen = observations(160);
  GaussianProcess grown(kDimensions, {});
  grown.set_parameters(kParameters);
  const std::span<const double> points = seen.points, values = seen.values;
  grown.add(points.first(120 * kDimensions), values.first(120));
  grown.add(place(), std::vector{3.0});
  for (std::size_t i = 120; i < 160; ++i) grown.add(points.subspan(i * kDimensions, kDimensions), values.subspan(i, 1));
  grown.remove(120);
  const GaussianProcess whole = process_of(seen);
  const Prediction a = grown.predict(place()), b = whole.predict(place());
  return std::abs(a.mean - b.mean) < 1e-8 && std::abs(a.variance - b.variance) < 1e-8 &&
         std::abs(grown.log_evidence() - whole.log_evidence()) < 1e-7;
}

void refuse_unproven(benchmark::State& state) {
  static const bool good = proven();
  if (!good) state.SkipWithError("the bordered process is not that of a dense factorisation");
}

/// One observation in; taking it out again is not timed.
void update(benchmark::State& state) {
  refuse_unproven(state);
  GaussianProcess& process = process_with(static_cast<std::size_t>(state.range(0)));
  const std::vector<double> x = place(), value{1.0};
  process.add(x, value);  // makes room, as one observation in n does
  process.remove(process.size() - 1);
  for (auto _ : state) {
    process.add(x, value);
    state.PauseTiming();
    process.remove(process.size() - 1);
    state.ResumeTiming();
  }
  state.SetComplexityN(state.range(0));
}

/// The same without a factor at hand: all of it is made anew, with the parameters as they are.
void factor_anew(benchmark::State& state) {
  refuse_unproven(state);
  const Observations seen = observations(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(process_of(seen));
  state.SetComplexityN(state.range(0));
}

/// One evaluation of the evidence with its slope; a re-fit takes some tens to hundreds of them.
void evidence(benchmark::State& state) {
  refuse_unproven(state);
  const Observations seen = observations(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(log_evidence(Kernel::Matern52, kParameters, seen, {}));
  state.SetComplexityN(state.range(0));
}

/// Mean and variance at one place.
void prediction(benchmark::State& state) {
  refuse_unproven(state);
  const GaussianProcess& process = process_with(static_cast<std::size_t>(state.range(0)));
  const std::vector<double> x = place();
  for (auto _ : state) benchmark::DoNotOptimize(process.predict(x));
  state.SetComplexityN(state.range(0));
}

/// One value of log-EI with its slope, as a climb asks for it.
void acquisition(benchmark::State& state) {
  refuse_unproven(state);
  const GaussianProcess& process = process_with(static_cast<std::size_t>(state.range(0)));
  const SmoothFunction f = make_acquisition(Acquisition::LogExpectedImprovement, process, 0.0, 1, 1).at;
  const std::vector<double> x = place();
  std::vector<double> gradient(kDimensions);
  for (auto _ : state) benchmark::DoNotOptimize(f(x, gradient));
  state.SetComplexityN(state.range(0));
}

/// The next setting to try, with 256 starts and 8 climbs.
void proposal(benchmark::State& state) {
  refuse_unproven(state);
  std::vector<Parameter> parameters;
  for (const char* name : {"a", "b", "c", "d", "e"}) parameters.push_back({.name = name});
  const auto n = static_cast<std::size_t>(state.range(0));
  const Observations seen = observations(n);
  std::vector<Trial> trials;
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = seen.points.begin() + static_cast<std::ptrdiff_t>(i * kDimensions);
    trials.push_back({Setting(at, at + kDimensions), seen.values[i]});
  }
  ProposerConfig config;
  config.process.lag = 1000000;
  config.process.restarts = 0;
  Proposer proposer(Space(std::move(parameters)), config);
  const std::size_t first = std::min<std::size_t>(n, 100);  // fitted to these
  proposer.tell(std::span(trials).first(first), 1);
  if (n > first) proposer.tell(std::span(trials).subspan(first), 1);
  for (auto _ : state) benchmark::DoNotOptimize(proposer.propose(1, 1));
  state.SetComplexityN(state.range(0));
}

const bool registered = [] {
  const bool full = std::getenv("DIFFTRACK_FULL") != nullptr;
  const std::vector<std::int64_t> sizes =
      full ? std::vector<std::int64_t>{50, 100, 250, 500, 1000, 2000, 5000} : std::vector<std::int64_t>{125, 250, 500};
  for (const auto& [name, function] :
       std::vector<std::pair<const char*, void (*)(benchmark::State&)>>{{"update", update},
                                                                        {"prediction", prediction},
                                                                        {"acquisition", acquisition},
                                                                        {"proposal", proposal},
                                                                        {"factor_anew", factor_anew},
                                                                        {"evidence", evidence}}) {
    auto* bench = benchmark::RegisterBenchmark(name, function)->Unit(benchmark::kMillisecond)->Complexity();
    for (const std::int64_t size : sizes) bench->Arg(size);
  }
  return true;
}();

}  // namespace
}  // namespace difftrack::tune
