// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/work_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::core {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::int64_t kTasks = 23;

std::string task(std::int64_t index, int) {
  RandomStream random(3, static_cast<std::uint64_t>(index));
  return to_bytes({random.normal(), static_cast<double>(index)});
}

WorkQueue::Options options(const std::string& folder, Share share = {}, int threads = 1) {
  return {.folder = folder, .settings = "points = 23\nseed = 3\n", .share = share, .threads = threads};
}

std::vector<std::string> expected() {
  std::vector<std::string> results;
  for (std::int64_t i = 0; i < kTasks; ++i) results.push_back(task(i, 0));
  return results;
}

TEST(WorkQueue, AnyNumberOfThreadsGivesTheSameResults) {
  for (const int threads : {1, 2, 4}) {
    const TemporaryFolder folder;
    EXPECT_EQ(WorkQueue(options(folder / "run", {}, threads)).run("points", kTasks, task), expected());
  }
}

TEST(WorkQueue, ShardsFillOneFolderAndTheLastOneHasItAll) {
  for (const std::int32_t count : {2, 4, 30}) {
    const TemporaryFolder folder;
    std::optional<std::vector<std::string>> results;
    for (std::int32_t i = count - 1; i >= 0; --i) {
      EXPECT_FALSE(results);
      WorkQueue queue(options(folder / "run", {i, count}));
      results = queue.run("points", kTasks, task);
    }
    EXPECT_EQ(results, expected());
  }
}

TEST(WorkQueue, ProcessesSideBySideWaitForEachOther) {
  const TemporaryFolder folder;
  std::vector<pid_t> children;
  for (std::int32_t rank = 0; rank < 3; ++rank) {
    const pid_t child = fork();
    if (child == 0) {
      auto mine = options(folder / "run", {rank, 3});
      mine.wait = true;
      _exit(WorkQueue(mine).run("points", kTasks, task) == expected() ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

TEST(WorkQueue, AStoppedRunGoesOnWithWhatIsMissing) {
  const TemporaryFolder folder;
  std::atomic<int> calls{0};
  const auto counted = [&](std::int64_t index, int thread) {
    ++calls;
    return task(index, thread);
  };
  auto stopped = options(folder / "run");
  stopped.stop = [&] { return calls >= 9; };
  WorkQueue first(stopped);
  EXPECT_FALSE(first.run("points", kTasks, counted));
  EXPECT_EQ(first.done(), 9);
  fs::remove(folder / "run/points/000004");           // as if its rename had not happened
  fs::resize_file(folder / "run/points/000005", 11);  // as a power failure may leave it
  EXPECT_EQ(WorkQueue(options(folder / "run")).run("points", kTasks, counted), expected());
  EXPECT_EQ(calls, kTasks + 2);
}

TEST(WorkQueue, AFailedTaskIsToldAndTheOthersAreKept) {
  const TemporaryFolder folder;
  EXPECT_THROW(WorkQueue(options(folder / "run"))
                   .run("points", kTasks,
                        [](std::int64_t index, int thread) {
                          if (index == 5) throw InputError({"frame", "", ""}, "has no segment");
                          return task(index, thread);
                        }),
               InputError);
  std::int64_t kept = 0;
  for (const auto& each : fs::directory_iterator(folder / "run/points")) kept += each.is_regular_file();
  EXPECT_EQ(kept, 5);  // one thread stops there
}

TEST(WorkQueue, RefusesAFolderOfOtherSettings) {
  const TemporaryFolder folder;
  WorkQueue(options(folder / "run")).run("points", 2, task);
  auto other = options(folder / "run");
  other.settings = "points = 23\nseed = 4\n";
  try {
    WorkQueue queue(other);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'seed = 3' there, 'seed = 4' here"));
  }
  fs::create_directories(folder / "mine");
  fs::create_directories(folder / "mine/photos");
  EXPECT_THROW(WorkQueue(options(folder / "mine")), InputError);
}

TEST(WorkQueue, NumbersKeepTheirBits) {
  const std::vector<double> numbers{0.1, -0.0, std::numeric_limits<double>::infinity(), 5e-324};
  EXPECT_EQ(to_bytes(from_bytes(to_bytes(numbers))), to_bytes(numbers));
  EXPECT_THROW(from_bytes("123"), InputError);
}

TEST(Share, ReadsItsText) {
  EXPECT_EQ(parse_share("2/5"), (Share{2, 5}));
  for (const char* text : {"", "1", "5/5", "-1/2", "1/", "/2", "1/2/3", "a/b"})
    EXPECT_THROW(parse_share(text), InputError) << text;
}

TEST(Share, IsThatOfTheLauncher) {
  EXPECT_EQ(launched_share(), Share{});
  setenv("OMPI_COMM_WORLD_RANK", "1", 1);
  setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
  EXPECT_EQ(launched_share(), (Share{1, 4}));
  unsetenv("OMPI_COMM_WORLD_RANK");
  unsetenv("OMPI_COMM_WORLD_SIZE");
}

}  // namespace
}  // namespace difftrack::core
