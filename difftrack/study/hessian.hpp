// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/study/evaluate.hpp"
#include "difftrack/study/lanczos.hpp"

namespace difftrack::study {

/// BatchNorm where a Hessian is taken.
enum class HessianNorm : std::uint8_t { Running, Frame };
/// Their names.
constexpr core::Choices<HessianNorm, 2> choices(HessianNorm) {
  return {{{HessianNorm::Running, "running", "as the model is used (published)"},
           {HessianNorm::Frame, "frame", "statistics of each frame, what training descends"}}};
}

/// How a Hessian is multiplied with a vector.
enum class HessianProducts : std::uint8_t { Differences, Reference };
/// Their names.
constexpr core::Choices<HessianProducts, 2> choices(HessianProducts) {
  return {{{HessianProducts::Differences, "differences", "of the kernels' gradients, fast"},
           {HessianProducts::Reference, "reference", "double backward of LibTorch in double precision, slow"}}};
}

/// What LeakyReLU and the maximum do under the difference of two gradients.
enum class HessianPattern : std::uint8_t { Held, Free };
/// Their names.
constexpr core::Choices<HessianPattern, 2> choices(HessianPattern) {
  return {{{HessianPattern::Held, "held", "stay on the side they have at the model: the Hessian"},
           {HessianPattern::Free, "free", "change sides: curvature over a ball of the step, jumps included"}}};
}

/// Options of the Hessian's loss; they are those of the directions of a landscape, too.
struct HessianLoss {
  LossKind loss = LossKind::Bce;
  HessianNorm norm = HessianNorm::Running;
  double lambda = 0.0;
  double step = 3e-5;
  HessianPattern pattern = HessianPattern::Held;
  assign::PerturbedAssignments::Config noise = {.samples = 32};
  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("loss", &HessianLoss::loss, "", "Loss whose Hessian is taken."),
        field("hessian_norm", &HessianLoss::norm, "", "Statistics of BatchNorm under the derivatives."),
        field("lambda", &HessianLoss::lambda, "", {0.0, 1e12},
              "Step of the surrogate's blackbox gradient, that of the run; 0: read in the model's name."),
        field("step", &HessianLoss::step, "", {1e-7, 0.1},
              "Step of the difference quotients, over the length of the parameters."),
        field("pattern", &HessianLoss::pattern, "", "LeakyReLU and maxima under the difference quotients."),
        core::part(&HessianLoss::noise, {"temperature", "samples"}),
    };
  }
};

/// Options of `difftrack study hessian`.
struct HessianConfig {
  HessianLoss loss = {};
  HessianProducts products = HessianProducts::Differences;
  std::int32_t top = 10;
  std::int32_t max_steps = 300;
  double tolerance = 1e-3;
  double trace_error = 0.02;
  std::int32_t trace_probes = 200;
  std::int32_t density_probes = 10;
  std::int32_t density_steps = 100;
  std::int64_t seed = 1;
  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        core::part(&HessianConfig::loss),
        field("products", &HessianConfig::products, "", "Way of multiplying the Hessian with a vector."),
        field("top", &HessianConfig::top, "", {1, 1000}, "Eigenvalues at each end of the spectrum."),
        field("max_steps", &HessianConfig::max_steps, "", {2, 5000}, "Steps of Lanczos at most."),
        field("tolerance", &HessianConfig::tolerance, "", {1e-12, 0.1},
              "Residual at which an eigenpair is good enough, over the largest |eigenvalue|."),
        field("trace_error", &HessianConfig::trace_error, "", {1e-6, 1.0},
              "Relative standard error at which the trace is good enough."),
        field("trace_probes", &HessianConfig::trace_probes, "", {0, 100000},
              "Probes of the trace at most; 0: no trace."),
        field("density_probes", &HessianConfig::density_probes, "", {0, 1000},
              "Probes of the spectral density; 0: no density."),
        field("density_steps", &HessianConfig::density_steps, "", {2, 5000}, "Steps of Lanczos of each such probe."),
        field("seed", &HessianConfig::seed, "", {0, 4e9}, "Seed of starts and probes."),
    };
  }
};

/// λ of a run, for the surrogate: what the options say, or the number in a name like pat_lambda_50_1. Throws InputError
/// when neither says it.
double lambda_of(const Model& model, const HessianLoss& options);

/// The loss whose Hessian is asked for at the model's parameters, and how much of it there is.
struct HessianTarget {
  LogitLoss loss;
  std::int64_t factors = -1;  ///< of the surrogate: non-zero factors over all frames; -1 for other losses
  std::int64_t segments = 0;  ///< over all frames
};
/// `frames` must outlive the loss. Throws InputError when the surrogate has no non-zero factor: then it is undefined.
HessianTarget hessian_target(const Model& model, const FrameSet& frames, const HessianLoss& options, std::int64_t seed);

/// H v ≈ (∇L(w + εv) − ∇L(w − εv)) / 2ε through the kernels, ε = step ‖w‖ / ‖v‖.
///
/// LeakyReLU and the maximum have corners: where one of them changes sides between the two points the gradient jumps,
/// and a quotient would count the jump as curvature. A frame has a million activations, so jumps within the step are
/// as many as it is long, and no step is short enough. Held, both gradients are therefore those of the smooth piece on
/// which the network is at w (kernels::ActivationPattern, recorded once per frame). Its quotient tends to the Hessian,
/// which exists almost everywhere, with an error of ε² and of rounding over ε; agreement() shows how large it is. Free,
/// the jumps within the ball count.
///
/// The mean over the frames, the same bytes for any number of threads. A loss with corners of its own (smooth_loss)
/// keeps them.
class DifferenceProducts {
 public:
  /// `frames` must outlive it. Copies share the recorded patterns.
  DifferenceProducts(const Model& model, const FrameSet& frames, LogitLoss loss, HessianNorm norm, int threads = 1,
                     double step = HessianLoss{}.step, HessianPattern pattern = HessianPattern::Held);
  /// H v; 0 of v = 0.
  Vector operator()(std::span<const double> v) const;
  /// ‖H_ε v − H_{ε/3} v‖ / ‖H_ε v‖: 0 of a quadratic function without rounding.
  double agreement(std::span<const double> v) const;
  /// Value and gradient at the model itself.
  ValueAndGradient at_model() const { return at(centre_); }
  /// Value and gradient at other parameters, on the piece of the model when the pattern is held.
  ValueAndGradient at(std::span<const double> values) const { return gradient_(values, threads_, held()); }
  /// Memory of the recorded patterns.
  std::size_t pattern_bytes() const;

 private:
  std::span<const network::kernels::ActivationPattern> held() const;
  Vector product(std::span<const double> v, double relative_step) const;

  GradientEvaluator gradient_;
  Vector centre_;
  int threads_;
  double step_;
  std::shared_ptr<const std::vector<network::kernels::ActivationPattern>> held_;  // none: free
};

/// Contribution of each tensor of the layout to vᵀHv, for traces per tensor.
std::vector<double> per_tensor(const network::ParameterLayout& layout, std::span<const double> v,
                               std::span<const double> image);

/// |cos| of the angles between matching vectors of two sets, e.g. of two disjoint sets of frames.
std::vector<double> absolute_cosines(std::span<const Vector> a, std::span<const Vector> b);

}  // namespace difftrack::study
