// SPDX-License-Identifier: Apache-2.0
// difftrack-bench FOLDER: proves the answers, then times everything against its target. Writes FOLDER/bench.json and
// FOLDER/bench_growth.svg.
// difftrack-bench --plain MODEL FILE PER_FRAME: reconstructs a file of steps by the plain path; what it starts itself
// to measure that path as a process.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/targets/figure.hpp"
#include "difftrack/core/atomic_file.hpp"

namespace difftrack::bench {

void require(bool proven, const std::string& what) {
  if (proven) return;
  fmt::print(stderr, "difftrack-bench: not proven, so nothing is timed: {}\n", what);
  std::exit(1);
}

}  // namespace difftrack::bench

int main(int argc, char** argv) {
  using namespace difftrack::bench;
  if (argc == 5 && std::string(argv[1]) == "--plain") {
    reconstruct_plainly(argv[2], argv[3], std::stoi(argv[4]));
    return 0;
  }
  const std::string folder = argc > 1 ? argv[1] : "build";
  const std::string scratch = folder + "/bench";
  std::filesystem::create_directories(scratch);
  std::vector<Figure> figures;
  measure_program(figures, scratch, std::filesystem::read_symlink("/proc/self/exe").parent_path().string());
  measure_reconstruction(figures, folder);
  measure_training(figures, scratch);

  fmt::print("{:<56} {:>10} {:<10} {:>8}  {:>14}\n", "", "measured", "", "target", "plain ÷ ours");
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Figure& figure : figures) {
    fmt::print("{:<56} {:>10.3g} {:<10} {} {:<6} {:>12}  {}\n", figure.name, figure.value, figure.unit,
               figure.at_most ? "≤" : "≥", figure.target,
               figure.plain_ratio > 0 ? fmt::format("{:.0f} ×", figure.plain_ratio) : "",
               figure.pass() ? "met" : "MISSED");
    json.push_back({{"name", figure.name},
                    {"value", figure.value},
                    {"unit", figure.unit},
                    {"target", figure.target},
                    {"pass", figure.pass()}});
    if (figure.plain_ratio > 0) json.back()["plain_over_ours"] = figure.plain_ratio;
  }
  difftrack::core::AtomicFile out(folder + "/bench.json");
  out.write(json.dump(1) + "\n");
  out.commit();
  fmt::print("written: {0}/bench.json, {0}/bench_growth.svg\n", folder);
}
