// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "difftrack/core/error.hpp"
#include "difftrack/core/folder_lock.hpp"
#include "difftrack/core/random.hpp"
#include "tests/learn/random_frame.hpp"

extern char** environ;

namespace difftrack::learn {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Steps of straight tracks as a file that GATE could have written.
void write_steps(const fs::path& path, std::int32_t events, std::uint64_t seed) {
  const event::Hits hits = random_frame(events, 8, seed).hits;
  std::ofstream out(path);
  out << "eventID,trackID,parentID,level1ID,level2ID,posX,posY,posZ,edep\n";
  for (std::int32_t event = 0; event < events; ++event)
    for (std::size_t h = 0; h < hits.size(); ++h)
      if (hits.event[h] == event)
        out << event << ",1,0," << (hits.layer[h] < 2 ? hits.layer[h] : 2) << ',' << hits.layer[h] - 2 << ','
            << hits.x[h] << ',' << hits.y[h] << ',' << hits.z[h] << ',' << hits.edep[h] + 0.05F << '\n';
}

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::temp_directory_path() / ("difftrack_trainer_test_" + std::string(test->name()) + std::to_string(getpid()));
    fs::create_directories(folder_);
    write_steps(folder_ / "training.csv", 60, 1);
    write_steps(folder_ / "validation.csv", 20, 2);
    experiment_.data.per_frame = 10;
    experiment_.files = {{(folder_ / "training.csv").string()}, {(folder_ / "validation.csv").string()}};
    experiment_.schedule = {.steps = 12, .frames_per_step = 4, .validate_every = 5, .checkpoint_every = 3, .seed = 7};
  }
  void TearDown() override { fs::remove_all(folder_); }

  TrainingState run(const std::string& name, RunOptions options = {}) const {
    options.out = (folder_ / name).string();
    return train(experiment_, "test", options);
  }
  std::string model(const std::string& name) const { return read(folder_ / name / "model.safetensors"); }
  std::string metrics(const std::string& name) const { return read(folder_ / name / "metrics.json"); }

  fs::path folder_;
  Experiment experiment_;
};

TEST_F(TrainerTest, LowersTheLossAndKeepsTheBestModelByValidationPurity) {
  experiment_.schedule.steps = 40;
  const TrainingState state = run("a");
  ASSERT_EQ(state.losses.size(), 40U);
  EXPECT_LT(state.losses.back(), 0.7 * state.losses.front());
  ASSERT_EQ(state.validations.size(), 8U);
  for (const Validation& v : state.validations)
    EXPECT_LE(v.purity, state.validations[static_cast<std::size_t>(state.best_validation)].purity);
  const network::Weights best = network::read_weights((folder_ / "a" / "model.safetensors").string());
  EXPECT_EQ(network::flatten(best, network::line_graph_layout(16), "a").values, state.best.values);
}

TEST_F(TrainerTest, SameBytesForAnyNumberOfThreadsAndOtherBytesForAnotherSeed) {
  run("one", {.threads = 1});
  run("three", {.threads = 3});
  EXPECT_EQ(model("one"), model("three"));
  EXPECT_EQ(metrics("one"), metrics("three"));
  experiment_.schedule.seed = 8;
  run("other");
  EXPECT_NE(model("one"), model("other"));
}

TEST_F(TrainerTest, StoppedAndResumedEqualsUninterrupted) {
  run("whole");
  int asked = 0;
  const TrainingState stopped = run("parts", {.stop = [&] { return ++asked == 7; }});
  EXPECT_EQ(stopped.step, 7);
  run("parts", {.resume = true});
  EXPECT_EQ(model("whole"), model("parts"));
  EXPECT_EQ(metrics("whole"), metrics("parts"));
}

TEST_F(TrainerTest, RefusesAFolderInUseAndOtherOptionsOnResume) {
  {
    fs::create_directories(folder_ / "a");
    const core::FolderLock another((folder_ / "a").string());
    EXPECT_THROW(run("a"), core::InputError);
    EXPECT_TRUE(fs::is_empty(folder_ / "a"));
  }
  run("a");
  EXPECT_THROW(run("a"), core::InputError);
  experiment_.optimiser.alpha = 0.9;
  try {
    run("a", {.resume = true});
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("'optimiser.alpha = 0.99', the experiment now says 'optimiser.alpha = 0.9'"));
  }
}

TEST_F(TrainerTest, MoreStepsMayBeAddedOnResume) {
  run("a");
  experiment_.schedule.steps = 20;
  EXPECT_EQ(run("a", {.resume = true}).step, 20);
}

TEST_F(TrainerTest, StopsWhereTheValidationCurveIsFlatAndStaysThere) {
  experiment_.schedule.steps = 60;
  experiment_.schedule.stop_when_flat = 10;
  experiment_.schedule.flat_tolerance = 1.0;  // anything is flat
  EXPECT_EQ(run("a").step, 10);
  EXPECT_THAT(metrics("a"), testing::HasSubstr("\"ended\": \"flat\""));
  EXPECT_EQ(run("a", {.resume = true}).step, 10);
  experiment_.schedule.flat_tolerance = 0.0;
  EXPECT_GT(run("a", {.resume = true}).step, 10);
}

TEST(IsFlat, ComparesTheHalvesOfTheLastSteps) {
  const auto curve = [](auto&& purity) {
    std::vector<Validation> points;
    for (std::int64_t step = 100; step <= 2000; step += 100) points.push_back({step, purity(step), 0.5, 0, 0});
    return points;
  };
  const auto constant = curve([](std::int64_t) { return 0.9; });
  const auto rising = curve([](std::int64_t step) { return 1e-5 * static_cast<double>(step); });  // halves 0.01 apart
  const auto falling = curve([](std::int64_t step) { return 1.0 - 1e-5 * static_cast<double>(step); });
  EXPECT_TRUE(is_flat(constant, 2000, 1e-9));
  EXPECT_FALSE(is_flat(constant, 2001, 1.0)) << "shorter than the steps asked for";
  EXPECT_FALSE(is_flat(constant, 0, 1.0)) << "never";
  EXPECT_FALSE(is_flat(rising, 2000, 0.0099));
  EXPECT_TRUE(is_flat(rising, 2000, 0.0101));
  EXPECT_TRUE(is_flat(falling, 2000, 0.0));
  EXPECT_FALSE(is_flat({}, 2000, 1.0));
}

TEST_F(TrainerTest, DamagedCheckpointIsAnInputError) {
  run("a");
  const fs::path file = folder_ / "a" / "checkpoint.safetensors";
  const std::string bytes = read(file);
  std::ofstream(file, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  EXPECT_THROW(run("a", {.resume = true}), core::InputError);
}

TEST_F(TrainerTest, StartsFromAnotherModel) {
  run("a");
  experiment_.model.init_from = (folder_ / "a" / "model.safetensors").string();
  experiment_.schedule.steps = 0;
  run("b");
  EXPECT_EQ(
      network::flatten(network::read_weights((folder_ / "b" / "model.safetensors").string()),
                       network::line_graph_layout(16), "b")
          .values,
      network::flatten(network::read_weights(experiment_.model.init_from), network::line_graph_layout(16), "a").values);
}

struct LossCase {
  const char *name, *loss, *estimator, *convention, *mode, *path, *network;
};

/// Every loss, estimator, kind of assignment and path runs, moves the parameters and is reproducible.
class LossTest : public TrainerTest, public testing::WithParamInterface<LossCase> {};

TEST_P(LossTest, MovesTheParametersReproducibly) {
  const LossCase& c = GetParam();
  experiment_.loss = {.loss = c.loss, .margin = 0.1};
  experiment_.estimator.estimator = c.estimator;
  experiment_.estimator.convention = core::parse_choice<assign::Convention>(c.convention, "", "");
  experiment_.estimator.lambda = std::strcmp(c.convention, "published") == 0 ? 25.0 : 0.1;
  experiment_.assign.mode = core::parse_choice<assign::AssignMode>(c.mode, "", "");
  experiment_.model.path = c.path;
  experiment_.model.network = c.network;
  experiment_.schedule.steps = 2;
  const TrainingState a = run("a", {.threads = 1}), b = run("b", {.threads = 2});
  EXPECT_EQ(a.model.values, b.model.values);
  EXPECT_EQ(a.losses, b.losses);
  for (const double loss : a.losses) EXPECT_TRUE(std::isfinite(loss) && loss >= 0.0);
  experiment_.schedule.steps = 0;
  EXPECT_NE(run("start").model.values, a.model.values);
}

INSTANTIATE_TEST_SUITE_P(
    Losses, LossTest,
    testing::Values(LossCase{"ptt", "bce", "blackbox", "published", "forced", "fast", "line_graph"},
                    LossCase{"ptt_plain", "bce", "blackbox", "published", "forced", "plain", "line_graph"},
                    LossCase{"ptt_hit_graph", "bce", "blackbox", "published", "forced", "plain", "hit_graph"},
                    LossCase{"pat_published", "hamming", "blackbox", "published", "forced", "fast", "line_graph"},
                    LossCase{"pat_scale_free", "hamming", "blackbox", "scale_free", "forced", "fast", "line_graph"},
                    LossCase{"pat_free", "hamming", "blackbox", "scale_free", "free", "fast", "line_graph"},
                    LossCase{"pat_plain", "hamming", "blackbox", "scale_free", "forced", "plain", "line_graph"},
                    LossCase{"pat_identity", "hamming", "identity", "scale_free", "forced", "fast", "line_graph"},
                    LossCase{"pat_implicit_mle", "hamming", "implicit_mle", "scale_free", "free", "fast", "line_graph"},
                    LossCase{"spo_plus", "own", "spo_plus", "published", "free", "fast", "line_graph"},
                    LossCase{"fenchel_young", "own", "fenchel_young", "published", "forced", "fast", "line_graph"}),
    [](const auto& test) { return test.param.name; });

/// Steps of the scalars of a TensorBoard file by tag.
std::map<std::string, std::vector<std::int64_t>> scalar_steps(const std::string& bytes) {
  std::map<std::string, std::vector<std::int64_t>> steps;
  for (std::size_t at = 0; at + 16 <= bytes.size();) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + at, 8);
    const std::string event = bytes.substr(at + 12, length);
    at += 16 + length;
    std::size_t i = 10;  // after key and value of wall_time, and the key of step
    std::int64_t step = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(event[i++]);
      step |= static_cast<std::int64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (event[i] != 0x2a) continue;  // no summary: the version
    const auto tag_length = static_cast<std::size_t>(event[i + 5]);
    steps[event.substr(i + 6, tag_length)].push_back(step);
  }
  return steps;
}

constexpr const char* kChildFolder = "DIFFTRACK_TRAINER_CHILD";

Experiment child_experiment(const fs::path& folder) {
  Experiment experiment;
  experiment.data.per_frame = 10;
  experiment.files = {{(folder / "training.csv").string()}, {(folder / "validation.csv").string()}};
  experiment.schedule = {.steps = 60, .frames_per_step = 4, .validate_every = 7, .checkpoint_every = 2, .seed = 7};
  return experiment;
}

/// Not a test (the name keeps it out of a run of all tests): what the processes that are killed below do.
TEST(TrainerChild, DISABLED_ProcessThatTheKillTestKills) {
  const char* folder = std::getenv(kChildFolder);
  if (folder == nullptr) GTEST_SKIP() << "runs as a child of KilledAtAnyMomentAndResumedEqualsUninterrupted only";
  RunOptions options{.out = (fs::path(folder) / "killed").string(), .resume = true, .threads = 2};
  options.progress = [](const core::Progress&) { std::this_thread::sleep_for(std::chrono::milliseconds(5)); };
  train(child_experiment(folder), "test", options);
}

/// The child above as a process of its own.
class Child {
 public:
  Child() {
    std::string program = "/proc/self/exe", filter = "--gtest_filter=TrainerChild.DISABLED_ProcessThatTheKillTestKills",
                disabled = "--gtest_also_run_disabled_tests", quiet = "--gtest_brief=1";
    char* arguments[] = {program.data(), filter.data(), disabled.data(), quiet.data(), nullptr};
    if (posix_spawn(&process_, program.c_str(), nullptr, nullptr, arguments, environ) != 0)
      throw std::runtime_error("cannot start " + program);
  }
  /// Waits until it ends or `until` holds. True when it ended.
  template <class Condition>
  bool ended_before(Condition until) {
    while (waitpid(process_, &status_, WNOHANG) == 0) {
      if (until()) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  void kill() {
    ::kill(process_, SIGKILL);
    waitpid(process_, &status_, 0);
  }
  bool succeeded() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }

 private:
  pid_t process_ = 0;
  int status_ = 0;
};

TEST_F(TrainerTest, KilledAtAnyMomentAndResumedEqualsUninterrupted) {
  experiment_ = child_experiment(folder_);
  run("whole");
  setenv(kChildFolder, folder_.c_str(), 1);
  const fs::path checkpoint = folder_ / "killed" / "checkpoint.safetensors";
  core::RandomStream random(static_cast<std::uint64_t>(getpid()), 0);
  const auto after = [&](int milliseconds) {
    const auto moment = std::chrono::steady_clock::now() +
                        std::chrono::microseconds(static_cast<int>(1000 * milliseconds * random.uniform()));
    return [moment] { return std::chrono::steady_clock::now() > moment; };
  };
  // The first is killed while it starts, the others some milliseconds after a checkpoint of their own, so that each
  // leaves steps behind; a machine that stops the test for long may let one finish before it is killed.
  int kills = 0, kills_on_the_way = 0;
  bool finished = false;
  for (; kills < 5 && !finished; ++kills) {
    Child child;
    if (kills == 0) {
      finished = child.ended_before(after(600));
    } else {
      const std::string before = read(checkpoint);
      finished = child.ended_before([&] { return read(checkpoint) != before; }) || child.ended_before(after(40));
    }
    if (finished) {
      ASSERT_TRUE(child.succeeded());
      break;
    }
    child.kill();
    if (fs::exists(checkpoint)) ++kills_on_the_way;
  }
  EXPECT_GE(kills_on_the_way, 1);
  if (!finished) {
    EXPECT_NE(read(checkpoint), read(folder_ / "whole" / "checkpoint.safetensors")) << "steps are left to do";
    Child last;
    last.ended_before([] { return false; });
    ASSERT_TRUE(last.succeeded());
  }
  unsetenv(kChildFolder);
  RecordProperty("kills", kills);
  EXPECT_EQ(model("whole"), model("killed"));
  EXPECT_EQ(metrics("whole"), metrics("killed"));
  for (const auto& entry : fs::directory_iterator(folder_ / "killed")) {
    if (!entry.path().filename().string().starts_with("events.out.tfevents.")) continue;
    const auto steps = scalar_steps(read(entry.path()));
    std::vector<std::int64_t> every(60);
    for (std::size_t i = 0; i < every.size(); ++i) every[i] = static_cast<std::int64_t>(i) + 1;
    EXPECT_EQ(steps.at("Loss/train"), every);
    EXPECT_EQ(steps.at("Performance/pur_val"), (std::vector<std::int64_t>{7, 14, 21, 28, 35, 42, 49, 56, 60}));
  }
}

}  // namespace
}  // namespace difftrack::learn
