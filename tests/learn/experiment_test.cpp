// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/experiment.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "difftrack/core/error.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::learn {
namespace {

namespace fs = std::filesystem;

class ExperimentTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove(file_); }

  Experiment parse(const std::string& text) const {
    std::ofstream(file_) << text;
    return read_experiment(file_.string());
  }
  /// The message without the path of the file.
  std::string message(const std::string& text) const {
    try {
      check_experiment(parse(text), file_.string());
    } catch (const core::InputError& error) {
      return std::string(error.what()).substr(file_.string().size() + 2);
    }
    return "no error";
  }

  // Tests run side by side in processes of their own.
  fs::path file_ = fs::temp_directory_path() / ("difftrack_experiment_test_" + std::to_string(getpid()) + ".toml");
};

TEST_F(ExperimentTest, ReadsTablesAndResolvesPathsAgainstItsFolder) {
  const Experiment experiment = parse(
      "[model]\nhidden = 32\ninit_from = 'ptt.safetensors'\n[data]\ntraining = ['a.npz', '/b.npz']\n"
      "[estimator]\nlambda = 50\n[schedule]\nsteps = 7\n");
  const fs::path folder = fs::temp_directory_path();
  EXPECT_EQ(experiment.model.description.hidden, 32);
  EXPECT_EQ(experiment.model.init_from, (folder / "ptt.safetensors").string());
  EXPECT_EQ(experiment.files.training, (std::vector<std::string>{(folder / "a.npz").string(), "/b.npz"}));
  EXPECT_EQ(experiment.estimator.blackbox.lambda, 50.0);
  EXPECT_EQ(experiment.schedule.steps, 7);
  EXPECT_EQ(experiment.optimiser.alpha, 0.99);
}

TEST_F(ExperimentTest, BadInputNamesKeyAndValue) {
  const std::string data = "[data]\ntraining = ['a']\nvalidation = ['b']\n";
  EXPECT_EQ(message("[modle]\n"), "modle: unknown key; did you mean 'model'?");
  EXPECT_EQ(message("[schedule]\nstep = 3\n"), "step: unknown key; did you mean 'steps'?");
  EXPECT_EQ(message("[schedule]\nsteps = -1\n"), "steps = '-1': must lie in [0, 1e+09]");
  EXPECT_EQ(message("[data]\ntraining = 'a'\n"), "data.training: must be a list of files of steps");
  EXPECT_EQ(message("model = 3\n"), "model: must be a table: [model]");
  EXPECT_EQ(message("[loss]\nloss = 'mse'\n" + data),
            "loss = 'mse': is no choice; did you mean 'bce'? Choices: bce, hamming, own, policy, joint");
  EXPECT_EQ(
      message("[loss]\nloss = 'own'\n" + data),
      "estimator = 'blackbox': does not go with loss = 'own': spo_plus and fenchel_young have a loss of their own "
      "(loss = 'own')");
  EXPECT_EQ(message("[model]\nnetwork = 'hit_graph'\n" + data),
            "network = 'hit_graph': has no fast path (it needs line_graph); use path = 'plain'");
  EXPECT_EQ(message("[data]\nvalidation = ['b']\n"),
            "data.training: names no file; make some with: difftrack simulate");
  EXPECT_EQ(message(data), "no error");
  EXPECT_EQ(message(data + "hits = 'clusters'\n"),
            "hits = 'clusters': is no choice; did you mean 'pixels'? Choices: merged, pixels");
  EXPECT_EQ(message(data + "hits = 'pixels'\n[pixels]\nthreshold = -3\n"),
            "threshold = '-3': must lie in [0.001, 1e+09] electrons");
  EXPECT_EQ(message(data + "[pixels]\nevents_per_frame = 3\n"),
            "pixels.events_per_frame: is no option of an experiment");
  // Once accepted and overruled: frames run side by side, not what happens inside of one.
  EXPECT_EQ(message(data + "[assign]\nthreads = 3\n"), "assign.threads: is no option of an experiment");
  EXPECT_EQ(message(data + "[estimator]\nthreads = 3\n"), "estimator.threads: is no option of an experiment");
  EXPECT_EQ(message(data + "[assign]\nmode = 'frei'\n"),
            "mode = 'frei': is no choice; did you mean 'free'? Choices: forced, free");
}

TEST_F(ExperimentTest, OneMoreOptionIsLaidOver) {
  Experiment experiment;
  experiment.files.training = {"a.npz"};
  set_option(experiment, "estimator.seed=3", "--set");
  set_option(experiment, "data.hits=pixels", "--set");
  set_option(experiment, "data.validation=['b.npz', 'c.npz']", "--set");
  set_option(experiment, "loss.loss='hamming'", "--set");
  EXPECT_EQ(experiment.estimator.noise.seed, 3);
  EXPECT_EQ(experiment.data.hits.hits, detector::HitSource::Pixels);
  EXPECT_EQ(experiment.files.training, std::vector<std::string>{"a.npz"}) << "as it was";
  EXPECT_EQ(experiment.files.validation, (std::vector<std::string>{"b.npz", "c.npz"}));
  EXPECT_EQ(experiment.loss.loss, "hamming");
}

TEST_F(ExperimentTest, TablesAreThoseThatAreVisited) {
  Experiment experiment;
  std::vector<std::string> names;
  for_each_table(experiment, [&](const std::string& name, const auto&) { names.push_back(name); });
  EXPECT_EQ(names, experiment_tables());
}

TEST_F(ExperimentTest, ResultOptionsIgnoreWhatDoesNotChangeTheResult) {
  Experiment a, b;
  b.schedule.steps = 5;
  b.schedule.checkpoint_every = 9;
  b.assign.threads = 4;
  EXPECT_EQ(result_options(a), result_options(b));
  b.data.hits.pixels.threshold = 50;  // without hits = pixels of no effect
  EXPECT_EQ(result_options(a), result_options(b));
  a.data.hits.hits = b.data.hits.hits = detector::HitSource::Pixels;
  EXPECT_NE(result_options(a), result_options(b));
  a.data.hits.pixels = b.data.hits.pixels;
  EXPECT_EQ(result_options(a), result_options(b));
  b.estimator.blackbox.lambda = 75;
  EXPECT_NE(result_options(a), result_options(b));
}

TEST(Experiments, ShippedOnesAreValidAndHoldThePublishedSettings) {
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(paths::source() + "/experiments")) {
    const std::string set = entry.path().parent_path().filename().string(), name = entry.path().stem().string();
    if (entry.path().extension() != ".toml") continue;
    if (set == "scans" || set == "tune" || set == "agent") continue;  // of other commands
    ++count;
    const Experiment experiment = read_experiment(entry.path().string());
    EXPECT_NO_THROW(check_experiment(experiment, entry.path().string()));
    if (set == "policy") {
      EXPECT_EQ(experiment.loss.loss, "policy") << entry.path();
    }
    if (set != "line_graph" && set != "hit_graph") continue;
    EXPECT_EQ(experiment.schedule.steps, set == "line_graph" ? 10000 : 30000) << entry.path();
    EXPECT_EQ(experiment.schedule.frames_per_step, 32);
    EXPECT_EQ(experiment.model.description.hidden, set == "line_graph" ? 16 : 64);
    EXPECT_EQ(experiment.optimiser.learning_rate, 1e-3);
    EXPECT_EQ(experiment.data.frames.per_frame, 100);
    const bool gated = name == "ptt_gated";
    EXPECT_EQ(experiment.model.description.kink_gate.has_value(), gated);
    EXPECT_EQ(experiment.loss.loss, name == "ptt" || gated ? "bce" : "hamming");
    if (name != "ptt" && !gated) {
      EXPECT_EQ(experiment.estimator.blackbox.convention, assign::Convention::Published);
      EXPECT_EQ("pat_lambda_" + std::to_string(static_cast<int>(experiment.estimator.blackbox.lambda)), name);
    }
  }
  EXPECT_GE(count, 17);
}

}  // namespace
}  // namespace difftrack::learn
