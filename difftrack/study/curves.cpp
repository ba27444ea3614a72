// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/curves.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/parallel.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/network/rms_prop.hpp"
#include "difftrack/study/lanczos.hpp"

namespace difftrack::study {

namespace {

/// A frame of a step with its place on the curve.
struct Draw {
  std::size_t frame;
  double t;
};

std::vector<Draw> draws_of_step(const ConnectConfig& config, std::int64_t step, std::size_t n_frames) {
  core::RandomStream random(static_cast<std::uint64_t>(config.seed), static_cast<std::uint64_t>(step));
  std::vector<Draw> draws;
  for (std::int32_t k = 0; k < config.frames_per_step; ++k) {
    const std::uint32_t frame = random.below(static_cast<std::uint32_t>(n_frames));
    draws.push_back({frame, random.uniform()});
  }
  return draws;
}

}  // namespace

std::vector<double> Curve::weights(double t) const {
  const std::size_t last = points.size() - 1;
  std::vector<double> weights(points.size());
  double binomial = 1.0;
  for (std::size_t i = 0; i <= last; ++i) {
    if (kind == CurveKind::Bezier) {
      weights[i] = binomial * std::pow(1.0 - t, static_cast<double>(last - i)) * std::pow(t, static_cast<double>(i));
      binomial *= static_cast<double>(last - i) / static_cast<double>(i + 1);
    } else {
      weights[i] = std::max(0.0, 1.0 - std::abs(t * static_cast<double>(last) - static_cast<double>(i)));
    }
  }
  return weights;
}

Vector Curve::at(double t) const {
  const std::vector<double> weight = weights(t);
  Vector point(points.front().size(), 0.0);
  for (std::size_t i = 0; i < points.size(); ++i)
    if (weight[i] != 0.0)
      for (std::size_t p = 0; p < point.size(); ++p) point[p] += weight[i] * points[i][p];
  return point;
}

Curve start_curve(CurveKind kind, std::int32_t bends, std::span<const double> a, std::span<const double> b) {
  Curve curve{kind, {Vector(a.begin(), a.end())}};
  const std::int32_t inner = kind == CurveKind::Linear ? 0 : bends;
  for (std::int32_t k = 1; k <= inner; ++k) {
    const double t = static_cast<double>(k) / static_cast<double>(inner + 1);
    Vector bend(a.size());
    for (std::size_t p = 0; p < bend.size(); ++p) bend[p] = (1.0 - t) * a[p] + t * b[p];
    curve.points.push_back(std::move(bend));
  }
  curve.points.emplace_back(b.begin(), b.end());
  return curve;
}

std::vector<double> train_bends(Curve& curve, const ConnectConfig& config, const Model& model, const FrameSet& frames,
                                int threads, const std::function<void(std::int64_t)>& progress) {
  const LogitLoss loss = config.loss == CurveLoss::Hamming
                             ? hamming_loss(config.lambda, static_cast<double>(config.frames_per_step))
                             : bce_loss();
  const GradientEvaluator gradient(model, frames, loss, network::BatchNormMode::Frame);
  const std::size_t n = model.values.size(), bends = curve.points.size() - 2;
  const int team = threads > 0 ? threads : core::default_threads();
  std::vector<network::kernels::TrainingWorkspace> workspaces(static_cast<std::size_t>(team));
  std::vector<std::vector<float>> averages(bends, std::vector<float>(n, 0.0F));
  std::vector<double> losses;
  for (std::int64_t step = 0; step < config.steps && bends > 0; ++step) {
    const std::vector<Draw> draws = draws_of_step(config, step, frames.size());
    std::vector<std::vector<float>> of_frame(draws.size());
    std::vector<double> value(draws.size());
    core::parallel_for_with_thread(static_cast<std::int64_t>(draws.size()), team, [&](std::int64_t k, int thread) {
      const auto slot = static_cast<std::size_t>(k);
      const std::vector<float> at = to_flat(model, curve.at(draws[slot].t)).values;
      of_frame[slot].assign(n, 0.0F);
      value[slot] =
          gradient.add_frame(draws[slot].frame, at, workspaces[static_cast<std::size_t>(thread)], of_frame[slot]);
    });
    const double share = 1.0 / static_cast<double>(draws.size());
    double mean = 0.0;
    std::vector<Vector> of_bend(bends, Vector(n, 0.0));
    for (std::size_t k = 0; k < draws.size(); ++k) {
      mean += share * value[k];
      const std::vector<double> weights = curve.weights(draws[k].t);
      // The slope of the Hamming loss was divided before the assignment, as published.
      const double factor = config.loss == CurveLoss::Hamming ? 1.0 : share;
      for (std::size_t b = 0; b < bends; ++b)
        for (std::size_t p = 0; p < n; ++p)
          of_bend[b][p] += factor * weights[b + 1] * static_cast<double>(of_frame[k][p]);
    }
    losses.push_back(mean);
    for (std::size_t b = 0; b < bends; ++b) {
      Vector& bend = curve.points[b + 1];
      std::vector<float> values(bend.begin(), bend.end()), slope(of_bend[b].begin(), of_bend[b].end());
      network::RmsProp::step({config.learning_rate, config.alpha}, slope, averages[b], values);
      bend.assign(values.begin(), values.end());
    }
    if (progress) progress(step + 1);
  }
  return losses;
}

Barrier barrier(const PathProfile& profile, const std::function<double(const PointLosses&)>& value) {
  Barrier result;
  const std::size_t n = profile.t.size();
  std::vector<double> values;
  for (const PointLosses& each : profile.losses) values.push_back(value(each));
  result.minimum = *std::min_element(values.begin(), values.end());
  result.maximum = *std::max_element(values.begin(), values.end());
  double weighted = 0.0;
  for (std::size_t k = 0; k < n; ++k) {
    const double t = profile.t[k];
    result.mean += values[k] / static_cast<double>(n);
    const double above = values[k] - (1.0 - t) * values.front() - t * values.back();
    if (k == 0 || above > result.corrected) {
      result.corrected = above;
      result.corrected_at = t;
    }
    if (k > 0) weighted += 0.5 * (values[k] + values[k - 1]) * (profile.way[k] - profile.way[k - 1]);
  }
  const double length = profile.way.back();
  result.by_length = length > 0.0 ? weighted / length : result.mean;
  return result;
}

std::vector<float> mixed_statistics(const Model& a, const Model& b, double t) {
  std::vector<float> mixed(a.statistics.size());
  for (std::size_t i = 0; i < mixed.size(); ++i)
    mixed[i] =
        static_cast<float>((1.0 - t) * static_cast<double>(a.statistics[i]) + t * static_cast<double>(b.statistics[i]));
  return mixed;
}

}  // namespace difftrack::study
