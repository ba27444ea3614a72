// SPDX-License-Identifier: Apache-2.0
// The order of evaluate's rows, in its table and in its JSON.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::apps {
namespace {

TEST(EvaluateTable, IsSortedBySourceDensityAndMethodWhateverTheOrderOfFiles) {
  const core::TemporaryFolder folder;
  const auto run = [&](const std::string& command) { return run_command("cd " + (folder / "") + " && " + command); };
  std::string files;
  for (const std::string source : {"b", "a"}) {
    ASSERT_EQ(run("difftrack simulate -q --primaries 120 --seed 1 -o " + source + ".npz").exit_code, 0);
    for (const std::string per_frame : {"100", "20"})  // as text, 100 would stand before 20
      for (const std::string method : {"straightness", "follower"}) {
        const std::string name = source + "_" + per_frame + "_" + method;
        ASSERT_EQ(run("difftrack reconstruct -q " + source + ".npz --per-frame " + per_frame + " --method " + method +
                      " -o " + name)
                      .exit_code,
                  0);
        files += " " + name + ".npz";
      }
  }
  const CommandResult told = run("difftrack evaluate --json m.json" + files);
  ASSERT_EQ(told.exit_code, 0) << told.output;
  using Row = std::tuple<std::string, int, std::string>;
  const std::vector<Row> sorted{{"a", 20, "follower"},      {"a", 20, "straightness"}, {"a", 100, "follower"},
                                {"a", 100, "straightness"}, {"b", 20, "follower"},     {"b", 20, "straightness"},
                                {"b", 100, "follower"},     {"b", 100, "straightness"}};
  std::vector<Row> in_json;
  for (const auto& row : nlohmann::json::parse(std::ifstream(folder / "m.json")))
    in_json.emplace_back(row.at("source"), row.at("per_frame"), row.at("method"));
  EXPECT_EQ(in_json, sorted);
  std::vector<Row> in_table;
  std::istringstream lines(told.output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string source, method, per_frame;
    words >> source >> method >> per_frame;
    if (per_frame == "(free)") words >> per_frame;
    if (source == "a" || source == "b") in_table.emplace_back(source, std::stoi(per_frame), method);
  }
  EXPECT_EQ(in_table, sorted) << told.output;
}

}  // namespace
}  // namespace difftrack::apps
