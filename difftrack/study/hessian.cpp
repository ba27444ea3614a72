// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/hessian.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::study {

namespace {

network::BatchNormMode mode_of(HessianNorm norm) {
  return norm == HessianNorm::Frame ? network::BatchNormMode::Frame : network::BatchNormMode::Running;
}

}  // namespace

double lambda_of(const Model& model, const HessianLoss& options) {
  if (options.lambda > 0.0) return options.lambda;
  const std::string key = "lambda_";
  const std::size_t at = model.name.find(key);
  double value = 0.0;
  if (at != std::string::npos) {
    const char* begin = model.name.data() + at + key.size();
    const char* end = model.name.data() + model.name.size();
    std::from_chars(begin, end, value);
  }
  if (!(value > 0.0)) throw core::InputError({model.file, "lambda", ""}, "of its training is not known; give --lambda");
  return value;
}

HessianTarget hessian_target(const Model& model, const FrameSet& frames, const HessianLoss& options,
                             std::int64_t seed) {
  HessianTarget target;
  for (const StudyFrame& frame : frames.frames) target.segments += static_cast<std::int64_t>(frame.size());
  if (options.loss == LossKind::Bce) {
    target.loss = bce_loss();
    return target;
  }
  if (options.loss == LossKind::Smooth) {
    assign::PerturbedAssignments::Config noise = options.noise;
    noise.seed = seed;
    target.loss = smooth_loss(noise);
    return target;
  }
  const double lambda = lambda_of(model, options);
  const PointEvaluator evaluate(model, frames, Statistics::Running);
  const network::FlatParameters at = to_flat(model, model.values);
  const Statistics statistics = options.norm == HessianNorm::Frame ? Statistics::Frame : Statistics::Running;
  PointEvaluator::Workspace workspace;
  auto factors = std::make_shared<std::vector<std::vector<float>>>();
  target.factors = 0;
  for (const StudyFrame& frame : frames.frames) {
    factors->push_back(blackbox_factors(frame, evaluate.logits(frame, at, statistics, workspace), lambda));
    target.factors += std::count_if(factors->back().begin(), factors->back().end(), [](float g) { return g != 0.0F; });
  }
  if (target.factors == 0)
    throw core::InputError({model.file, "loss", "surrogate"},
                           "is undefined: none of the costs of its " + std::to_string(target.segments) +
                               " segments is near a tie; take more frames or --loss bce");
  target.loss = surrogate_loss(factors);
  return target;
}

DifferenceProducts::DifferenceProducts(const Model& model, const FrameSet& frames, LogitLoss loss, HessianNorm norm,
                                       int threads, double step, HessianPattern pattern)
    : gradient_(model, frames, std::move(loss), mode_of(norm)), centre_(model.values), threads_(threads), step_(step) {
  if (pattern == HessianPattern::Held)
    held_ =
        std::make_shared<const std::vector<network::kernels::ActivationPattern>>(gradient_.patterns(centre_, threads_));
}

std::span<const network::kernels::ActivationPattern> DifferenceProducts::held() const {
  if (held_ == nullptr) return {};
  return *held_;
}

std::size_t DifferenceProducts::pattern_bytes() const {
  std::size_t sum = 0;
  for (const auto& each : held()) sum += each.bytes();
  return sum;
}

Vector DifferenceProducts::product(std::span<const double> v, double relative_step) const {
  const double length = norm(v);
  Vector image(v.size(), 0.0);
  if (length == 0.0) return image;
  const double step = relative_step * norm(centre_) / length;
  Vector up = centre_, down = centre_;
  for (std::size_t i = 0; i < v.size(); ++i) {
    up[i] += step * v[i];
    down[i] -= step * v[i];
  }
  const Vector above = at(up).gradient, below = at(down).gradient;
  for (std::size_t i = 0; i < v.size(); ++i) image[i] = (above[i] - below[i]) / (2.0 * step);
  return image;
}

Vector DifferenceProducts::operator()(std::span<const double> v) const { return product(v, step_); }

double DifferenceProducts::agreement(std::span<const double> v) const {
  const Vector coarse = product(v, step_), fine = product(v, step_ / 3.0);
  Vector difference = coarse;
  for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= fine[i];
  const double length = norm(coarse);
  return length > 0.0 ? norm(difference) / length : 0.0;
}

std::vector<double> per_tensor(const network::ParameterLayout& layout, std::span<const double> v,
                               std::span<const double> image) {
  std::vector<double> parts;
  for (const network::Slice& slice : layout.parameters)
    parts.push_back(dot(v.subspan(slice.offset, slice.size), image.subspan(slice.offset, slice.size)));
  return parts;
}

std::vector<double> absolute_cosines(std::span<const Vector> a, std::span<const Vector> b) {
  std::vector<double> cosines;
  for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k)
    cosines.push_back(std::abs(dot(a[k], b[k])) / (norm(a[k]) * norm(b[k])));
  return cosines;
}

}  // namespace difftrack::study
