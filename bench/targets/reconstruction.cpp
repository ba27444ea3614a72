// SPDX-License-Identifier: Apache-2.0
// Frames in memory → tracks on one core, its parts, its growth, and the plain LibTorch path beside it.
#include <fmt/format.h>

#include <cmath>
#include <fstream>

#include "bench/targets/figure.hpp"
#include "bench/targets/frames.hpp"
#include "bench/targets/plain_path.hpp"
#include "difftrack/assign/blackbox.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/build_tracks.hpp"

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

void measure_assignment(std::vector<Figure>& figures, const Sample& sample, const network::SegmentScorer& scorer) {
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
  const auto times =
      interleaved(21, {[&] { assign::assign_layers(segments, scores, {.threads = 1}); },
                       [&] {
                         assign::blackbox_gradient(forward, scores, gradient,
                                                   {.convention = assign::Convention::Published, .lambda = 25.0});
                       }});
  figures.push_back({"assignment, 150 p+/F, cold", 1e3 * times[0], "ms", 3.0});
  figures.push_back({"assignment, 150 p+/F, warm backward", 1e3 * times[1], "ms", 1.0});
}

}  // namespace

void measure_reconstruction(std::vector<Figure>& figures, const std::string& folder) {
  const network::Weights weights = golden_weights();
  std::vector<Sample> samples;
  for (const int per_frame : {25, 50, 100, 150, 200, 300}) {
    Sample sample{per_frame, simulated_frames(100, per_frame, 3, 5)};
    for (const auto& frame : sample.frames)
      sample.edges +=
          2.0 * static_cast<double>(graph::build_hit_graph(frame, graph::hit_graph_config(bergen())).n_kinks());
    sample.edges /= static_cast<double>(sample.frames.size());
    if (per_frame <= 150) prove(sample, weights);
    samples.push_back(std::move(sample));
  }

  const NetworkReconstruction chain(bergen(), network::SegmentScorer(weights), {});
  NetworkReconstruction::Workspace workspace;
  std::vector<std::function<void()>> works;
  for (const Sample& sample : samples)
    works.emplace_back([&] {
      for (const auto& frame : sample.frames) chain(frame, workspace);
    });
  std::vector<double> times = interleaved(15, works);
  std::vector<double> edges;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    times[i] /= static_cast<double>(samples[i].frames.size());
    edges.push_back(samples[i].edges);
  }

  PlainPath plain(weights);
  const double targets[] = {0, 4.0, 15.0, 45.0};
  double ratio_at_150 = 0.0;
  for (std::size_t i = 1; i <= 3; ++i) {
    const event::Frame& frame = samples[i].frames.front();
    require(plain.agrees(frame),
            fmt::format("the plain LibTorch path gives the same logits at {} p+/F", samples[i].per_frame));
    const auto pair =
        interleaved(i == 3 ? 3 : 5, {[&] { chain(frame, workspace); }, [&] { plain.reconstruct(frame); }});
    figures.push_back({fmt::format("hits → tracks, one core, {} p+/F", samples[i].per_frame), 1e3 * times[i], "ms",
                       targets[i], true, pair[1] / pair[0]});
    ratio_at_150 = pair[1] / pair[0];
  }
  figures.push_back({"hits → tracks, 150 p+/F, plain LibTorch ÷ ours", ratio_at_150, "×", 30.0, false});
  figures.push_back({"growth from 25 to 300 p+/F, log–log slope", log_slope(edges, times), "", 1.1});
  write_growth_plot(folder + "/bench_growth.svg", samples, times);

  const network::SegmentScorer scorer(weights);
  network::SegmentScorer::Workspace scratch;
  const event::Frame& frame = samples[3].frames.front();
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  const auto forward = interleaved(15, {[&] { scorer(frame, graph, scratch); }});
  const auto beside = interleaved(3, {[&] { scorer(frame, graph, scratch); }, [&] { plain.logits(frame, graph); }});
  figures.push_back({"network forward, line-graph edges per second and core",
                     2e-6 * static_cast<double>(graph.n_kinks()) / forward[0], "million/s", 60.0, false,
                     beside[1] / beside[0]});
  measure_assignment(figures, samples[3], scorer);
}

}  // namespace difftrack::bench
