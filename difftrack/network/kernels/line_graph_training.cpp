// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/kernels/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/network/kernels/line_graph_training.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "difftrack/network/kernels/training_edges-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {

template <int H>
void ForwardPass(const TrainingArguments& arguments, std::span<float> logits) {
  ListKinks(*arguments.view, *arguments.buffers);
  EdgePass<H> edges{arguments};
  edges.Forward();
  NodePass<H>{arguments}.Forward(logits);
}

template <int H>
void BackwardPass(const TrainingArguments& arguments, std::span<const float> grad_logits, std::span<float> gradient) {
  NodePass<H>{arguments}.Backward(grad_logits, gradient);
  EdgePass<H> edges{arguments};
  edges.Backward(gradient);
}

void Forward(std::span<const float> parameters, std::span<const float> statistics, const LineGraphView& view,
             TrainingWorkspace::Buffers& buffers, std::span<float> logits) {
  const TrainingArguments arguments{parameters, statistics, &view, &buffers};
  if (buffers.layout.description.hidden == 16) return ForwardPass<16>(arguments, logits);
  if (buffers.layout.description.hidden == 32) return ForwardPass<32>(arguments, logits);
  return ForwardPass<64>(arguments, logits);
}

void Backward(std::span<const float> parameters, const LineGraphView& view, TrainingWorkspace::Buffers& buffers,
              std::span<const float> grad_logits, std::span<float> gradient) {
  const TrainingArguments arguments{parameters, {}, &view, &buffers};
  if (buffers.layout.description.hidden == 16) return BackwardPass<16>(arguments, grad_logits, gradient);
  if (buffers.layout.description.hidden == 32) return BackwardPass<32>(arguments, grad_logits, gradient);
  return BackwardPass<64>(arguments, grad_logits, gradient);
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::network::kernels {
HWY_EXPORT(Forward);
HWY_EXPORT(Backward);

TrainingWorkspace::TrainingWorkspace() : buffers_(std::make_unique<Buffers>()) {}
TrainingWorkspace::~TrainingWorkspace() = default;
TrainingWorkspace::TrainingWorkspace(TrainingWorkspace&&) noexcept = default;
TrainingWorkspace& TrainingWorkspace::operator=(TrainingWorkspace&&) noexcept = default;

bool has_training_kernels(int hidden) { return hidden == 16 || hidden == 32 || hidden == 64; }

void training_forward(int hidden, std::span<const float> parameters, std::span<const float> statistics,
                      const LineGraphView& view, BatchNormMode mode, TrainingWorkspace& workspace,
                      std::span<float> logits) {
  auto& buffers = workspace.buffers();
  if (buffers.layout.steps.empty() || buffers.layout.description.hidden != hidden)
    buffers.layout = line_graph_layout(hidden);
  buffers.mode = mode;
  buffers.frame_statistics.assign(buffers.layout.n_statistics, std::numeric_limits<double>::quiet_NaN());
  if (view.n_segments == 0) return;
  HWY_DYNAMIC_DISPATCH(Forward)(parameters, statistics, view, buffers, logits);
}

void training_backward(int hidden, std::span<const float> parameters, const LineGraphView& view,
                       TrainingWorkspace& workspace, std::span<const float> grad_logits,
                       std::span<float> grad_parameters) {
  (void)hidden;
  if (view.n_segments == 0) return;
  HWY_DYNAMIC_DISPATCH(Backward)(parameters, view, workspace.buffers(), grad_logits, grad_parameters);
}

void update_running_statistics(int hidden, const TrainingWorkspace& workspace, std::span<float> statistics,
                               float momentum) {
  (void)hidden;
  const auto& frame = workspace.buffers().frame_statistics;
  for (std::size_t i = 0; i < frame.size() && i < statistics.size(); ++i)
    if (!std::isnan(frame[i]))
      statistics[i] = static_cast<float>((1.0 - static_cast<double>(momentum)) * static_cast<double>(statistics[i]) +
                                         static_cast<double>(momentum) * frame[i]);
}

}  // namespace difftrack::network::kernels
#endif  // HWY_ONCE
