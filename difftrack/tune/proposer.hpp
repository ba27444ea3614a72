// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/tune/acquisition.hpp"
#include "difftrack/tune/gaussian_process.hpp"
#include "difftrack/tune/space.hpp"

namespace difftrack::tune {

/// How several trials of a round are chosen.
enum class Parallel { Believer, Peaks };
/// Names of the ways.
constexpr core::Choices<Parallel, 2> choices(Parallel) {
  return {{{Parallel::Believer, "believer", "each as if those before it had given their predicted mean"},
           {Parallel::Peaks, "peaks", "the highest maxima of one surface"}}};
}

/// Options of what is tried next.
struct ProposerConfig {
  Acquisition acquisition = Acquisition::LogExpectedImprovement;
  Parallel parallel = Parallel::Believer;
  std::int32_t first = 10;
  double kappa = 2.0;
  std::int32_t draws = 16;
  std::int32_t starts = 256;
  std::int32_t climbs = 8;
  std::int32_t climb_steps = 60;
  double restart_below = 1e-4;
  std::int64_t seed = 1;
  GaussianProcessConfig process = {};

  static constexpr auto fields() {
    using core::field;
    using C = ProposerConfig;
    return std::tuple{
        field("acquisition", &C::acquisition, "", "What makes a setting worth a trial."),
        field("parallel", &C::parallel, "", "Choice of several trials of a round."),
        field("first", &C::first, "", {2, 1e6}, "Trials from a Sobol set before anything is learnt."),
        field("kappa", &C::kappa, "", {0.0, 1e3}, "Standard deviations above the mean, for ucb."),
        field("draws", &C::draws, "", {1, 10000}, "Draws of the best so far, for noisy-ei."),
        field("starts", &C::starts, "", {1, 1e6}, "Settings of a Sobol set that the acquisition is looked at in."),
        field("climbs", &C::climbs, "", {1, 1e4}, "Best of them from which it is climbed."),
        field("climb_steps", &C::climb_steps, "", {1, 1e5}, "Evaluations of a climb at most."),
        field("restart_below", &C::restart_below, "", {0.0, 1e3},
              "Expected improvement everywhere, over the spread of the values, below which the search begins anew; 0: "
              "never."),
        field("seed", &C::seed, "", {0, 4e9}, "Seed of all that is random in proposals."),
        core::part(&C::process),
    };
  }
};

/// An option that has no effect beside the others.
struct UnusedOption {
  const char* name;     ///< as in fields()
  const char* without;  ///< what it would need
};
/// All of them, for rounds of `per_round` settings.
std::vector<UnusedOption> unused_options(const ProposerConfig& config, std::size_t per_round);

/// One trial that has ended.
struct Trial {
  Setting setting;
  std::optional<double> value;  ///< what is maximised; none: it failed
};

/// Proposes settings whose value may be largest, from trials so far.
///
/// Values are seen by the Gaussian process less their mean and over their spread at the last fit. A trial that failed
/// is an observation as bad as the worst that did not: the surface sinks around it, and it needs no model of its own.
///
/// A process that expects an improvement below `restart_below` wherever it looks has nothing left to gain. Either it is
/// right, and looking elsewhere costs nothing, or it has come to believe in the hill it stands on: most of its
/// observations lie there, and the lengths fitted to them are those of that hill. So the search begins anew, with a
/// process of its own that knows the trials from there on and where trials have failed; process() knows all of them.
///
/// What is proposed depends on config, space and the trials told, in their order and grouping, and on nothing else;
/// least of all on `threads`.
class Proposer {
 public:
  using Config = ProposerConfig;  ///< options

  /// Nothing told yet.
  Proposer(Space space, const Config& config);

  /// Learns of trials; fits the process where that is due.
  void tell(std::span<const Trial> trials, int threads = 1);
  /// `count` different settings that were not tried; fewer when the space has no more.
  std::vector<Setting> propose(std::size_t count, int threads = 1);

  const Space& space() const { return space_; }                     ///< as given
  const std::vector<Trial>& trials() const { return trials_; }      ///< in the order told
  const GaussianProcess& process() const { return all_.process; }   ///< of all trials: scaled values at encoded places
  double offset() const { return all_.offset; }                     ///< value = offset + scale * (value of the process)
  double scale() const { return all_.scale; }                       ///< > 0
  std::optional<std::size_t> best() const { return best_from(0); }  ///< trial of largest value; none: all failed
  std::size_t restarts() const { return restarts_; }                ///< how often the search has begun anew

 private:
  /// A setting with what the acquisition says of it.
  struct Candidate {
    Setting setting;
    double value;
  };
  /// A process and the trials that it knows: those from `begin` on, and of the earlier ones those that failed.
  struct Search {
    GaussianProcess process;
    std::size_t begin = 0;
    std::vector<std::size_t> known = {};
    double offset = 0.0, scale = 1.0;
  };
  Search& search() { return anew_ ? *anew_ : all_; }
  const Search& search() const { return anew_ ? *anew_ : all_; }
  std::optional<std::size_t> best_from(std::size_t begin) const;
  std::vector<double> scaled_values(const Search& search) const;
  void rescale(Search& search) const;
  void learn(Search& search, std::span<const std::size_t> fresh, int threads) const;
  bool has_begun() const;
  std::set<Setting> tried() const;
  void look_at(const Worth& worth, std::vector<Candidate>& places, int threads) const;
  std::vector<Candidate> candidates(std::uint64_t stream, std::size_t climbs, int threads) const;
  void begin_anew_if_exhausted(int threads);
  std::optional<Setting> next_of_sobol(std::set<Setting>& used) const;
  void propose_peaks(std::size_t count, int threads, std::set<Setting>& used, std::vector<Setting>& chosen);
  void propose_one_by_one(std::size_t count, int threads, std::set<Setting>& used, std::vector<Setting>& chosen);

  Space space_;
  Config config_;
  std::vector<Trial> trials_;
  Search all_;
  std::optional<Search> anew_;
  std::size_t restarts_ = 0;
  std::vector<Candidate> next_;        // candidates once all trials so far are known; empty: not looked for
  std::optional<std::size_t> looked_;  // number of trials at which exhaustion was last looked for
};

}  // namespace difftrack::tune
