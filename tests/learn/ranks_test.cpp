// SPDX-License-Identifier: Apache-2.0
// Ranks as threads of this process that meet at a barrier: what MPI does between processes.
#include "difftrack/learn/train/ranks.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/learn/training_fixture.hpp"

namespace difftrack::learn {
namespace {

class RanksTest : public TrainingTest {
 protected:
  /// Trains on that many ranks into one folder; returns the model that each ended with.
  std::vector<network::FlatParameters> train_on(int size, const std::string& name) const {
    std::vector<std::string> messages(static_cast<std::size_t>(size));
    std::barrier meet(size);
    std::vector<network::FlatParameters> models(static_cast<std::size_t>(size));
    std::vector<std::jthread> all;
    for (int rank = 0; rank < size; ++rank)
      all.emplace_back([&, rank] {
        RunOptions options;
        options.threads = 1;
        options.ranks = {rank, size, [&, rank](const std::string& mine) {
                           messages[static_cast<std::size_t>(rank)] = mine;
                           meet.arrive_and_wait();
                           std::vector<std::string> gathered = messages;
                           meet.arrive_and_wait();
                           return gathered;
                         }};
        models[static_cast<std::size_t>(rank)] = run(name, options).model;
      });
    all.clear();
    return models;
  }
};

TEST_F(RanksTest, AnyNumberOfThemGivesTheSameModelToTheByte) {
  experiment_.loss.loss = "hamming";
  const TrainingState alone = run("alone", {.threads = 1});
  for (const int size : {2, 4}) {
    const std::string name = "ranks_" + std::to_string(size);
    for (const network::FlatParameters& each : train_on(size, name)) {
      EXPECT_EQ(each.values, alone.model.values);
      EXPECT_EQ(each.statistics, alone.model.statistics);
    }
    EXPECT_EQ(model(name), model("alone"));
    EXPECT_EQ(metrics(name), metrics("alone"));
  }
}

TEST_F(RanksTest, KeepsModelsOnTheWay) {
  experiment_.schedule.keep_every = 5;
  run("kept");
  for (const char* step : {"000000", "000005", "000010"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / "kept/checkpoints" / ("step_" + std::string(step) + ".safetensors")));
}

}  // namespace
}  // namespace difftrack::learn
