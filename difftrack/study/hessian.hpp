// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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

/// Options of the Hessian's loss; they are those of the directions of a landscape, too.
struct HessianLoss {
  LossKind loss = LossKind::Bce;
  HessianNorm norm = HessianNorm::Running;
  double lambda = 0.0;
  double step = 1e-3;
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

/// H v ≈ (∇L(w + εv) − ∇L(w − εv)) / 2ε through the kernels, ε = step ‖w‖ / ‖v‖: the curvature over a ball of that
/// size. LeakyReLU and the maximum have kinks at every scale: the gradient of a trained network's loss, most of which a
/// few segments make, jumps where one of them changes sides, and the jumps within the ball count as curvature. So this
/// is not the Hessian of the piecewise smooth function (that is HessianProducts::Reference), and the quotient of a
/// random v, most of whose curvature is next to 0, depends on ε; agreement() says by how much. The mean over the
/// frames, the same bytes for any number of threads.
class DifferenceProducts {
 public:
  /// `frames` must outlive it.
  DifferenceProducts(const Model& model, const FrameSet& frames, LogitLoss loss, HessianNorm norm, int threads = 1,
                     double step = 1e-3);
  /// H v; 0 of v = 0.
  Vector operator()(std::span<const double> v) const;
  /// ‖H_ε v − H_{ε/3} v‖ / ‖H_ε v‖: 0 of a smooth function.
  double agreement(std::span<const double> v) const;
  /// Value and gradient at the model itself.
  ValueAndGradient at_model() const { return gradient_(centre_, threads_); }

 private:
  Vector product(std::span<const double> v, double relative_step) const;

  GradientEvaluator gradient_;
  Vector centre_;
  int threads_;
  double step_;
};

/// Contribution of each tensor of the layout to vᵀHv, for traces per tensor.
std::vector<double> per_tensor(const network::ParameterLayout& layout, std::span<const double> v,
                               std::span<const double> image);

/// |cos| of the angles between matching vectors of two sets, e.g. of two disjoint sets of frames.
std::vector<double> absolute_cosines(std::span<const Vector> a, std::span<const Vector> b);

}  // namespace difftrack::study
