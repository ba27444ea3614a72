// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/agent_training.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/learn/agent/adam_state.hpp"
#include "difftrack/learn/agent/agent_tracker.hpp"
#include "difftrack/learn/agent/pointer_network.hpp"
#include "difftrack/track/kink.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/learn/random_frame.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::learn {
namespace {

using ::testing::HasSubstr;

std::vector<event::Frame> some_frames() { return {random_frame(5, 8, 1), random_frame(6, 8, 2)}; }

AgentExperiment small(AgentMethod method) {
  AgentExperiment experiment;
  experiment.training.method = method;
  experiment.training.mask_padding = true;
  experiment.training.steps = 6;
  experiment.training.batch = 16;
  experiment.training.learning_rate = 1e-3;
  experiment.training.checkpoint_every = 2;
  experiment.ppo.walkers = 6;
  experiment.ppo.epochs = 2;
  experiment.ppo.draws = 20;
  experiment.ppo.minibatch = 10;
  return experiment;
}

std::string bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

double mean(const std::vector<double>& values, std::size_t first, std::size_t n) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(n), 0.0) / static_cast<double>(n);
}

// Chance finds one hit in 10; a network that has learnt finds nearly all on frames it has not seen.
TEST(AgentTraining, SupervisedLearnsTrueSteps) {
  AgentExperiment experiment = small(AgentMethod::Supervised);
  experiment.training.steps = 60;
  experiment.training.batch = 40;
  std::vector<event::Frame> frames;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) frames.push_back(random_frame(10, 8, seed));
  const TrainedAgent trained = train_agent(experiment, frames, {});
  EXPECT_TRUE(trained.finished);
  ASSERT_EQ(trained.loss.size(), 60U);
  EXPECT_GT(mean(trained.loss, 0, 3), 1.5);  // ln 10 = 2.3
  EXPECT_LT(mean(trained.loss, 50, 10), 0.5 * mean(trained.loss, 0, 3));
  EXPECT_GT(mean(trained.figure, 50, 10), 0.8);
  const event::Frame other = random_frame(10, 8, 77);
  const torch::NoGradGuard guard;
  const AgentFrame inputs(other, detector::read_detector("bergen-dtc"));
  std::vector<AgentMove> moves;
  const std::vector<TrueDecision> decisions = true_decisions(other);
  for (const TrueDecision& each : decisions) moves.push_back(each.move);
  const torch::Tensor best =
      trained.network->decide(inputs, trained.network->embed(inputs), observe(other, moves)).log_policy.argmax(1);
  double right = 0.0;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    const std::int32_t layer = other.hits.layer[static_cast<std::size_t>(decisions[i].next)];
    right += best[static_cast<std::int64_t>(i)].item<std::int64_t>() == decisions[i].next - other.begin(layer);
  }
  EXPECT_GT(right / static_cast<double>(decisions.size()), 0.8);
}

// From rewards alone: walks get straighter, so the corrected reward, which knows no truth, grows.
TEST(AgentTraining, PpoRaisesItsReward) {
  AgentExperiment experiment = small(AgentMethod::Ppo);
  experiment.training.steps = 12;
  experiment.ppo = {.reward = AgentReward::Corrected,
                    .credit = AgentCredit::Proper,
                    .normalise_advantages = true,
                    .clip_gradient = true,
                    .pessimistic_value = true,
                    .walkers = 24,
                    .epochs = 4,
                    .draws = 128,
                    .minibatch = 64};
  const TrainedAgent trained = train_agent(experiment, {random_frame(6, 8, 1), random_frame(6, 8, 2)}, {});
  EXPECT_LT(mean(trained.figure, 0, 2), 0.0);
  EXPECT_GT(mean(trained.figure, 9, 3), 0.5 * mean(trained.figure, 0, 2));  // less than half as bad
}

class ResumeAgent : public testing::TestWithParam<AgentMethod> {};

TEST_P(ResumeAgent, GoesOnToTheSameBytes) {
  const core::TemporaryFolder folder;
  const AgentExperiment experiment = small(GetParam());
  const TrainedAgent whole = train_agent(experiment, some_frames(), {});
  write_agent(folder / "whole.safetensors", *whole.network, experiment);
  AgentRun run;
  run.checkpoint = folder / "checkpoint.safetensors";
  int steps = 0;
  run.stop = [&] { return ++steps == 3; };
  EXPECT_FALSE(train_agent(experiment, some_frames(), run).finished);
  run.stop = {};
  std::int64_t first = 0;
  run.progress = [&](const core::Progress& progress) { first = first == 0 ? progress.done : first; };
  const TrainedAgent resumed = train_agent(experiment, some_frames(), run);
  EXPECT_EQ(first, 4);
  write_agent(folder / "resumed.safetensors", *resumed.network, experiment);
  EXPECT_EQ(bytes(folder / "whole.safetensors"), bytes(folder / "resumed.safetensors"));
  EXPECT_EQ(whole.loss, resumed.loss);
  EXPECT_EQ(whole.figure, resumed.figure);
  AgentExperiment other = experiment;
  other.training.seed = 2;
  write_agent(folder / "other.safetensors", *train_agent(other, some_frames(), {}).network, experiment);
  EXPECT_NE(bytes(folder / "whole.safetensors"), bytes(folder / "other.safetensors"));
  EXPECT_THROW(train_agent(other, some_frames(), run), core::InputError);  // of a run with another seed
}

INSTANTIATE_TEST_SUITE_P(Methods, ResumeAgent, testing::Values(AgentMethod::Supervised, AgentMethod::Ppo),
                         [](const auto& method) { return std::string(core::name_of(method.param)); });

// What is accepted has an effect.
TEST(AgentTraining, EveryOptionOfPpoChangesTheModel) {
  const core::TemporaryFolder folder;
  AgentExperiment base = small(AgentMethod::Ppo);
  base.training.steps = 2;
  base.ppo.clip_gradient = true;
  base.ppo.gradient_norm = 0.01;
  const auto model = [&](const AgentExperiment& experiment) {
    write_agent(folder / "model.safetensors", *train_agent(experiment, some_frames(), {}).network, base);
    return bytes(folder / "model.safetensors");
  };
  const std::string plain = model(base);
  for (const char* option : {"reward=corrected", "credit=proper", "normalise_advantages=true", "clip_gradient=false",
                             "pessimistic_value=true", "walkers=7", "epochs=3", "draws=15", "minibatch=5",
                             "discount=0.5", "trace=0.5", "clip=1e-3", "entropy=0.5", "gradient_norm=0.1"}) {
    AgentExperiment other = base;
    set_agent_option(other, std::string("ppo.") + option, "--set");
    // A value far from the old one is needed for the two losses of values to differ.
    if (std::string(option).starts_with("pessimistic")) {
      other.ppo.clip = 1e-3;
      AgentExperiment narrow = base;
      narrow.ppo.clip = 1e-3;
      EXPECT_NE(model(other), model(narrow)) << option;
    } else {
      EXPECT_NE(model(other), plain) << option;
    }
  }
}

TEST(AgentTraining, EveryOptionOfTrainingChangesTheModel) {
  const core::TemporaryFolder folder;
  AgentExperiment base = small(AgentMethod::Supervised);
  base.training.steps = 3;
  const std::vector<event::Frame> frames{random_frame(5, 8, 1)};
  std::vector<event::Frame> uneven = frames;  // layers of other numbers of hits, so that there is padding
  uneven.front().hits.layer.back() = 0;
  const auto model = [&](const AgentExperiment& experiment) {
    write_agent(folder / "model.safetensors", *train_agent(experiment, uneven, {}).network, base);
    return bytes(folder / "model.safetensors");
  };
  const std::string plain = model(base);
  for (const char* option : {"method=ppo", "steps=4", "batch=10", "learning_rate=1e-4", "cosine=true", "seed=2"}) {
    AgentExperiment other = base;
    set_agent_option(other, std::string("training.") + option, "--set");
    EXPECT_NE(model(other), plain) << option;
  }
}

TEST(AgentTraining, ShippedExperimentsAreValidAndWhatTheirNamesSay) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(paths::source() + "/experiments/agent")) {
    ++count;
    const AgentExperiment experiment = read_agent_experiment(entry.path().string());
    EXPECT_NO_THROW(check_agent_experiment(experiment, entry.path().string()));
    const std::string name = entry.path().stem().string();
    EXPECT_EQ(experiment.training.method == AgentMethod::Supervised, name == "supervised") << name;
    EXPECT_EQ(experiment.training.mask_padding, name == "corrected") << name;
    EXPECT_EQ(experiment.ppo.reward == AgentReward::Corrected, name == "corrected") << name;
  }
  EXPECT_EQ(count, 3);
}

TEST(AgentTraining, ExperimentsAreRefusedInOneSentence) {
  const core::TemporaryFolder folder;
  const auto told = [&](const std::string& text) -> std::string {
    std::ofstream(folder / "agent.toml") << text;
    try {
      check_agent_experiment(read_agent_experiment(folder / "agent.toml"), "agent.toml");
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  const std::string files = "[data]\ntraining = ['steps.npz']\n";
  EXPECT_EQ(told(files), "accepted");
  EXPECT_THAT(told("[training]\nsteps = 3\n"), HasSubstr("names no file"));
  EXPECT_THAT(told(files + "[training]\nmethods = 'ppo'\n"), HasSubstr("method"));
  EXPECT_THAT(told(files + "[training]\nmethod = 'a2c'\n"), HasSubstr("supervised"));
  EXPECT_THAT(told(files + "[training]\nsteps = 0\n"), HasSubstr("steps"));
  EXPECT_THAT(told(files + "[ppo]\nclip = 0.1\n"), HasSubstr("is of no use to training.method = 'supervised'"));
  EXPECT_THAT(told(files + "[training]\nmethod = 'ppo'\nbatch = 3\n"), HasSubstr("ppo.minibatch"));
  EXPECT_THAT(told(files + "[walkers]\nn = 3\n"), HasSubstr("walkers"));
  EXPECT_THAT(told("[data]\ntraining = 'steps.npz'\n"), HasSubstr("must be a list of files"));
  AgentExperiment experiment;
  EXPECT_THROW(set_agent_option(experiment, "training.steps", "--set"), core::InputError);
  EXPECT_THROW(set_agent_option(experiment, "training.step=3", "--set"), core::InputError);
  set_agent_option(experiment, "training.method=ppo", "--set");
  EXPECT_EQ(experiment.training.method, AgentMethod::Ppo);
}

TEST(AgentTraining, RefusesFramesWithoutATrueStepAndOtherModels) {
  const core::TemporaryFolder folder;
  EXPECT_THROW(train_agent(small(AgentMethod::Supervised), {random_frame(4, 2, 1)}, {}), core::InputError);
  event::SafeTensors file;
  file.tensors["x"] = {{1}, std::vector<float>{1.0F}};
  event::write_safetensors(folder / "other.safetensors", file);
  EXPECT_THROW(read_agent(folder / "other.safetensors"), core::InputError);
}

TEST(AdamState, StepsAsLibTorchsOwn) {
  torch::manual_seed(2);
  torch::Tensor own = torch::randn({4, 3}).requires_grad_(), theirs = own.detach().clone().requires_grad_();
  AdamState state({{"w", own}}, true);
  torch::optim::Adam adam({theirs}, torch::optim::AdamOptions(0.01).amsgrad(true));
  for (int step = 0; step < 8; ++step) {
    const torch::Tensor slope = torch::randn({4, 3}) * (step < 4 ? 1.0 : 0.01);
    (own * slope).sum().backward();
    adam.zero_grad();
    (theirs * slope).sum().backward();
    state.step_down(0.01);
    adam.step();
  }
  EXPECT_LT((own - theirs).abs().max().item<float>(), 1e-6F);
  // Adam does not see the length of a gradient in its first step, but in its second.
  torch::Tensor plain = torch::zeros({2}).requires_grad_(), cut = torch::zeros({2}).requires_grad_();
  AdamState free({{"w", plain}}, false), bound({{"w", cut}}, false);
  for (const float length : {1.0F, 10.0F}) {
    (plain * length).sum().backward();
    (cut * length).sum().backward();
    free.step_down(0.01);
    bound.step_down(0.01, 0.5);
  }
  EXPECT_GT((plain - cut).abs().max().item<float>(), 1e-5F);
}

// --- tracking

AgentTracker tracker_of(const AgentTrackerConfig& config, const TrainedAgent& trained) {
  return {trained.network, detector::read_detector("bergen-dtc"), config};
}

const TrainedAgent& learnt() {
  static const TrainedAgent trained = [] {
    AgentExperiment experiment = small(AgentMethod::Supervised);
    experiment.training.steps = 30;
    experiment.training.batch = 60;
    return train_agent(experiment, {random_frame(12, 8, 1), random_frame(12, 8, 2)}, {});
  }();
  return trained;
}

/// Tracks all of whose hits are of one event.
double pure(const event::Frame& frame, const event::Tracks& tracks) {
  double right = 0.0;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    bool same = true;
    for (const std::int32_t h : tracks.hits[t])
      same = same && frame.hits.same_event(static_cast<std::size_t>(h), static_cast<std::size_t>(tracks.hits[t][0]));
    right += same;
  }
  return right;
}

TEST(AgentTracker, FollowsTracksWithoutTruth) {
  event::Frame frame = random_frame(12, 8, 9);
  const event::Tracks tracks = tracker_of({}, learnt())(frame);
  EXPECT_GE(pure(frame, tracks), 8.0);
  std::set<std::int32_t> seen;
  for (const std::int32_t h : tracks.hits.values) EXPECT_TRUE(seen.insert(h).second) << h << " is on two tracks";
  // The same without a column of truth.
  const std::vector<std::int32_t> with = tracks.hits.values;
  frame.hits.event.clear(), frame.hits.primary.clear();
  EXPECT_EQ(tracker_of({}, learnt())(frame).hits.values, with);
  EXPECT_THROW(tracker_of({.seeds = AgentSeeds::Truth}, learnt())(frame), core::InputError);
}

// Two hits of the deepest layer side by side want the same way on.
TEST(AgentTracker, SharesHitsAsPublishedOrAssignsThem) {
  event::Frame frame = random_frame(12, 8, 9);
  frame.hits.x[1] = frame.hits.x[0] + 0.01F;
  frame.hits.y[1] = frame.hits.y[0];
  const auto shared = [&](AgentAssignment assignment) {
    const event::Tracks tracks = tracker_of({.assignment = assignment}, learnt())(frame);
    const std::set<std::int32_t> different(tracks.hits.values.begin(), tracks.hits.values.end());
    return tracks.hits.values.size() - different.size();
  };
  EXPECT_GE(shared(AgentAssignment::Shared), 7U);
  EXPECT_EQ(shared(AgentAssignment::Unique), 0U);
}

/// Without the hits of event 0 in layer 4 and deeper.
event::Frame shorter(const event::Frame& frame) {
  event::Frame result;
  result.group_begin = {0};
  for (std::int32_t layer = frame.n_layers() - 1; layer >= 0; --layer) {
    for (auto h = static_cast<std::size_t>(frame.begin(layer)); h < static_cast<std::size_t>(frame.end(layer)); ++h) {
      if (layer >= 4 && frame.hits.event[h] == 0) continue;
      const auto& from = frame.hits;
      auto& to = result.hits;
      to.x.push_back(from.x[h]), to.y.push_back(from.y[h]), to.z.push_back(from.z[h]);
      to.edep.push_back(from.edep[h]), to.layer.push_back(layer), to.cluster_size.push_back(from.cluster_size[h]);
      to.event.push_back(from.event[h]), to.primary.push_back(1);
    }
    result.group_begin.push_back(static_cast<std::int32_t>(result.hits.size()));
  }
  return result;
}

TEST(AgentTracker, StartsWhereNobodyWentAndOnlyDeepEnough) {
  const event::Frame frame = shorter(random_frame(12, 8, 9));
  const auto starts_in_layer_3 = [&](const AgentTrackerConfig& config) {
    const event::Tracks tracks = tracker_of(config, learnt())(frame);
    int starts = 0;
    for (std::size_t t = 0; t < tracks.size(); ++t)
      starts += frame.hits.layer[static_cast<std::size_t>(tracks.hits[t].back())] == 3;
    return starts;
  };
  EXPECT_EQ(starts_in_layer_3({.last_start = 4}), 0);
  EXPECT_GE(starts_in_layer_3({.last_start = 3}), 1);
  const AgentTrackerConfig published{
      .seeds = AgentSeeds::Truth, .assignment = AgentAssignment::Shared, .last_start = 3};
  EXPECT_GE(starts_in_layer_3(published), 1);
}

// A walker ends where it is cheaper than what it wants.
TEST(AgentTracker, WalkersEndForTheCostOfLeaving) {
  const event::Frame frame = random_frame(12, 8, 9);
  EXPECT_LT(tracker_of({.leave_cost = 1e-7}, learnt())(frame).hits.values.size(),
            tracker_of({}, learnt())(frame).hits.values.size());
}

TEST(AgentTracker, FiltersKinks) {
  const event::Frame frame = random_frame(12, 8, 9);
  event::Tracks chains;
  const std::vector<std::int32_t> straight{84, 72, 60, 48, 36, 24, 12, 0}, bent{85, 73, 61, 49, 37, 25, 13, 2};
  chains.hits.push_back(straight);
  chains.hits.push_back(bent);
  chains.score = {1.0F, 0.5F};
  ASSERT_GT(track::kink(frame.hits, 2, 13, 25), 0.271);
  const auto kept = [&](double max_kink) {
    return tracker_of({.max_kink = max_kink}, learnt()).filtered(frame, chains);
  };
  event::Frame bright = frame;
  ASSERT_EQ(kept(0.0).cuts.chains, 2);
  const std::int64_t faint = kept(0.0).cuts.faint_end;
  EXPECT_EQ(kept(0.0).size(), 2U - static_cast<std::size_t>(faint));
  bright.hits.edep[0] = bright.hits.edep[2] = 0.1F;
  EXPECT_EQ(tracker_of({.max_kink = 0.0}, learnt()).filtered(bright, chains).size(), 2U);
  const event::Tracks some = tracker_of({}, learnt()).filtered(bright, chains);
  ASSERT_EQ(some.size(), 1U);
  EXPECT_EQ(some.cuts.chains, 2);
  EXPECT_EQ(std::vector<std::int32_t>(some.hits[0].begin(), some.hits[0].end()), straight);
}

TEST(AgentTracker, SaysWhyThereAreNoTracks) {
  event::Frame empty;
  empty.why_empty = "nothing came";
  EXPECT_EQ(tracker_of({}, learnt())(empty).why_none, "nothing came");
  EXPECT_THROW(tracker_of({.seed_spread = 0.0}, learnt()), core::InputError);
}

}  // namespace
}  // namespace difftrack::learn
