// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/tune/objective.hpp"
#include "apps/tune/page.hpp"
#include "apps/tune/tune_file.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/core/sha256.hpp"
#include "difftrack/core/work_queue.hpp"

namespace difftrack::tune_app {

namespace {

namespace fs = std::filesystem;

/// What is asked for beside the file's tables.
struct Request {
  std::string file, out, shard;
  std::vector<std::string> known;
  int threads = 0;
  bool quiet = false;
};

void write(const fs::path& path, const std::string& text) {
  core::AtomicFile file(path.string());
  file.write(text);
  file.commit();
}

/// Trials of journals of earlier runs. A last line that does not end was being copied: it is left out, and that is
/// said.
std::vector<Outcome> read_journals(const std::vector<std::string>& paths, const tune::Space& space) {
  std::vector<Outcome> outcomes;
  for (const std::string& path : paths) {
    std::ifstream in(path);
    if (!in) throw core::InputError({path, "", ""}, "cannot be read");
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
      if (in.eof())
        fmt::print(stderr, "warning: {}: line {} is torn and left out\n", path, number + 1);
      else
        outcomes.push_back(from_line(space, line, path, ++number));
    }
  }
  return outcomes;
}

/// A run: rounds of proposals and trials, and what is written of them.
class TuneRun {
 public:
  TuneRun(const Request& request, TuneFile file)
      : request_(request),
        file_(std::move(file)),
        proposer_(file_.space, file_.config.proposer),
        share_(request.shard.empty() ? core::launched_share() : core::parse_share(request.shard)),
        threads_(request.threads > 0 ? request.threads : core::default_threads()) {}

  void operator()() {
    tell(read_journals(request_.known, file_.space));  // before anything is written
    const auto per_round = static_cast<std::size_t>(file_.config.per_round);
    const std::size_t own = outcomes_.size();
    const std::size_t rounds = (static_cast<std::size_t>(file_.config.trials) + per_round - 1) / per_round;
    const std::size_t wanted = own + rounds * per_round;
    core::WorkQueue queue = open_queue(static_cast<std::int64_t>(wanted));
    for (std::int64_t round = 0; outcomes_.size() < wanted; ++round) {
      const auto settings = proposer_.propose(per_round, threads_);
      if (settings.empty()) break;
      const auto done = run_round(queue, round, settings);
      if (!done) return cli::stop_if_interrupted();
      tell(*done);
      if (share_.index == 0) write_journal(own);
      refuse_without_figures();
    }
    if (share_.index == 0) finish();
  }

 private:
  core::WorkQueue open_queue(std::int64_t wanted) const {
    core::WorkQueue::Options options;
    options.folder = (fs::path(request_.out) / "tasks").string();
    options.settings = settings_of(file_);
    for (const std::string& path : request_.known) options.settings += "known = " + core::sha256_of_file(path) + "\n";
    options.share = share_;
    options.threads = threads_;
    options.wait = share_.count > 1;  // a round is chosen from all results of those before
    options.stop = [] { return cli::interrupted != 0; };
    if (!request_.quiet && share_.index == 0)
      options.progress = [this, wanted, bar = cli::progress_bar("trials")](const core::Progress& round) {
        bar({static_cast<std::int64_t>(outcomes_.size()) + round.done, wanted, ""});
      };
    return core::WorkQueue(std::move(options));
  }

  std::optional<std::vector<Outcome>> run_round(core::WorkQueue& queue, std::int64_t round,
                                                const std::vector<tune::Setting>& settings) const {
    const double sign = file_.objective.goal == Goal::Maximise ? 1.0 : -1.0;
    std::vector<std::vector<double>> curves;
    for (const Outcome& outcome : outcomes_) {
      if (outcome.stopped || !outcome.failure.empty() || outcome.curve.empty()) continue;
      curves.push_back(outcome.curve);
      for (double& value : curves.back()) value *= sign;
    }
    const tune::MedianRule rule(std::move(curves), static_cast<std::size_t>(file_.objective.stop_after));
    const std::string name = fmt::format("round_{:05}", round);
    const auto results = queue.run(name, static_cast<std::int64_t>(settings.size()), [&](std::int64_t k, int) {
      const fs::path folder = fs::absolute(fs::path(request_.out) / "trials" / fmt::format("{:05}_{}", round, k));
      return to_line(file_.space, run_trial(file_, settings[static_cast<std::size_t>(k)], folder.string(), rule));
    });
    if (!results) return std::nullopt;
    std::vector<Outcome> outcomes;
    for (std::size_t k = 0; k < results->size(); ++k) {
      outcomes.push_back(from_line(file_.space, (*results)[k], request_.out + "/tasks/" + name, k + 1));
      if (outcomes.back().setting != settings[k])
        throw core::InputError({request_.out, name, std::to_string(k)},
                               "holds a trial that would not be proposed here; it was made by another version");
    }
    return outcomes;
  }

  void tell(const std::vector<Outcome>& outcomes) {
    const double sign = file_.objective.goal == Goal::Maximise ? 1.0 : -1.0;
    std::vector<tune::Trial> trials;
    for (const Outcome& outcome : outcomes) {
      trials.push_back({outcome.setting, outcome.figure ? std::optional(sign * *outcome.figure) : std::nullopt});
      outcomes_.push_back(outcome);
    }
    if (!trials.empty()) proposer_.tell(trials, threads_);
  }

  void write_journal(std::size_t first) const {
    std::string text;
    for (std::size_t i = first; i < outcomes_.size(); ++i) text += to_line(file_.space, outcomes_[i]) + "\n";
    write(fs::path(request_.out) / "journal.jsonl", text);
  }

  /// The first trials are enough to see that something is wrong with the command.
  void refuse_without_figures() const {
    if (proposer_.best() || outcomes_.size() < static_cast<std::size_t>(file_.config.proposer.first)) return;
    throw core::InputError({request_.file, "objective.figure", file_.objective.figure},
                           fmt::format("was no number in any of the first {} trials; the first one: {} (see {}/trials)",
                                       outcomes_.size(), outcomes_.front().failure, request_.out));
  }

  void finish() const {
    if (!proposer_.best())
      throw core::InputError({request_.file, "objective.figure", file_.objective.figure},
                             fmt::format("was no number in any trial; the first one: {} (see {}/trials)",
                                         outcomes_.empty() ? "none was run" : outcomes_.front().failure, request_.out));
    const std::size_t best = *proposer_.best();
    write(fs::path(request_.out) / "tune.html", plot::html(tune_page(file_, proposer_, outcomes_)));
    write(fs::path(request_.out) / "best.json", to_line(file_.space, outcomes_[best]) + "\n");
    if (request_.quiet) return;
    fmt::print("best of {} trials: {} = {:.6g} with", outcomes_.size(), file_.objective.figure,
               *outcomes_[best].figure);
    for (std::size_t i = 0; i < file_.space.parameters().size(); ++i)
      fmt::print(" {}={}", file_.space.parameters()[i].name, file_.space.text(i, outcomes_[best].setting[i]));
    fmt::print("\n{0}/tune.html: slices, importance, convergence; {0}/journal.jsonl: a line per trial\n", request_.out);
  }

  const Request& request_;
  TuneFile file_;
  tune::Proposer proposer_;
  core::Share share_;
  int threads_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

}  // namespace difftrack::tune_app

int main(int argc, char** argv) {
  using namespace difftrack;
  CLI::App app{"The setting of any command that gives the best figure, by few trials.", "difftrack tune"};
  app.footer(
      "Example:\n"
      "  difftrack tune tune.toml -o runs/tune --trials 60 --per-round 2\n"
      "A run that was killed goes on when it is started again; more --trials go on, too; mpirun shares the work.\n"
      "Exit codes: 0 done, 1 failed, 2 bad input.");
  tune_app::Request request;
  tune_app::TuneConfig flags;
  app.add_option("file", request.file, "Objective, space and options (TOML).")->required();
  app.add_option("-o,--out", request.out, "Folder of the results.")->required();
  app.add_option("--known", request.known, "Journals of earlier runs, whose trials are known.")->type_name("FILE");
  app.add_option("--threads", request.threads, "Trials that run at a time, without effect on the result; 0: all cores.")
      ->check(CLI::Range(0, 1024));
  app.add_option("--shard", request.shard,
                 "Part i/n of each round, 0/4 to 3/4 on four machines that share the folder and run at once.");
  app.add_flag("-q,--quiet", request.quiet, "Nothing printed but errors.");
  cli::add_field_options(app, flags, "Options ([tune] of the file)");
  return cli::run_program(app, argc, argv, [&] {
    cli::run_interruptible([&] { tune_app::TuneRun(request, tune_app::read_tune_file(request.file, app, flags))(); });
    return cli::kExitSuccess;
  });
}
