// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/run_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstring>
#include <map>
#include <thread>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "tests/learn/training_fixture.hpp"

extern char** environ;

namespace difftrack::learn {
namespace {

namespace fs = std::filesystem;

using RunFolderTest = TrainingTest;

TEST_F(RunFolderTest, RefusesAFolderInUseAndOtherOptionsOnResume) {
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

TEST_F(RunFolderTest, DamagedCheckpointIsAnInputError) {
  run("a");
  const fs::path file = folder_ / "a" / "checkpoint.safetensors";
  const std::string bytes = read_bytes(file);
  std::ofstream(file, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  EXPECT_THROW(run("a", {.resume = true}), core::InputError);
}

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
  experiment.data.frames.per_frame = 10;
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

TEST_F(RunFolderTest, KilledAtAnyMomentAndResumedEqualsUninterrupted) {
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
      const std::string before = read_bytes(checkpoint);
      finished = child.ended_before([&] { return read_bytes(checkpoint) != before; }) || child.ended_before(after(40));
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
    EXPECT_NE(read_bytes(checkpoint), read_bytes(folder_ / "whole" / "checkpoint.safetensors"))
        << "steps are left to do";
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
    const auto steps = scalar_steps(read_bytes(entry.path()));
    std::vector<std::int64_t> every(60);
    for (std::size_t i = 0; i < every.size(); ++i) every[i] = static_cast<std::int64_t>(i) + 1;
    EXPECT_EQ(steps.at("Loss/train"), every);
    EXPECT_EQ(steps.at("Performance/pur_val"), (std::vector<std::int64_t>{7, 14, 21, 28, 35, 42, 49, 56, 60}));
  }
}

}  // namespace
}  // namespace difftrack::learn
