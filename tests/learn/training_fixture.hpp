// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "difftrack/learn/train/trainer.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {

/// All bytes of a file.
inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Steps of straight tracks as a file that GATE could have written.
inline void write_steps(const std::filesystem::path& path, std::int32_t events, std::uint64_t seed) {
  const event::Hits hits = random_frame(events, 8, seed).hits;
  std::ofstream out(path);
  out << "eventID,trackID,parentID,level1ID,level2ID,posX,posY,posZ,edep\n";
  for (std::int32_t event = 0; event < events; ++event)
    for (std::size_t h = 0; h < hits.size(); ++h)
      if (hits.event[h] == event)
        out << event << ",1,0," << (hits.layer[h] < 2 ? hits.layer[h] : 2) << ',' << hits.layer[h] - 2 << ','
            << hits.x[h] << ',' << hits.y[h] << ',' << hits.z[h] << ',' << hits.edep[h] + 0.05F << '\n';
}

/// A folder of its own with files of steps, and an experiment of twelve short steps on them.
class TrainingTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + test->name() + std::to_string(getpid());
    for (char& letter : name)
      if (letter == '/') letter = '_';
    folder_ = std::filesystem::temp_directory_path() / ("difftrack_training_test_" + name);
    std::filesystem::create_directories(folder_);
    write_steps(folder_ / "training.csv", 60, 1);
    write_steps(folder_ / "validation.csv", 20, 2);
    experiment_.data.frames.per_frame = 10;
    experiment_.files = {{(folder_ / "training.csv").string()}, {(folder_ / "validation.csv").string()}};
    experiment_.schedule = {.steps = 12, .frames_per_step = 4, .validate_every = 5, .checkpoint_every = 3, .seed = 7};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  TrainingState run(const std::string& name, RunOptions options = {}) const {
    options.out = (folder_ / name).string();
    return train(experiment_, "test", options);
  }
  std::string model(const std::string& name) const { return read_bytes(folder_ / name / "model.safetensors"); }
  std::string metrics(const std::string& name) const { return read_bytes(folder_ / name / "metrics.json"); }

  std::filesystem::path folder_;
  Experiment experiment_;
};

}  // namespace difftrack::learn
