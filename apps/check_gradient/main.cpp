// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <torch/torch.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/cli/input_options.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/root_files.hpp"
#include "apps/cli/run_program.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/ops/assignment.hpp"
#include "difftrack/learn/ops/gradient_check.hpp"
#include "difftrack/learn/ops/group_losses.hpp"
#include "difftrack/learn/train/frames.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "difftrack/reconstruct/network_graph.hpp"

namespace {

using namespace difftrack;

struct Options {
  cli::InputOptions input;
  std::string model, detector = "bergen-dtc";
  std::int32_t per_frame = 100, frames = 4, frames_per_step = 32;
  assign::AssignConfig assign;
  assign::BlackboxConfig blackbox{.convention = assign::Convention::ScaleFree, .lambda = 1.0};
  learn::GradientCheckConfig check;
  std::string json;
};

std::vector<float> to_vector(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// The Hamming loss of one frame through the assignment layer, its gradient by autograd, and the check of that
/// gradient.
learn::GradientCheck check_frame(const Options& options, const detector::Detector& detector,
                                 const network::SegmentScorer& scorer, const reconstruct::NetworkGraph& graph_of,
                                 const event::Frame& frame) {
  const graph::HitGraph graph = graph_of(frame);
  const learn::SegmentTruth truth = learn::segment_truth(frame, graph, detector.n_tracker_layers);
  const assign::Segments segments{graph.deep, graph.shallow, graph.pair_begin,
                                  static_cast<std::int32_t>(frame.hits.size())};
  network::SegmentScorer::Workspace workspace;
  const torch::Tensor scores = torch::tensor(scorer(frame, graph, workspace)).sigmoid().requires_grad_();

  learn::AssignmentOptions layer;
  layer.assign = options.assign;
  layer.estimator.blackbox.convention = options.blackbox.convention;
  layer.estimator.blackbox.lambda = options.blackbox.lambda;
  const torch::Tensor assigned = learn::assign_segments(scores, segments, layer);
  const torch::Tensor loss =
      learn::hamming_group_means(assigned, truth.labels, truth.tracker).sum() / options.frames_per_step;
  const auto gradients = torch::autograd::grad({loss}, {assigned, scores});
  const std::vector<float> p = to_vector(scores.detach());
  return learn::check_gradient(assign::assign_layers(segments, p, options.assign), p, to_vector(gradients[0]),
                               to_vector(gradients[1]), options.blackbox, options.check);
}

int run(const CLI::App& app, const Options& options) {
  if (!options.assign.free()) cli::refuse_option(app, "--unassigned-cost", "is of no use to --mode forced");
  const std::vector<std::string> files = options.input.files(reconstruct::hits_in_folder());
  cli::refuse_root_files(files);
  const detector::Detector detector = detector::read_detector(options.detector);
  const network::SegmentScorer scorer(network::read_weights(options.model), options.model);
  const reconstruct::NetworkGraph graph_of(detector, scorer.description(), options.model);
  const auto frames = learn::load_frames(files, detector, options.per_frame, options.frames);
  fmt::print("assignment {}, blackbox {}, lambda {}\n\n", core::name_of(options.assign.mode),
             core::name_of(options.blackbox.convention), options.blackbox.lambda);
  fmt::print("{:>5}  {:>12}  {:>9}  {:>8}  {:>10}  {:>10}  {:>6}  {}\n", "frame", "step lambda", "non-zero", "clamped",
             "directions", "worst", "kinks", "verdict");
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  bool all = true;
  std::int64_t nonzero = 0;
  for (const event::Frame& frame : frames) {
    const learn::GradientCheck check = check_frame(options, detector, scorer, graph_of, frame);
    const auto kinks = std::count_if(check.directions.begin(), check.directions.end(),
                                     [](const learn::DirectionCheck& d) { return !d.smooth; });
    fmt::print("{:>5}  {:>12.4g}  {:>9}  {:>8}  {:>10}  {:>10.2g}  {:>6}  {}\n", frame.index, check.lambda,
               check.nonzero, check.clamped, check.directions.size(), check.worst(), kinks,
               check.agrees() ? "agrees" : "DISAGREES");
    rows.push_back({{"frame", frame.index},
                    {"step_lambda", check.lambda},
                    {"nonzero", check.nonzero},
                    {"clamped", check.clamped},
                    {"directions", check.directions.size()},
                    {"worst", check.worst()},
                    {"kinks", kinks},
                    {"agrees", check.agrees()}});
    all = all && check.agrees();
    nonzero += check.nonzero;
  }
  fmt::print("\n{}\n", all ? "The layer's gradient is that of the interpolated loss."
                           : "The layer's gradient differs from the finite difference of the interpolated loss.");
  if (nonzero == 0) fmt::print("It is zero on every frame: lambda moves no assignment; try a larger --lambda.\n");
  if (!options.json.empty()) {
    core::AtomicFile file(options.json);
    file.write(rows.dump(1) + "\n");
    file.commit();
  }
  return all ? cli::kExitSuccess : cli::kExitFailure;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Compares the gradient of the assignment layer with finite differences of the interpolated loss.",
               "difftrack check-gradient"};
  Options options;
  cli::add_input_options(app, options.input, "Files of steps with truth");
  app.add_option("-m,--model", options.model, "Weights (.safetensors).")->required();
  app.add_option("-d,--detector", options.detector, "Name of a shipped description or a .toml file.")
      ->capture_default_str();
  app.add_option("--per-frame", options.per_frame, "Events per frame.")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  app.add_option("--frames", options.frames, "Frames of each file.")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  app.add_option("--frames-per-step", options.frames_per_step, "Divisor of the loss, as in training.")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  app.add_option("--json", options.json, "File for the table's rows, as JSON.");
  cli::add_field_options(app, options.assign, "Assignment", {"threads"});
  cli::add_field_options(app, options.blackbox, "Gradient", {"threads", "cost_scale"});
  cli::add_field_options(app, options.check, "Check");
  app.footer(
      "Exit code 0: the gradient agrees on every frame; 1: it does not.\n"
      "Example: difftrack check-gradient steps.npz --model models/bergen-dtc.safetensors --per-frame 50");
  return cli::run_program(app, argc, argv, [&] { return run(app, options); });
}
