// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "apps/study/report.hpp"
#include "apps/study/request.hpp"
#include "difftrack/study/align_units.hpp"
#include "difftrack/study/curves.hpp"
#include "difftrack/study/lanczos.hpp"
#include "difftrack/study/landscape.hpp"

namespace difftrack::study_app {

namespace {

using Options = TableOptions<study::ConnectConfig>;

/// Two models, the second with its units in order where that was asked for.
struct Pair {
  std::size_t first, second;
  study::Model a, b;
  study::AlignmentReport alignment;
};

std::vector<Pair> all_pairs(const Options& options, const std::vector<study::Model>& models) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < models.size(); ++i)
    for (std::size_t j = i + 1; j < models.size(); ++j) {
      pairs.push_back({i, j, models[i], models[j], {}});
      if (options.config.align == study::Alignment::Weights)
        pairs.back().alignment = study::align_units(pairs.back().a, pairs.back().b);
    }
  return pairs;
}

/// Trains the bends of every pair: one task each, on all threads. Nothing when results are missing.
std::optional<std::vector<study::Curve>> train(const Options& options, const std::vector<Pair>& pairs,
                                               const study::FrameSet& frames, const Run& run) {
  core::WorkQueue queue = run.queue("curves", true);
  const study::ConnectConfig& config = options.config;
  const auto start = [&](const Pair& pair) {
    return study::start_curve(config.curve, config.bends, pair.a.values, pair.b.values);
  };
  std::vector<study::Curve> curves;
  if (config.curve == study::CurveKind::Linear) {
    for (const Pair& pair : pairs) curves.push_back(start(pair));
    return curves;
  }
  const auto results = queue.run("curves", static_cast<std::int64_t>(pairs.size()), [&](std::int64_t index, int) {
    const Pair& pair = pairs[static_cast<std::size_t>(index)];
    study::Curve curve = start(pair);
    study::train_bends(curve, config, pair.a, frames, run.threads());
    std::vector<double> bends;
    for (std::size_t k = 1; k + 1 < curve.points.size(); ++k)
      bends.insert(bends.end(), curve.points[k].begin(), curve.points[k].end());
    return core::to_bytes(bends);
  });
  if (!results) {
    run.tell_incomplete(queue);
    return std::nullopt;
  }
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    study::Curve curve = start(pairs[p]);
    const std::vector<double> bends = core::from_bytes((*results)[p]);
    const std::size_t n = curve.points.front().size();
    for (std::size_t k = 1; k + 1 < curve.points.size(); ++k)
      std::copy_n(bends.begin() + static_cast<std::ptrdiff_t>((k - 1) * n), n, curve.points[k].begin());
    curves.push_back(std::move(curve));
  }
  return curves;
}

/// Losses along every curve.
std::optional<std::vector<study::PathProfile>> profiles(const Options& options, const std::vector<Pair>& pairs,
                                                        const std::vector<study::Curve>& curves,
                                                        const study::FrameSet& frames, const Run& run) {
  core::WorkQueue queue = run.queue("points");
  const auto points = static_cast<std::size_t>(options.config.points);
  const study::PointEvaluator evaluate(pairs.front().a, frames, options.config.statistics,
                                       options.config.recompute_frames);
  std::vector<study::PointEvaluator::Workspace> workspaces(static_cast<std::size_t>(run.threads()));
  const auto t_of = [&](std::size_t k) { return static_cast<double>(k) / static_cast<double>(points - 1); };
  const auto results =
      queue.run("profiles", static_cast<std::int64_t>(pairs.size() * points), [&](std::int64_t index, int thread) {
        const std::size_t p = static_cast<std::size_t>(index) / points;
        const double t = t_of(static_cast<std::size_t>(index) % points);
        return core::to_bytes(
            study::to_numbers(evaluate(curves[p].at(t), study::mixed_statistics(pairs[p].a, pairs[p].b, t),
                                       workspaces[static_cast<std::size_t>(thread)])));
      });
  if (!results) {
    run.tell_incomplete(queue);
    return std::nullopt;
  }
  std::vector<study::PathProfile> all;
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    study::PathProfile profile;
    study::Vector before;
    for (std::size_t k = 0; k < points; ++k) {
      study::Vector here = curves[p].at(t_of(k));
      double step = 0.0;
      if (k > 0) {
        for (std::size_t i = 0; i < here.size(); ++i) before[i] = here[i] - before[i];
        step = study::norm(before);
      }
      profile.t.push_back(t_of(k));
      profile.way.push_back(k > 0 ? profile.way.back() + step : 0.0);
      profile.losses.push_back(study::losses_from(core::from_bytes((*results)[p * points + k])));
      before = std::move(here);
    }
    all.push_back(std::move(profile));
  }
  return all;
}

Json to_json(const study::Barrier& b) {
  return {{"minimum", b.minimum},     {"maximum", b.maximum},           {"mean", b.mean},
          {"corrected", b.corrected}, {"corrected_at", b.corrected_at}, {"mean_by_length", b.by_length}};
}

/// Mean and standard deviation over the pairs of two groups, as published tables have them.
class GroupTable {
 public:
  void add(const std::string& groups, const std::vector<double>& values) { rows_[groups].push_back(values); }
  Json json(const std::vector<std::string>& names) const {
    Json all;
    for (const auto& [groups, rows] : rows_) {
      Json one{{"groups", groups}, {"pairs", rows.size()}};
      for (std::size_t c = 0; c < names.size(); ++c) {
        double mean = 0.0, squares = 0.0;
        for (const auto& row : rows) mean += row[c] / static_cast<double>(rows.size());
        for (const auto& row : rows) squares += (row[c] - mean) * (row[c] - mean);
        one[names[c]] = {mean, rows.size() > 1 ? std::sqrt(squares / static_cast<double>(rows.size() - 1)) : 0.0};
      }
      all.push_back(one);
    }
    return all;
  }

 private:
  std::map<std::string, std::vector<std::vector<double>>> rows_;
};

void write(const Options& options, const Run& run, const std::vector<study::Model>& models,
           const study::FrameSet& frames, const std::vector<Pair>& pairs, const std::vector<study::Curve>& curves,
           const std::vector<study::PathProfile>& all) {
  Json report = begin_report(run, models, frames);
  event::NpzWriter arrays(run.path("arrays.npz"));
  std::vector<study::Vector> hamming, bce, tpr, way;
  GroupTable table;
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const study::PathProfile& profile = all[p];
    const auto row = [&](auto value) {
      study::Vector values;
      for (const auto& each : profile.losses) values.push_back(value(each));
      return values;
    };
    hamming.push_back(row([](const auto& at) { return at.hamming; }));
    bce.push_back(row([](const auto& at) { return at.bce; }));
    tpr.push_back(row([](const auto& at) { return at.tpr; }));
    way.push_back(profile.way);
    const auto of_hamming = study::barrier(profile, [](const auto& at) { return at.hamming; });
    const auto of_bce = study::barrier(profile, [](const auto& at) { return at.bce; });
    const auto [low, high] = std::minmax_element(tpr.back().begin(), tpr.back().end());
    double mean_tpr = 0.0;
    for (const double each : tpr.back()) mean_tpr += each / static_cast<double>(tpr.back().size());
    Json one{{"first", models[pairs[p].first].name},
             {"second", models[pairs[p].second].name},
             {"hamming", to_json(of_hamming)},
             {"bce", to_json(of_bce)},
             {"ceiling", profile.losses.front().ceiling},
             {"tpr", {{"minimum", *low}, {"maximum", *high}, {"mean", mean_tpr}}},
             {"length", profile.way.back()}};
    if (options.config.align == study::Alignment::Weights)
      one["alignment"] = {{"moved", pairs[p].alignment.moved},
                          {"sweeps", pairs[p].alignment.sweeps},
                          {"distance_before", pairs[p].alignment.distance_before},
                          {"distance_after", pairs[p].alignment.distance_after}};
    report["pairs"].push_back(one);
    table.add(models[pairs[p].first].group + " - " + models[pairs[p].second].group,
              {of_hamming.minimum, of_hamming.maximum, of_hamming.mean, of_hamming.corrected, of_bce.corrected, *low,
               *high, mean_tpr});
    if (!run.options().quiet)
      fmt::print("{} - {}: L_H {:.4g} to {:.4g}, barrier {:.4g} at t = {:.2f}; TPR from {:.2f} %\n",
                 models[pairs[p].first].name, models[pairs[p].second].name, of_hamming.minimum, of_hamming.maximum,
                 of_hamming.corrected, of_hamming.corrected_at, 100.0 * *low);
    std::vector<study::Vector> bends(curves[p].points.begin() + 1, curves[p].points.end() - 1);
    if (!bends.empty())
      add_rows(arrays, fmt::format("bends/{}-{}", models[pairs[p].first].name, models[pairs[p].second].name), bends);
  }
  report["groups"] = table.json({"hamming_minimum", "hamming_maximum", "hamming_mean", "hamming_barrier", "bce_barrier",
                                 "tpr_minimum", "tpr_maximum", "tpr_mean"});
  arrays.add("t", all.front().t);
  add_rows(arrays, "hamming", hamming);
  add_rows(arrays, "bce", bce);
  add_rows(arrays, "tpr", tpr);
  add_rows(arrays, "way", way);
  finish_report(run, report, arrays);
}

void run_connect(const Options& options, const std::vector<NamedList>& lists, Run& run) {
  const auto models = run.models(lists[0].values);
  if (models.size() < 2) throw core::InputError({"", "models", "1"}, "is no pair; a curve joins two");
  study::check_kernels(models.front());
  const study::FrameSet frames = run.frames(lists[1].values, options.source);
  const bool trained = options.config.curve != study::CurveKind::Linear;
  if (trained && lists[2].values.empty())
    throw core::InputError({"", "training_frames", ""}, "names none; the bends of a curve are trained on some");
  study::FrameSet training;
  if (trained) training = run.frames(lists[2].values, options.source, "training_frames");
  const std::vector<Pair> pairs = all_pairs(options, models);
  const auto curves = train(options, pairs, training, run);
  if (!curves) return;
  const auto all = profiles(options, pairs, *curves, frames, run);
  if (all && run.reports()) write(options, run, models, frames, pairs, *curves, *all);
}

}  // namespace

void add_connect_command(CLI::App& app, std::function<void()>& run) {
  add_command<study::ConnectConfig>(
      app, run, "connect", "losses along curves between models, trained or straight",
      {{"models", "Models (safetensors); every pair is joined."},
       {"frames", "Frames over which the losses are means.", true},
       {"training_frames", "Frames that train the bends.", true}},
      "Example:\n"
      "  difftrack study connect --models models/study/ptt_1.safetensors models/study/ptt_2.safetensors\n"
      "      --frames data/water100_train.npz:0:11:30 --training-frames data/water100_train.npz:0:300 -o runs/connect",
      run_connect);
}

}  // namespace difftrack::study_app
