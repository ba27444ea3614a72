// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/assignment.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "difftrack/learn/ops/known_gradient.hpp"

namespace difftrack::learn {

namespace {

std::vector<float> to_vector(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

std::vector<float> shifted_scores(const torch::Tensor& scores, const AssignmentOptions& options) {
  std::vector<float> values = to_vector(scores);
  return options.margin == 0.0 ? values : assign::with_margin(values, options.labels, options.margin);
}

/// What the backward pass needs of the forward pass.
struct Solved : torch::CustomClassHolder {
  assign::Assignment assignment;
  std::vector<float> scores;  // as solved, with the margin
  assign::EstimatorConfig estimator;
  std::uint64_t stream = 0;
};

class AssignmentFunction : public torch::autograd::Function<AssignmentFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& scores,
                               const assign::Segments& segments, const AssignmentOptions& options) {
    auto solved = c10::make_intrusive<Solved>();
    solved->scores = shifted_scores(scores, options);
    solved->assignment = assign::assign_layers(segments, solved->scores, options.assign);
    solved->estimator = options.estimator;
    solved->stream = options.stream;
    const torch::Tensor assigned = torch::tensor(solved->assignment.assigned, torch::kByte).to(scores.options());
    context->saved_data["solved"] = c10::IValue::make_capsule(std::move(solved));
    return assigned;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const auto capsule = context->saved_data["solved"].toCapsule();
    const auto& solved = static_cast<const Solved&>(*capsule);
    const std::vector<float> gradient = assign::assignment_gradient(
        solved.assignment, solved.scores, to_vector(gradients[0]), solved.estimator, solved.stream);
    return {torch::tensor(gradient).to(gradients[0].options()), {}, {}};
  }
};

}  // namespace

torch::Tensor assignment_own_loss(const torch::Tensor& scores, const assign::Segments& segments,
                                  const AssignmentOptions& options) {
  const std::vector<float> values = shifted_scores(scores, options);
  const assign::Assignment assignment = assign::assign_layers(segments, values, options.assign);
  const auto result = assign::assignment_loss(assignment, values, options.labels, options.estimator, options.stream);
  const double segment_count = std::max<double>(1.0, static_cast<double>(values.size()));
  return loss_with_gradient(scores, result.value / segment_count,
                            torch::tensor(result.gradient).to(scores.options()) / segment_count);
}

torch::Tensor assign_segments(const torch::Tensor& scores, const assign::Segments& segments,
                              const AssignmentOptions& options) {
  return AssignmentFunction::apply(scores, segments, options);
}

}  // namespace difftrack::learn
