// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/study/evaluate.hpp"

namespace difftrack::study {

/// A way between two models.
enum class CurveKind : std::uint8_t { Linear, Bezier, Chain };
/// Their names.
constexpr core::Choices<CurveKind, 3> choices(CurveKind) {
  return {{{CurveKind::Linear, "linear", "the straight line"},
           {CurveKind::Bezier, "bezier", "a Bezier curve with trained bends (published)"},
           {CurveKind::Chain, "chain", "straight lines from bend to bend"}}};
}

/// What trains the bends.
enum class CurveLoss : std::uint8_t { Hamming, Bce };
/// Their names.
constexpr core::Choices<CurveLoss, 2> choices(CurveLoss) {
  return {{{CurveLoss::Hamming, "hamming", "through the assignment"}, {CurveLoss::Bce, "bce", "on the scores"}}};
}

/// Whether a model's hidden units are brought into the order of another's first.
enum class Alignment : std::uint8_t { None, Weights };
/// Their names.
constexpr core::Choices<Alignment, 2> choices(Alignment) {
  return {{{Alignment::None, "none", "as they are"}, {Alignment::Weights, "weights", "by products of their weights"}}};
}

/// Options of `difftrack study connect`.
struct ConnectConfig {
  CurveKind curve = CurveKind::Bezier;
  CurveLoss loss = CurveLoss::Bce;
  Alignment align = Alignment::None;
  Statistics statistics = Statistics::Frame;
  std::int32_t recompute_frames = 10;
  std::int32_t bends = 1;
  std::int32_t steps = 1000;
  std::int32_t frames_per_step = 8;
  double learning_rate = 1e-3;
  double alpha = 0.99;
  double lambda = 10.0;
  std::int32_t points = 51;
  std::int64_t seed = 0;
  static constexpr auto fields() {
    using core::field;
    using C = ConnectConfig;
    return std::tuple{
        field("curve", &C::curve, "", "Way between two models."),
        field("loss", &C::loss, "", "Loss that trains the bends."),
        field("align", &C::align, "", "Order of the second model's hidden units."),
        field("statistics", &C::statistics, "", "Statistics of BatchNorm along the way."),
        field("recompute_frames", &C::recompute_frames, "", {1, 10000}, "Frames of recomputed statistics."),
        field("bends", &C::bends, "", {1, 20}, "Bends of a curve, started evenly on the straight line."),
        field("steps", &C::steps, "steps", {0, 1e7}, "Steps of training the bends."),
        field("frames_per_step", &C::frames_per_step, "", {1, 1e5},
              "Frames of such a step, drawn with replacement, each at a place of its own."),
        field("learning_rate", &C::learning_rate, "", {0.0, 10.0}, "Step size of RMSprop."),
        field("alpha", &C::alpha, "", {0.0, 1.0}, "Decay of RMSprop's mean of squared gradients."),
        field("lambda", &C::lambda, "", {1e-12, 1e12}, "Step of the blackbox gradient of loss = hamming."),
        field("points", &C::points, "", {2, 100001}, "Places at which the losses are taken, both ends included."),
        field("seed", &C::seed, "", {0, 4e9}, "Seed of the drawn frames and places."),
    };
  }
};

/// A curve through parameter space: two fixed ends and the bends between them, P_0 = A, …, P_{k+1} = B.
///   linear:  (1 − t) A + t B
///   bezier:  Σ_i binom(k+1, i) (1 − t)^{k+1−i} t^i P_i
///   chain:   Σ_i max(0, 1 − |t (k+1) − i|) P_i
struct Curve {
  CurveKind kind = CurveKind::Linear;
  std::vector<Vector> points;  ///< ends and bends, in their order along the curve

  /// Weight of each of the points at t in [0, 1]; their sum is 1.
  std::vector<double> weights(double t) const;
  /// The point at t.
  Vector at(double t) const;
};

/// A curve between two models whose bends lie evenly on the straight line.
Curve start_curve(CurveKind kind, std::int32_t bends, std::span<const double> a, std::span<const double> b);

/// Trains the bends: each step draws frames with replacement, each with its own t ~ U(0, 1); the gradient of a frame's
/// loss at that t goes to the bends by their weights there; mean over the frames, RMSprop, BatchNorm per frame.
/// Published settings: 1000 steps, 8 frames, 1e-3. Returns the loss of every step. Same bytes for any number of
/// threads. `progress`, where given, is told the number of steps done.
std::vector<double> train_bends(Curve& curve, const ConnectConfig& config, const Model& model, const FrameSet& frames,
                                int threads, const std::function<void(std::int64_t)>& progress = {});

/// What lies between two models.
struct PathProfile {
  std::vector<double> t;            ///< places, 0 to 1
  std::vector<PointLosses> losses;  ///< there
  std::vector<double> way;          ///< length of the path from the start to each place, in parameter space
};

/// What a profile says of one loss.
struct Barrier {
  double minimum = 0.0, maximum = 0.0, mean = 0.0;  ///< over the places, ends included (published)
  double corrected = 0.0;     ///< max_t [L(t) − (1 − t) L(0) − t L(1)]: what is higher than between the ends
  double corrected_at = 0.0;  ///< the t of that
  double by_length = 0.0;     ///< mean weighted by length of path
};
/// `value` takes the loss that is meant out of a point.
Barrier barrier(const PathProfile& profile, const std::function<double(const PointLosses&)>& value);

/// Running statistics between two models: (1 − t) of the first + t of the second.
std::vector<float> mixed_statistics(const Model& a, const Model& b, double t);

}  // namespace difftrack::study
