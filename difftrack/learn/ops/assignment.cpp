// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/assignment.hpp"

#include <utility>
#include <vector>

namespace difftrack::learn {

namespace {

std::vector<float> to_vector(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// What the backward pass needs of the forward pass.
struct Solved : torch::CustomClassHolder {
  assign::Assignment assignment;
  std::vector<float> scores;  // as solved, with the margin
  assign::BlackboxConfig blackbox;
};

class AssignmentFunction : public torch::autograd::Function<AssignmentFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& scores,
                               const assign::Segments& segments, const AssignmentOptions& options) {
    auto solved = c10::make_intrusive<Solved>();
    solved->scores = to_vector(scores);
    if (options.margin != 0.0)
      solved->scores = assign::with_margin(solved->scores, options.labels, options.margin);
    solved->assignment = assign::assign_layers(segments, solved->scores, options.assign);
    solved->blackbox = options.blackbox;
    const torch::Tensor assigned = torch::tensor(solved->assignment.assigned, torch::kByte).to(scores.options());
    context->saved_data["solved"] = c10::IValue::make_capsule(std::move(solved));
    return assigned;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const auto capsule = context->saved_data["solved"].toCapsule();
    const auto& solved = static_cast<const Solved&>(*capsule);
    const std::vector<float> gradient =
        assign::blackbox_gradient(solved.assignment, solved.scores, to_vector(gradients[0]), solved.blackbox);
    return {torch::tensor(gradient).to(gradients[0].options()), {}, {}};
  }
};

}  // namespace

torch::Tensor assign_segments(const torch::Tensor& scores, const assign::Segments& segments,
                              const AssignmentOptions& options) {
  return AssignmentFunction::apply(scores, segments, options);
}

}  // namespace difftrack::learn
