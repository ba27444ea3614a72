// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/line_graph_kernels.hpp"

#include <span>

#include "difftrack/graph/features.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"

namespace difftrack::learn {

namespace {

std::span<const float> values(const torch::Tensor& contiguous) {
  return {contiguous.data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())};
}
std::span<float> mutable_values(const torch::Tensor& contiguous) {
  return {contiguous.data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())};
}

class LineGraphFunction : public torch::autograd::Function<LineGraphFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& parameters,
                               const c10::intrusive_ptr<KernelFrame>& frame, std::int64_t hidden,
                               network::BatchNormMode mode, const std::vector<float>& statistics) {
    const torch::Tensor flat = parameters.contiguous();
    const torch::Tensor logits = torch::empty({frame->view.n_segments}, flat.options());
    network::kernels::training_forward(static_cast<int>(hidden), values(flat), statistics, frame->view, mode,
                                       frame->workspace, mutable_values(logits));
    context->save_for_backward({flat});
    context->saved_data["frame"] = c10::IValue::make_capsule(frame);
    context->saved_data["hidden"] = hidden;
    return logits;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const torch::Tensor flat = context->get_saved_variables()[0], of_logits = gradients[0].contiguous();
    const auto capsule = context->saved_data["frame"].toCapsule();
    auto& frame = static_cast<KernelFrame&>(*capsule);
    const torch::Tensor gradient = torch::zeros_like(flat);
    network::kernels::training_backward(static_cast<int>(context->saved_data["hidden"].toInt()), values(flat),
                                        frame.view, frame.workspace, values(of_logits), mutable_values(gradient));
    return {gradient, {}, {}, {}, {}};
  }
};

}  // namespace

void KernelFrame::load(const event::Frame& frame, const graph::HitGraph& graph) {
  features = graph::segment_features(frame, graph);
  view = network::kernels::line_graph_view(graph, features);
}

torch::Tensor kernel_logits(const torch::Tensor& parameters, const c10::intrusive_ptr<KernelFrame>& frame, int hidden,
                            network::BatchNormMode mode, const std::vector<float>& statistics) {
  return LineGraphFunction::apply(parameters, frame, static_cast<std::int64_t>(hidden), mode, statistics);
}

std::vector<float> batch_statistics(const KernelFrame& frame, const network::ParameterLayout& layout) {
  std::vector<float> statistics(layout.n_statistics, 0.0F);
  // With momentum 1 the update leaves the statistics of the frame themselves.
  network::kernels::update_running_statistics(layout.description.hidden, frame.workspace, statistics, 1.0F);
  return statistics;
}

}  // namespace difftrack::learn
