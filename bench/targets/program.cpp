// SPDX-License-Identifier: Apache-2.0
// The whole program as a user starts it: time, memory, scaling; and reading a file of steps.

#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <iterator>

#include "bench/targets/figure.hpp"
#include "bench/targets/frames.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/simulate/steps_writer.hpp"

namespace difftrack::bench {

namespace {

struct Child {
  double seconds = 0.0;
  double megabytes = 0.0;  // peak resident
};

// Peak resident memory [MB] of a running process so far. Not ru_maxrss: that inherits what this program, with LibTorch
// in it, occupied when the child was made.
double peak_memory(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      double kilobytes = 0.0;
      status >> kilobytes;
      return kilobytes / 1024.0;
    }
  return 0.0;
}

Child run_child(const std::vector<std::string>& arguments, bool watch_memory = false) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  Child child;
  int status = -1;
  child.seconds = seconds([&] {
    const pid_t pid = vfork();
    if (pid == 0) {
      execv(argv[0], argv.data());
      _exit(127);
    }
    while (waitpid(pid, &status, watch_memory ? WNOHANG : 0) == 0) {
      child.megabytes = std::max(child.megabytes, peak_memory(pid));
      usleep(200);
    }
  });
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0, arguments[0] + " " + arguments[1] + " succeeds");
  return child;
}

void write_simulated(const std::string& path, std::int64_t primaries) {
  simulate::SimulationConfig config;
  config.phantom = "water:100";
  config.primaries = static_cast<decltype(config.primaries)>(primaries);
  config.seed = 7;
  const simulate::Simulation simulation(config);
  simulate::StepsWriter writer(path, simulation.detector(), {});
  simulation.run([&](const event::Steps& steps) { writer.append(steps); });
  writer.commit("difftrack-bench");
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void measure_program(std::vector<Figure>& figures, const Bench& bench) {
  const std::string& folder = bench.scratch;
  const std::string model = folder + "/golden.safetensors";
  network::write_weights(model, golden_weights());
  const auto reconstruct = [&](const std::string& steps, const std::string& per_frame, const std::string& threads,
                               const std::string& output) {
    return std::vector<std::string>{bench.programs + "/difftrack",
                                    "reconstruct",
                                    folder + "/" + steps,
                                    "-q",
                                    "-m",
                                    model,
                                    "--per-frame",
                                    per_frame,
                                    "--threads",
                                    threads,
                                    "-o",
                                    folder + "/" + output};
  };
  write_simulated(folder + "/one50.npz", 54);
  write_simulated(folder + "/one150.npz", bench.quick ? 54 : 160);
  // Seconds of work: the start-up and the last flush do not count.
  write_simulated(folder + "/many.npz", bench.quick ? 1500 : 36000);

  const auto plainly = [&](const std::string& steps, const std::string& per_frame) {
    return std::vector<std::string>{bench.programs + "/difftrack-bench", "--plain", model, folder + "/" + steps,
                                    per_frame};
  };
  std::vector<double> start, plain_start, one, two;
  double memory = 0.0, plain_memory = 0.0;
  for (int round = 0; round < bench.rounds(11); ++round) {
    start.push_back(run_child(reconstruct("one50.npz", "50", "1", "one")).seconds);
    if (round < 3) plain_start.push_back(run_child(plainly("one50.npz", "50")).seconds);
    memory = std::max(memory, run_child(reconstruct("one150.npz", "150", "1", "one"), true).megabytes);
  }
  plain_memory = run_child(plainly("one150.npz", "150"), true).megabytes;
  for (int round = 0; round < bench.rounds(5); ++round) {
    one.push_back(run_child(reconstruct("many.npz", "150", "1", "threads1")).seconds);
    two.push_back(run_child(reconstruct("many.npz", "150", "2", "threads2")).seconds);
  }
  require(bytes_of(folder + "/threads1.npz") == bytes_of(folder + "/threads2.npz"), "two threads write the same bytes");
  figures.push_back({"peak memory of the process, one frame of 150 p+/F",
                     memory,
                     "MB",
                     {{"plain ÷ ours", plain_memory / memory, 40.0, false,
                       "the plain path stores every edge's features, ours none: bytes do not depend on the machine"}}});
  figures.push_back({"whole process, one frame of 50 p+/F",
                     1e3 * median(start),
                     "ms",
                     {{"plain ÷ ours", median(plain_start) / median(start), 10.0, false,
                       "a process without LibTorch starts at once; a third of what was measured"}}});
  figures.push_back({"scaling of reconstruct over two threads",
                     median(two),
                     "s",
                     {{"one thread ÷ two", median(one) / median(two), 1.85, false,
                       "frames are independent: reading and writing alone may be serial, 8 % of the work"}}});
}

void measure_reading(std::vector<Figure>& figures, const Bench& bench) {
  const std::string path = bench.scratch + "/steps.npz";
  write_simulated(path, 11500);
  const auto table = [&] { return detector::steps_from_table(event::read_table(path), bergen()); };
  const auto read = [&] { return detector::merge_steps(table(), bergen().thresholds).hits; };
  const auto hits = read(), plain = detector::merge_steps_reference(table(), bergen().thresholds).hits;
  require(hits.size() > 200'000, "the file of steps holds 0.3 million rows");
  require(hits.id == plain.id && hits.x == plain.x && hits.edep == plain.edep, "hits are those of the reference");
  const auto inflate = [&] {
    const auto stream = event::NpzFile(path).open("arr_0");
    std::vector<std::byte> bytes(1 << 18);
    while (stream->read(bytes) > 0) continue;
  };
  const auto times = interleaved(bench.rounds(9), {[&] { read(); }, inflate});
  figures.push_back({"steps file → hits, 10,000 primaries",
                     times[0],
                     "s",
                     {{"ours ÷ inflating the file alone", times[0] / times[1], 2.5, true,
                       "no reader is faster than zlib, and both are scalar work"}}});
}

}  // namespace difftrack::bench
