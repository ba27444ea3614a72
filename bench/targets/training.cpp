// SPDX-License-Identifier: Apache-2.0
// One training step of 32 frames of 100 p+/F mixed over 100, 150 and 200 mm of water, as `difftrack train` does it.
#include <cmath>
#include <filesystem>

#include "bench/targets/figure.hpp"
#include "bench/targets/frames.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/torch_shim.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "difftrack/learn/train/frame_loss.hpp"
#include "difftrack/learn/train/trainer.hpp"
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
                                const std::vector<std::string>& files) {
  learn::Experiment experiment;
  experiment.loss.loss = loss;
  experiment.model.init_from = model;
  experiment.files.training = files;
  experiment.files.validation = {files.front()};
  experiment.data.max_validation_frames = 1;
  experiment.schedule.steps = 9;
  experiment.schedule.validate_every = 1000;
  experiment.schedule.checkpoint_every = 1000;
  return experiment;
}

// Median time between the ends of steps; the first two are left out.
double step_time(const learn::Experiment& experiment, const std::string& out) {
  std::filesystem::remove_all(out);
  std::vector<std::chrono::steady_clock::time_point> ends;
  learn::RunOptions options;
  options.out = out;
  options.progress = [&](const core::Progress&) { ends.push_back(std::chrono::steady_clock::now()); };
  learn::train(experiment, "difftrack-bench", options);
  std::vector<double> times;
  for (std::size_t i = 2; i < ends.size(); ++i)
    times.push_back(std::chrono::duration<double>(ends[i] - ends[i - 1]).count());
  return median(times);
}

// Plain LibTorch ÷ kernels for the gradient of one frame, each on one thread, after both gave the same gradient.
double plain_ratio(const learn::Experiment& experiment) {
  learn::shim::use_one_thread_per_operation();
  const network::Weights weights = golden_weights();
  const auto layout = network::line_graph_layout(16);
  const std::vector<float> parameters = network::flatten(weights, layout, "golden").values;
  const auto plain = learn::plain_gradient(layout, "cpu"), fast = learn::kernel_gradient(layout);
  const event::Frame frame = simulated_frames(150, 100, 1, 3).front();
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  const auto loss = learn::frame_loss(experiment, frame, graph, bergen().n_tracker_layers, 1);
  const auto a = (*fast)(parameters, frame, graph, loss), b = (*plain)(parameters, frame, graph, loss);
  require(std::abs(a.loss - b.loss) <= 0.02 * std::abs(b.loss), "both paths give the same loss");
  const auto times = interleaved(
      7, {[&] { (*fast)(parameters, frame, graph, loss); }, [&] { (*plain)(parameters, frame, graph, loss); }});
  return times[1] / times[0];
}

}  // namespace

void measure_training(std::vector<Figure>& figures, const std::string& folder) {
  const std::string model = folder + "/golden.safetensors";
  network::write_weights(model, golden_weights());
  std::vector<std::string> files;
  for (const int water : {100, 150, 200}) files.push_back(write_training_file(folder, water));
  const auto ptt = experiment_of("bce", model, files), pat = experiment_of("hamming", model, files);
  figures.push_back(
      {"training step, PTT, 32 frames, two cores", step_time(ptt, folder + "/ptt"), "s", 0.45, true, plain_ratio(ptt)});
  figures.push_back(
      {"training step, PAT, 32 frames, two cores", step_time(pat, folder + "/pat"), "s", 0.50, true, plain_ratio(pat)});
}

}  // namespace difftrack::bench
