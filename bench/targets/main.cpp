// SPDX-License-Identifier: Apache-2.0
// difftrack-bench FOLDER: proves the answers, then measures everything and judges it by ratios taken in the same run.
// Writes FOLDER/bench.json and FOLDER/bench_growth.svg.
// difftrack-bench --quick FOLDER: proves the answers in one short round and judges nothing.
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

namespace {

void print(const std::vector<Figure>& figures) {
  fmt::print("{:<50} {:>10} {:<10}  {:<32} {:>7}  {:>7}\n", "", "measured", "", "judged by", "ratio", "target");
  for (const Figure& figure : figures) {
    std::string head = fmt::format("{:<50} {:>10.3g} {:<10}", figure.name, figure.value, figure.unit);
    for (const Ratio& ratio : figure.ratios) {
      fmt::print("{}  {:<32} {:>7.3g}  {} {:<5}  {}\n", head, ratio.of, ratio.value, ratio.at_most ? "≤" : "≥",
                 ratio.target, ratio.pass() ? "met" : "MISSED");
      head = std::string(72, ' ');
    }
  }
}

std::string to_json(const std::vector<Figure>& figures, const std::vector<double>& limits) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Figure& figure : figures) {
    nlohmann::ordered_json ratios = nlohmann::ordered_json::array();
    for (const Ratio& ratio : figure.ratios)
      ratios.push_back({{"of", ratio.of},
                        {"value", ratio.value},
                        {"target", ratio.target},
                        {"at_most", ratio.at_most},
                        {"pass", ratio.pass()},
                        {"reason", ratio.reason}});
    json.push_back({{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}, {"ratios", ratios}});
  }
  return nlohmann::ordered_json{{"multiply_adds_per_second_and_core", run_multiply_adds() / median(limits)},
                                {"figures", json}}
             .dump(1) +
         "\n";
}

int run(const Bench& bench) {
  std::filesystem::create_directories(bench.scratch);
  std::vector<Figure> figures;
  std::vector<double> limits;  // [s], before and after each part
  const auto watch_limit = [&] {
    run_multiply_adds();
    for (int i = 0; i < 5; ++i) limits.push_back(cpu_seconds([] { run_multiply_adds(); }));
  };
  watch_limit();
  for (const auto& measure : {measure_program, measure_reading, measure_reconstruction, measure_training}) {
    measure(figures, bench);
    watch_limit();
  }
  if (bench.quick) {
    fmt::print("proven: every answer behind {} figures; one short round, so nothing is judged\n", figures.size());
    return 0;
  }
  print(figures);
  fmt::print("multiply-add limit of this machine in this run: {:.3g} G/s of floats per core\n",
             1e-9 * run_multiply_adds() / median(limits));
  core::AtomicFile out(bench.folder + "/bench.json");
  out.write(to_json(figures, limits));
  out.commit();
  fmt::print("written: {0}/bench.json, {0}/bench_growth.svg\n", bench.folder);
  return 0;
}

}  // namespace
}  // namespace difftrack::bench

int main(int argc, char** argv) {
  using namespace difftrack::bench;
  if (argc == 5 && std::string(argv[1]) == "--plain") {
    reconstruct_plainly(argv[2], argv[3], std::stoi(argv[4]));
    return 0;
  }
  const bool quick = argc > 1 && std::string(argv[1]) == "--quick";
  const std::string folder = argc > (quick ? 2 : 1) ? argv[quick ? 2 : 1] : "build";
  return run({.folder = folder,
              .scratch = folder + "/bench",
              .programs = std::filesystem::read_symlink("/proc/self/exe").parent_path().string(),
              .quick = quick});
}
