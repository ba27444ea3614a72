// SPDX-License-Identifier: Apache-2.0
// One training step of 32 frames of 100 p+/F mixed over 100, 150 and 200 mm of water, as `difftrack train` does it.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <utility>

#include "bench/targets/figure.hpp"
#include "bench/targets/frames.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/torch_shim.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "difftrack/learn/train/trainer.hpp"
#include "difftrack/learn/train/training_step.hpp"
#include "difftrack/simulate/steps_writer.hpp"

namespace difftrack::bench {

namespace {

std::string write_training_file(const std::string& folder, int water) {
  const std::string path = folder + "/train" + std::to_string(water) + ".npz";
  simulate::SimulationConfig config;
  config.phantom = "water:" + std::to_string(water);
  config.primaries = 1700;
  config.seed = 11;
  const simulate::Simulation simulation(config);
  simulate::StepsWriter writer(path, simulation.detector(), {});
  simulation.run([&](const event::Steps& steps) { writer.append(steps); });
  writer.commit("difftrack-bench");
  return path;
}

learn::Experiment experiment_of(const std::string& loss, const std::string& model,
                                const std::vector<std::string>& files, std::int64_t steps) {
  learn::Experiment experiment;
  experiment.loss.loss = loss;
  experiment.model.init_from = model;
  experiment.files.training = files;
  experiment.files.validation = {files.front()};
  experiment.data.max_validation_frames = 1;
  experiment.schedule.steps = steps;
  experiment.schedule.validate_every = 1000;
  experiment.schedule.checkpoint_every = 1000;
  return experiment;
}

// Line-graph edges of a frame on average, both directions.
double edges_per_frame(const std::vector<std::string>& files) {
  double edges = 0.0, frames = 0.0;
  for (const std::string& file : files) {
    detector::FrameReader reader(file, bergen(), {.per_frame = 100, .keep_partial = false});
    for (event::Frame frame; reader.next(frame); frames += 1.0)
      edges += 2.0 * static_cast<double>(graph::build_hit_graph(frame, graph::hit_graph_config(bergen())).n_kinks());
  }
  return edges / frames;
}

struct StepTimes {
  double wall, cpu, limit;  // [s]; limit: of run_multiply_adds()
};

// Medians over steps, the first two left out; the limit is measured after each of them.
StepTimes step_times(const learn::Experiment& experiment, const std::string& out) {
  std::filesystem::remove_all(out);
  std::vector<double> wall, cpu, limits;
  auto begin = std::chrono::steady_clock::now();
  double cpu_begin = cpu_time();
  learn::RunOptions options;
  options.out = out;
  options.progress = [&](const core::Progress&) {
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    cpu.push_back(cpu_time() - cpu_begin);
    limits.push_back(cpu_seconds([] { run_multiply_adds(); }));
    begin = std::chrono::steady_clock::now();
    cpu_begin = cpu_time();
  };
  learn::train(experiment, "difftrack-bench", options);
  for (auto* times : {&wall, &cpu}) times->erase(times->begin(), times->begin() + 2);
  return {median(wall), median(cpu), median(limits)};
}

// Plain LibTorch ÷ kernels for the gradient of one frame, each on one thread, after both gave the same gradient.
double plain_ratio(const learn::Experiment& experiment, int rounds) {
  learn::shim::use_one_thread_per_operation();
  const network::Weights weights = golden_weights();
  const auto layout = network::line_graph_layout(16);
  const std::vector<float> parameters = network::flatten(weights, layout, "golden").values;
  const auto plain = learn::plain_gradient(layout, "cpu"), fast = learn::kernel_gradient(layout);
  const event::Frame frame = simulated_frames(150, 100, 1, 3).front();
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  const auto objective = experiment.objectives.kind(experiment.loss.loss, "difftrack-bench").make(experiment);
  const auto loss = learn::frame_loss(*objective, {frame, graph, bergen(), 1}, experiment.schedule.frames_per_step);
  const auto a = (*fast)(parameters, frame, graph, loss), b = (*plain)(parameters, frame, graph, loss);
  require(std::abs(a.loss - b.loss) <= 0.02 * std::abs(b.loss), "both paths give the same loss");
  const auto times = interleaved(
      rounds, {[&] { (*fast)(parameters, frame, graph, loss); }, [&] { (*plain)(parameters, frame, graph, loss); }});
  return times[1] / times[0];
}

}  // namespace

void measure_training(std::vector<Figure>& figures, const Bench& bench) {
  const std::string& folder = bench.scratch;
  const std::string model = folder + "/golden.safetensors";
  network::write_weights(model, golden_weights());
  std::vector<std::string> files;
  for (const int water : {100, 150, 200}) files.push_back(write_training_file(folder, water));
  const double needed = 32.0 * edges_per_frame(files) * kTrainingMultiplyAdds;
  for (const auto& [name, loss] : {std::pair("PTT", "bce"), std::pair("PAT", "hamming")}) {
    const auto experiment = experiment_of(loss, model, files, bench.quick ? 3 : 9);
    const StepTimes step = step_times(experiment, folder + "/" + name);
    figures.push_back(
        {fmt::format("training step, {}, 32 frames, two cores", name),
         step.wall,
         "s",
         {{"plain ÷ ours", plain_ratio(experiment, bench.rounds(7)), 10.0, false,
           "half of the least of seven runs: the plain path allocates hundreds of megabytes per frame"},
          {"multiply-adds needed ÷ limit", share_of_limit(needed, step.cpu, step.limit), 0.12, false,
           "half of what was measured: passes over edges are vectors, scatters and sums in double "
           "precision are not"},
          {"CPU time ÷ time", step.cpu / step.wall, 1.5, false,
           "frames of a step are independent; a third of the time may be reading, summing and the optimiser"}}});
  }
}

}  // namespace difftrack::bench
