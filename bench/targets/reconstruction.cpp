// SPDX-License-Identifier: Apache-2.0
// Frames in memory → tracks on one core, its parts, its growth, and the plain LibTorch path beside it.
#include <fmt/format.h>

#include <cmath>
#include <fstream>

#include "bench/targets/figure.hpp"
#include "bench/targets/frames.hpp"
#include "bench/targets/plain_path.hpp"
#include "difftrack/assign/blackbox.hpp"
#include "difftrack/assign/dense_lap.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/joint/likelihood.hpp"

namespace difftrack::bench {

namespace {

using reconstruct::NetworkReconstruction;

struct Sample {
  int per_frame;
  std::vector<event::Frame> frames;
  double edges = 0.0;  // line-graph edges per frame, both directions
};

assign::Segments segments_of(const event::Frame& frame, const graph::HitGraph& graph) {
  return {graph.deep, graph.shallow, graph.pair_begin, static_cast<std::int32_t>(frame.hits.size())};
}

// The answer first: fast logits against the plain LibTorch path and the double-precision reference.
void prove(const Sample& sample, const network::Weights& weights) {
  const network::SegmentScorer fast(weights), reference(weights, "golden", network::SegmentScorer::Path::Reference);
  network::SegmentScorer::Workspace workspace;
  const event::Frame& frame = sample.frames.front();
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  const auto a = fast(frame, graph, workspace), b = reference(frame, graph, workspace);
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(static_cast<double>(a[i] - b[i])));
  require(worst <= 1e-4,
          fmt::format("logits at {} p+/F agree to 1e-4 (they differ by {:.2g})", sample.per_frame, worst));
  const auto solve = [&](const std::vector<float>& logits) {
    const auto scores = reconstruct::probabilities(logits);
    auto assignment = assign::assign_layers(segments_of(frame, graph), scores, {.threads = 1});
    return std::pair(assignment.cost, track::build_tracks(frame, graph, assignment.assigned, scores).hits.values);
  };
  const auto [cost_a, tracks_a] = solve(a);
  const auto [cost_b, tracks_b] = solve(b);
  require(std::abs(cost_a - cost_b) <= 1e-4 * std::max(1.0, std::abs(cost_b)), "the matchings' costs agree");
  require(tracks_a == tracks_b, "the tracks are the same");
}

double log_slope(const std::vector<double>& x, const std::vector<double>& y) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = std::log(x[i]), b = std::log(y[i]);
    sx += a, sy += b, sxx += a * a, sxy += a * b;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

// Time against line-graph edges on two logarithmic axes, with a line of slope 1.
void write_growth_plot(const std::string& path, const std::vector<Sample>& samples, const std::vector<double>& times) {
  constexpr double kWidth = 560, kHeight = 400, kLeft = 70, kBottom = 50;
  const auto px = [&](double edges) { return kLeft + (std::log10(edges) - 4.0) / 3.2 * (kWidth - kLeft - 20); };
  const auto py = [&](double ms) {
    return kHeight - kBottom - (std::log10(ms) + 0.7) / 3.2 * (kHeight - kBottom - 20);
  };
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' font-family='sans-serif' font-size='12'>"
      "<rect width='{0}' height='{1}' fill='white'/>",
      kWidth, kHeight);
  for (int decade = 4; decade <= 7; ++decade)
    svg += fmt::format(
        "<text x='{0}' y='{1}' text-anchor='middle'>1e{2}</text><line x1='{0}' x2='{0}' y1='20' y2='{3}' "
        "stroke='#ddd'/>",
        px(std::pow(10.0, decade)), kHeight - kBottom + 18, decade, kHeight - kBottom);
  for (const double ms : {1.0, 10.0, 100.0})
    svg += fmt::format(
        "<text x='{0}' y='{1}' text-anchor='end'>{2} ms</text><line x1='{3}' x2='{4}' y1='{5}' y2='{5}' "
        "stroke='#ddd'/>",
        kLeft - 6, py(ms) + 4, ms, kLeft, kWidth - 20, py(ms));
  const double edges0 = samples.front().edges, edges1 = samples.back().edges, ms0 = 1e3 * times.front();
  svg += fmt::format("<line x1='{}' y1='{}' x2='{}' y2='{}' stroke='#999' stroke-dasharray='4'/>", px(edges0), py(ms0),
                     px(edges1), py(ms0 * edges1 / edges0));
  for (std::size_t i = 0; i < samples.size(); ++i)
    svg += fmt::format("<circle cx='{0}' cy='{1}' r='4' fill='#1f5fa8'/><text x='{2}' y='{3}'>{4} p+/F</text>",
                       px(samples[i].edges), py(1e3 * times[i]), px(samples[i].edges) + 7, py(1e3 * times[i]) + 12,
                       samples[i].per_frame);
  svg += fmt::format(
      "<text x='{}' y='{}' text-anchor='middle'>line-graph edges per frame; dashed: proportional</text>"
      "<text x='{}' y='14'>hits → tracks, one core</text></svg>\n",
      kWidth / 2, kHeight - 12, kLeft);
  std::ofstream(path) << svg;
}

// Every layer pair by the dense O(n^3) solver; returns the cost of all.
double assign_densely(const assign::Assignment& assignment) {
  double cost = 0.0;
  for (const auto& pair : assignment.pairs) cost += assign::solve_forced_densely(pair.problem).cost;
  return cost;
}

void measure_assignment(std::vector<Figure>& figures, const Bench& bench, const Sample& sample,
                        const network::SegmentScorer& scorer) {
  const event::Frame& frame = sample.frames.front();
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  network::SegmentScorer::Workspace workspace;
  const auto scores = reconstruct::probabilities(scorer(frame, graph, workspace));
  const auto segments = segments_of(frame, graph);
  const auto labels = graph::segment_labels(frame, graph);
  std::vector<float> gradient;  // of the mean Hamming loss of one of 32 frames
  for (const auto label : labels)
    gradient.push_back((label != 0 ? -1.0F : 1.0F) / (32.0F * static_cast<float>(labels.size())));
  const auto forward = assign::assign_layers(segments, scores, {.threads = 1});
  require(std::abs(assign_densely(forward) - forward.cost) <= 1e-8 * (1.0 + std::abs(forward.cost)),
          "the sparse assignment costs what the dense one does");
  const auto times = interleaved(
      bench.rounds(21), {[&] { assign::assign_layers(segments, scores, {.threads = 1}); },
                         [&] {
                           assign::blackbox_gradient(forward, scores, gradient,
                                                     {.convention = assign::Convention::Published, .lambda = 25.0});
                         },
                         [&] { assign_densely(forward); }});
  figures.push_back({"assignment, 150 p+/F, cold",
                     1e3 * times[0],
                     "ms",
                     {{"dense solver ÷ ours", times[2] / times[0], 6.0, false,
                       "both are scalar, ours reads the segments there are instead of all pairs of hits; a third of "
                       "what was measured"}}});
  figures.push_back({"assignment, 150 p+/F, warm backward",
                     1e3 * times[1],
                     "ms",
                     {{"warm ÷ cold", times[1] / times[0], 0.6, true,
                       "few assignments change between the two solutions, and the rest is not solved again"}}});
}

std::vector<Sample> make_samples(const Bench& bench, const network::Weights& weights) {
  std::vector<Sample> samples;
  const std::vector<int> sizes = bench.quick ? std::vector{10, 20, 30, 40} : std::vector{25, 50, 100, 150, 200, 300};
  for (const int per_frame : sizes) {
    Sample sample{per_frame, simulated_frames(100, per_frame, bench.quick ? 1 : 3, 5)};
    for (const auto& frame : sample.frames)
      sample.edges +=
          2.0 * static_cast<double>(graph::build_hit_graph(frame, graph::hit_graph_config(bergen())).n_kinks());
    sample.edges /= static_cast<double>(sample.frames.size());
    if (per_frame <= 150) prove(sample, weights);
    samples.push_back(std::move(sample));
  }
  return samples;
}

// The frames of each sample in turn, with the limit measured between them.
void measure_growth(std::vector<Figure>& figures, const Bench& bench, const std::vector<Sample>& samples,
                    const NetworkReconstruction& chain, PlainPath& plain) {
  NetworkReconstruction::Workspace workspace;
  std::vector<std::function<void()>> works;
  for (const Sample& sample : samples)
    works.emplace_back([&] {
      for (const auto& frame : sample.frames) chain(frame, workspace);
    });
  works.emplace_back([] { run_multiply_adds(); });
  std::vector<double> times = interleaved(bench.rounds(15), works), edges;
  const double limit = times.back();
  times.pop_back();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    times[i] /= static_cast<double>(samples[i].frames.size());
    edges.push_back(samples[i].edges);
  }

  const struct {
    double plain, limit;
    int rounds;
  } targets[] = {{0, 0, 0}, {12.0, 0.15, 5}, {30.0, 0.2, 5}, {30.0, 0.25, 3}};
  for (std::size_t i = 1; i <= 3; ++i) {
    const event::Frame& frame = samples[i].frames.front();
    require(plain.agrees(frame),
            fmt::format("the plain LibTorch path gives the same logits at {} p+/F", samples[i].per_frame));
    const auto pair = interleaved(bench.rounds(targets[i].rounds),
                                  {[&] { chain(frame, workspace); }, [&] { plain.reconstruct(frame); }});
    figures.push_back({fmt::format("hits → tracks, one core, {} p+/F", samples[i].per_frame),
                       1e3 * times[i],
                       "ms",
                       {{"plain ÷ ours", pair[1] / pair[0], targets[i].plain, false,
                         "the plain path writes and reads every edge's features in main memory; a third of what was "
                         "measured or less"},
                        {"multiply-adds needed ÷ limit",
                         share_of_limit(kForwardMultiplyAdds * edges[i], times[i], limit), targets[i].limit, false,
                         "half of what was measured; it grows with the frame and where vectors are slower, for the "
                         "rest is scalar"}}});
  }
  figures.push_back({"growth from 25 to 300 p+/F",
                     samples.back().edges,
                     "edges",
                     {{"log–log slope of time over edges", log_slope(edges, times), 1.1, true,
                       "time is proportional to edges, with a tenth for what leaves the caches"}}});
  if (!bench.quick) write_growth_plot(bench.folder + "/bench_growth.svg", samples, times);
}

// All hits decided together beside the network, frame by frame in turn.
void measure_joint(std::vector<Figure>& figures, const Bench& bench, const Sample& sample,
                   const NetworkReconstruction& chain) {
  const std::string likelihood = core::find_shipped("likelihoods", bergen().name, ".safetensors");
  const reconstruct::JointReconstruction joint(bergen(), track::read_likelihood(likelihood), {}, {});
  NetworkReconstruction::Workspace workspace;
  const event::Frame& frame = sample.frames.front();
  require(joint(frame, workspace).assigned == joint(frame, workspace).assigned, "the joint decision is the same twice");
  const auto times =
      interleaved(bench.rounds(15), {[&] { joint(frame, workspace); }, [&] { chain(frame, workspace); }});
  figures.push_back({fmt::format("hits → tracks, one core, {} p+/F, joint", sample.per_frame),
                     1e3 * times[0],
                     "ms",
                     {{"joint ÷ network", times[0] / times[1], 0.5, true,
                       "no network; most segments are out of the question by one kink"}}});
}

}  // namespace

void measure_reconstruction(std::vector<Figure>& figures, const Bench& bench) {
  const network::Weights weights = golden_weights();
  const std::vector<Sample> samples = make_samples(bench, weights);
  PlainPath plain(weights);
  const NetworkReconstruction chain(bergen(), network::SegmentScorer(weights), {});
  measure_growth(figures, bench, samples, chain, plain);
  measure_joint(figures, bench, samples[3], chain);

  const network::SegmentScorer scorer(weights);
  network::SegmentScorer::Workspace scratch;
  const event::Frame& frame = samples[3].frames.front();
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  const auto forward =
      interleaved(bench.rounds(15), {[&] { scorer(frame, graph, scratch); }, [] { run_multiply_adds(); }});
  const auto beside =
      interleaved(bench.rounds(3), {[&] { scorer(frame, graph, scratch); }, [&] { plain.logits(frame, graph); }});
  const double edges = 2.0 * static_cast<double>(graph.n_kinks());
  figures.push_back(
      {"network forward, line-graph edges per second, core",
       1e-6 * edges / forward[0],
       "million/s",
       {{"plain ÷ ours", beside[1] / beside[0], 40.0, false,
         "the plain path writes and reads every edge's features in main memory; a fifth of what was measured"},
        {"multiply-adds needed ÷ limit", share_of_limit(kForwardMultiplyAdds * edges, forward[0], forward[1]), 0.35,
         false, "two products per edge are bound by the multiply-adds; gathering and the maximum may take as long"}}});
  measure_assignment(figures, bench, samples[3], scorer);
}

}  // namespace difftrack::bench
