// SPDX-License-Identifier: Apache-2.0
#include "apps/study/reference_products.hpp"

#include "difftrack/core/error.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/hessian_product.hpp"
#include "difftrack/learn/ops/group_losses.hpp"
#include "difftrack/learn/torch_shim.hpp"

namespace difftrack::study_app {

namespace {

torch::Tensor as_double(const torch::Tensor& tensor) { return tensor.to(torch::kDouble); }

/// The surrogate's factors of each frame, at the model.
std::vector<torch::Tensor> surrogate_factors(const study::Model& model, const study::FrameSet& frames,
                                             const study::HessianLoss& loss) {
  const study::PointEvaluator evaluate(model, frames, study::Statistics::Running);
  const auto statistics =
      loss.norm == study::HessianNorm::Frame ? study::Statistics::Frame : study::Statistics::Running;
  const network::FlatParameters at = study::to_flat(model, model.values);
  study::PointEvaluator::Workspace workspace;
  std::vector<torch::Tensor> factors;
  for (const study::StudyFrame& frame : frames.frames)
    factors.push_back(as_double(torch::tensor(study::blackbox_factors(
        frame, evaluate.logits(frame, at, statistics, workspace), study::lambda_of(model, loss)))));
  return factors;
}

}  // namespace

study::Product reference_products(const study::Model& model, const study::FrameSet& frames,
                                  const study::HessianLoss& loss, std::int64_t seed) {
  if (loss.loss == study::LossKind::Smooth)
    throw core::InputError({"", "products", "reference"},
                           "has no second derivatives of --loss smooth; use --products differences");
  study::hessian_target(model, frames, loss, seed);  // for its checks
  const auto mode =
      loss.norm == study::HessianNorm::Frame ? network::BatchNormMode::Frame : network::BatchNormMode::Running;
  const learn::HessianProduct product(model.layout, study::to_flat(model, model.values), mode);
  const auto factors =
      loss.loss == study::LossKind::Surrogate ? surrogate_factors(model, frames, loss) : std::vector<torch::Tensor>();
  return [product, &frames, factors](std::span<const double> v) {
    learn::shim::use_one_thread_per_operation();
    study::Vector mean(v.size(), 0.0);
    for (std::size_t f = 0; f < frames.size(); ++f) {
      const study::StudyFrame& frame = frames.frames[f];
      const auto truth = learn::segment_truth(frame.frame, frame.graph, frames.detector.n_tracker_layers);
      const auto image = product(
          frame.frame, frame.graph,
          [&](const torch::Tensor& logits) {
            return factors.empty()
                       ? learn::bce_group_means(logits, as_double(truth.labels), as_double(truth.tracker)).sum()
                       : (factors[f] * logits.sigmoid()).sum();
          },
          v);
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += image[i] / static_cast<double>(frames.size());
    }
    return mean;
  };
}

}  // namespace difftrack::study_app
