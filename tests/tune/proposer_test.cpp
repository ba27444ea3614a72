// SPDX-License-Identifier: Apache-2.0
// Spaces and proposals: what is proposed lies in the space, is new, is the same for any number of threads, and finds
// known maxima.
#include "difftrack/tune/proposer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/tune/sobol.hpp"

namespace difftrack::tune {
namespace {

using ::testing::HasSubstr;

Space mixed_space() {
  return Space({{"rate", ParameterKind::Real, 1e-4, 1.0, true},
                {"layers", ParameterKind::Integer, 1, 6},
                {"kind", ParameterKind::Choice, 0, 1, false, {"a", "b", "c"}},
                {"share", ParameterKind::Real, -2.0, 2.0}});
}

/// Largest, 0, at rate 0.01, 4 layers, kind b, share 0.5; fails where the rate is large.
std::optional<double> mixed(const Setting& x) {
  if (x[0] > 0.3) return std::nullopt;
  const double rate = std::log10(x[0]) + 2.0;
  return -rate * rate - 0.3 * (x[1] - 4.0) * (x[1] - 4.0) - (x[2] == 1.0 ? 0.0 : 2.0) - (x[3] - 0.5) * (x[3] - 0.5);
}

std::vector<Trial> tune(const Space& space, const ProposerConfig& config, int rounds, std::size_t each,
                        const std::function<std::optional<double>(const Setting&)>& f, int threads = 1) {
  Proposer proposer(space, config);
  for (int r = 0; r < rounds; ++r) {
    std::vector<Trial> done;
    for (const Setting& setting : proposer.propose(each, threads)) done.push_back({setting, f(setting)});
    proposer.tell(done, threads);
  }
  return proposer.trials();
}

TEST(Space, CodesAndReadsBackEverySetting) {
  const Space space = mixed_space();
  EXPECT_EQ(space.dimensions(), 6U);
  std::set<double> layers, kinds;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const Setting setting = space.at(sobol_point(i, 4, 1));
    const Setting back = space.decode(space.encode(setting));
    EXPECT_NEAR(back[0], setting[0], 1e-12);
    EXPECT_EQ(back[1], setting[1]);
    EXPECT_EQ(back[2], setting[2]);
    EXPECT_NEAR(back[3], setting[3], 1e-12);
    layers.insert(setting[1]);
    kinds.insert(setting[2]);
    for (const double each : space.encode(setting)) EXPECT_TRUE(each >= 0.0 && each <= 1.0);
  }
  EXPECT_EQ(layers, (std::set<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(kinds, (std::set<double>{0, 1, 2}));
  EXPECT_EQ(space.text(2, 1.0), "b");
  EXPECT_EQ(space.text(1, 4.0), "4");
  EXPECT_EQ(std::stod(space.text(3, 0.1 + 0.2)), 0.1 + 0.2);
}

TEST(Space, RefusesWhatIsNoSpace) {
  const auto problem = [](std::vector<Parameter> parameters) -> std::string {
    try {
      const Space space(std::move(parameters), "x.toml");
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(problem({}), HasSubstr("is empty; nothing could be tuned"));
  EXPECT_THAT(problem({{"a", ParameterKind::Real, 1.0, 1.0}}), HasSubstr("is an empty range"));
  EXPECT_THAT(problem({{"a", ParameterKind::Real, 0.0, 1.0, true}}), HasSubstr("begin above 0"));
  EXPECT_THAT(problem({{"a", ParameterKind::Integer, 0.5, 3.0}}), HasSubstr("no range of integers"));
  EXPECT_THAT(problem({{"a", ParameterKind::Choice, 0, 1, false, {"x"}}}), HasSubstr("two or more options"));
  EXPECT_THAT(problem({{"a"}, {"a"}}), HasSubstr("stands twice"));
}

TEST(Proposer, IsTheSameForAnyNumberOfThreads) {
  for (const auto& parallel : choices(Parallel{}))
    for (const auto& acquisition : choices(Acquisition{})) {
      ProposerConfig config{.acquisition = acquisition.value, .parallel = parallel.value, .first = 6, .starts = 32};
      config.climb_steps = 20;
      config.process.fit_steps = 20;
      const auto one = tune(mixed_space(), config, 4, 3, mixed, 1), three = tune(mixed_space(), config, 4, 3, mixed, 3);
      ASSERT_EQ(one.size(), 12U);
      for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].setting, three[i].setting) << acquisition.name;
      std::set<Setting> different;
      for (const Trial& trial : one) different.insert(trial.setting);
      EXPECT_EQ(different.size(), one.size());
      config.seed = 2;
      EXPECT_NE(tune(mixed_space(), config, 1, 3, mixed)[0].setting, one[0].setting);
    }
}

// Beyond 1000 observations fewer starts are climbed from.
TEST(Proposer, IsTheSameForAnyNumberOfThreadsWhereObservationsAreMany) {
  ProposerConfig config{.first = 20, .restart_below = 0.0};
  config.climb_steps = 10;
  config.process.lag = 100000;
  config.process.eager = 0;
  config.process.evidence_drop = 1e9;
  config.process.restarts = 0;
  Proposer proposer(mixed_space(), config);
  std::vector<Trial> known;
  for (std::uint32_t i = 0; i < 1200; ++i) {
    const Setting setting = mixed_space().at(sobol_point(i, 4, 3));
    known.push_back({setting, mixed(setting)});
  }
  proposer.tell(std::span(known).first(300));
  proposer.tell(std::span(known).subspan(300));
  const auto one = proposer.propose(2, 1);
  EXPECT_EQ(proposer.propose(2, 3), one);
  EXPECT_GT(mixed(one[0]).value(), -0.5);
}

TEST(Proposer, FindsTheMaximumOfAMixedSpaceWhosePartFails) {
  for (const Parallel parallel : {Parallel::Believer, Parallel::Peaks}) {
    const auto trials = tune(mixed_space(), {.parallel = parallel}, 20, 3, mixed, 2);
    double best = -1e9;
    int failed_late = 0, failed = 0;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      if (trials[i].value) best = std::max(best, *trials[i].value);
      failed += !trials[i].value;
      failed_late += i >= 30 && !trials[i].value;
    }
    EXPECT_GT(best, -0.02);
    EXPECT_GT(failed, 0);
    EXPECT_LE(failed_late, 3);  // it keeps away from where trials fail
  }
}

TEST(Proposer, ASpaceThatIsUsedUpGivesNoMore) {
  const Space space({{"a", ParameterKind::Choice, 0, 1, false, {"x", "y"}}, {"n", ParameterKind::Integer, 1, 3}});
  const auto value = [](const Setting& x) { return std::optional(x[0] + x[1]); };
  EXPECT_EQ(tune(space, {.first = 3}, 6, 2, value).size(), 6U);
  const auto never = [](const Setting&) { return std::optional<double>(); };
  EXPECT_EQ(tune(space, {.first = 3}, 6, 2, never).size(), 6U);
}

// Fantasies leave no trace.
TEST(Proposer, ProposingTwiceGivesTheSame) {
  Proposer proposer(mixed_space(), {.first = 8});
  std::vector<Trial> done;
  for (const Setting& setting : proposer.propose(8)) done.push_back({setting, mixed(setting)});
  proposer.tell(done);
  const auto first = proposer.propose(4);
  const std::vector<double> weights(proposer.process().weights().begin(), proposer.process().weights().end());
  EXPECT_EQ(proposer.process().size(), 8U);
  EXPECT_EQ(proposer.propose(4), first);
  for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(proposer.process().weights()[i], weights[i], 1e-12);
}

double hill(const Setting& x) { return -(x[0] - 0.3) * (x[0] - 0.3); }

Proposer climbed(const ProposerConfig& config, int trials) {
  Proposer proposer(Space({{"x"}}), config);
  for (int i = 0; i < trials; ++i) {
    const Setting next = proposer.propose(1)[0];
    const Trial done[] = {{next, hill(next)}};
    proposer.tell(done);
  }
  return proposer;
}

// On the top of a hill that is known to a ten-thousandth nothing is left to gain.
TEST(Proposer, BeginsAnewWhereNothingIsLeftToGain) {
  const Proposer anew = climbed({.first = 4}, 40), never = climbed({.first = 4, .restart_below = 0.0}, 40);
  EXPECT_GE(anew.restarts(), 2U);
  EXPECT_EQ(never.restarts(), 0U);
  EXPECT_EQ(anew.process().size(), 40U);  // what is known of all trials
  EXPECT_NEAR(anew.process().predict(std::vector{0.8}).mean * anew.scale() + anew.offset(), hill({0.8}), 1e-3);
  EXPECT_GT(*anew.trials()[*anew.best()].value, -1e-4);
  const auto far = [](const Proposer& proposer) {
    return std::count_if(proposer.trials().begin() + 15, proposer.trials().end(),
                         [](const Trial& trial) { return std::abs(trial.setting[0] - 0.3) > 0.2; });
  };
  EXPECT_GT(far(anew), far(never) + 5);
}

// A run that goes on from a journal tells what was tried without proposing it again.
TEST(Proposer, BeginsAnewByWhatItWasToldAlone) {
  Proposer proposed = climbed({.first = 4}, 30), told(Space({{"x"}}), {.first = 4});
  for (const Trial& trial : proposed.trials()) told.tell(std::span(&trial, 1));
  EXPECT_EQ(told.restarts(), proposed.restarts());
  EXPECT_EQ(told.propose(1), proposed.propose(1));
}

// The value grows towards an edge behind which trials fail. A search that forgot them would find the edge out again:
// seven failures from the twentieth trial on.
TEST(Proposer, KnowsWhereTrialsFailedAfterBeginningAnew) {
  for (const std::int64_t seed : {1, 2}) {
    Proposer proposer(Space({{"x"}, {"y"}}), {.first = 4, .seed = seed});
    int failed_late = 0;
    for (int i = 0; i < 120; ++i) {
      const Setting next = proposer.propose(1)[0];
      const bool fails = next[1] > 0.8;
      const Trial done[] = {{next, fails ? std::nullopt : std::optional(hill(next) + next[1])}};
      proposer.tell(done);
      failed_late += fails && i >= 20;
    }
    EXPECT_GE(proposer.restarts(), 1U);
    EXPECT_LE(failed_late, 5);
  }
}

}  // namespace
}  // namespace difftrack::tune
