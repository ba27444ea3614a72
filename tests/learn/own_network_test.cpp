// SPDX-License-Identifier: Apache-2.0
// A network that no kernels were made for, from the experiment's TOML to tracks.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "difftrack/core/error.hpp"
#include "difftrack/learn/train/trainer.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {
namespace {

namespace fs = std::filesystem;

class OwnNetwork : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::temp_directory_path() / ("difftrack_own_network_" + std::string(test->name()) + std::to_string(getpid()));
    fs::create_directories(folder_);
    write_frames("training.csv", 60, 1);
    write_frames("validation.csv", 20, 2);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Steps of straight tracks as a file that GATE could have written.
  void write_frames(const std::string& name, std::int32_t events, std::uint64_t seed) const {
    const event::Hits hits = random_frame(events, 8, seed).hits;
    std::ofstream out(folder_ / name);
    out << "eventID,trackID,parentID,level1ID,level2ID,posX,posY,posZ,edep\n";
    for (std::int32_t event = 0; event < events; ++event)
      for (std::size_t h = 0; h < hits.size(); ++h)
        if (hits.event[h] == event)
          out << event << ",1,0," << (hits.layer[h] < 2 ? hits.layer[h] : 2) << ',' << hits.layer[h] - 2 << ','
              << hits.x[h] << ',' << hits.y[h] << ',' << hits.z[h] << ',' << hits.edep[h] + 0.05F << '\n';
  }

  /// The experiment with these lines in its [model].
  Experiment experiment(const std::string& model) const {
    const std::string file = (folder_ / "experiment.toml").string();
    std::ofstream(file) << "[model]\n"
                        << model
                        << "[data]\nper_frame = 10\ntraining = ['training.csv']\nvalidation = ['validation.csv']\n"
                           "[optimiser]\nlearning_rate = 5e-3\n"
                           "[schedule]\nsteps = 25\nframes_per_step = 4\nvalidate_every = 5\nseed = 7\n";
    return read_experiment(file);
  }

  fs::path folder_;
};

TEST_F(OwnNetwork, TrainsAndReconstructs) {
  const Experiment own = experiment(
      "network = 'line_graph'\nfeatures = 'position,direction'\nhidden = 12\nmessage_steps = 2\nmessage_width = 6\n"
      "aggregation = 'mean'\nfrequencies = 16\nencoding_scale = 0.01\npath = 'plain'\n");
  const TrainingState state = train(own, "test", {.out = (folder_ / "run").string()});
  EXPECT_LT(state.losses.back(), 0.9 * state.losses.front());

  const std::string file = (folder_ / "run" / "model.safetensors").string();
  const network::Weights weights = network::read_weights(file);
  EXPECT_EQ(network::description_of(weights, file), network::resolved(own.model.description));
  network::SegmentScorer scorer(weights, file);
  EXPECT_EQ(scorer.implementation(), "general");

  const detector::Detector detector = detector::read_detector("bergen-dtc");
  const reconstruct::NetworkReconstruction reconstruct(detector, std::move(scorer), own.assign);
  reconstruct::ReconstructFrame::Workspace workspace;
  const auto result = reconstruct(random_frame(10, 8, 5), workspace);
  EXPECT_GT(result.tracks.size(), 0U) << result.tracks.why_none;
}

TEST_F(OwnNetwork, NeedsThePlainPathAndIsNotResumedAsAnother) {
  const auto refusal = [&](const Experiment& of, const RunOptions& options) -> std::string {
    try {
      train(of, "own.toml", options);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(refusal(experiment("aggregation = 'sum'\n"), {.out = (folder_ / "run").string()}),
            "own.toml: aggregation = 'sum': has no fast path (it needs max); use path = 'plain'");
  EXPECT_THROW(experiment("aggregation = 'median'\n"), core::InputError);

  Experiment sum = experiment("aggregation = 'sum'\npath = 'plain'\n");
  sum.schedule.steps = 1;
  train(sum, "own.toml", {.out = (folder_ / "run").string()});
  Experiment mean = sum;
  mean.model.description.aggregation = network::Aggregation::Mean;
  const std::string resumed = refusal(mean, {.out = (folder_ / "run").string(), .resume = true});
  EXPECT_NE(resumed.find("'model.aggregation = sum'"), std::string::npos) << resumed;
  mean.model.init_from = (folder_ / "run" / "model.safetensors").string();
  EXPECT_EQ(refusal(mean, {.out = (folder_ / "other").string()}),
            mean.model.init_from + ": aggregation = 'sum': is another network's; expected mean");
}

TEST(OwnNetworkOptions, RunsFromBeforeThereWereAnyGoOn) {
  Experiment experiment;
  EXPECT_EQ(result_options(experiment).find("aggregation"), std::string::npos);
  EXPECT_EQ(result_options(experiment).rfind("model.network = line_graph\nmodel.hidden = 16\nmodel.init_from = \n", 0),
            0U);
  experiment.model.description.message_steps = 2;
  EXPECT_NE(result_options(experiment).find("model.message_steps = 2\n"), std::string::npos);
}

}  // namespace
}  // namespace difftrack::learn
