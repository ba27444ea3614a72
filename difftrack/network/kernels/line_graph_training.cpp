// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/network/kernels/line_graph_training.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <stdexcept>
#include <type_traits>

#include "difftrack/network/kernels/training_edges-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {

template <int H, bool HELD>
void ForwardPass(const TrainingArguments& arguments, std::span<float> logits) {
  EdgePass<H, HELD> edges{arguments};
  edges.Forward();
  NodePass<H, HELD>{arguments}.Forward(logits);
}

template <int H, bool HELD>
void BackwardPass(const TrainingArguments& arguments, std::span<const float> grad_logits, std::span<float> gradient) {
  NodePass<H, HELD>{arguments}.Backward(grad_logits, gradient);
  EdgePass<H, HELD> edges{arguments};
  edges.Backward(gradient);
}

template <int H>
void RecordPass(const TrainingArguments& arguments, ActivationPattern& pattern) {
  EdgePass<H, false> edges{arguments};
  edges.Record(pattern);
  NodePass<H, false>{arguments}.Record(pattern);
}

/// body with the hidden width and whether a pattern is held, both known at compile time.
template <class Body>
void ForWidth(const TrainingWorkspace::Buffers& buffers, const Body& body) {
  const auto with = [&](auto held) {
    if (buffers.layout.description.hidden == 16) return body(std::integral_constant<int, 16>{}, held);
    if (buffers.layout.description.hidden == 32) return body(std::integral_constant<int, 32>{}, held);
    return body(std::integral_constant<int, 64>{}, held);
  };
  if (buffers.held != nullptr) return with(std::true_type{});
  return with(std::false_type{});
}

void Forward(std::span<const float> parameters, std::span<const float> statistics, const LineGraphView& view,
             TrainingWorkspace::Buffers& buffers, std::span<float> logits) {
  const TrainingArguments arguments{parameters, statistics, &view, &buffers};
  ListKinks(view, buffers);
  if (buffers.held != nullptr && buffers.held->n_kinks != buffers.n_kinks)
    throw std::invalid_argument("an activation pattern of another frame");
  ForWidth(buffers, [&](auto hidden, auto held) { ForwardPass<hidden(), held()>(arguments, logits); });
}

void Backward(std::span<const float> parameters, const LineGraphView& view, TrainingWorkspace::Buffers& buffers,
              std::span<const float> grad_logits, std::span<float> gradient) {
  const TrainingArguments arguments{parameters, {}, &view, &buffers};
  ForWidth(buffers, [&](auto hidden, auto held) { BackwardPass<hidden(), held()>(arguments, grad_logits, gradient); });
}

void Record(const LineGraphView& view, TrainingWorkspace::Buffers& buffers, ActivationPattern& pattern) {
  const TrainingArguments arguments{{}, {}, &view, &buffers};
  ForWidth(buffers, [&](auto hidden, auto) { RecordPass<hidden()>(arguments, pattern); });
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::network::kernels {
HWY_EXPORT(Forward);
HWY_EXPORT(Backward);
HWY_EXPORT(Record);

TrainingWorkspace::TrainingWorkspace() : buffers_(std::make_unique<Buffers>()) {}
TrainingWorkspace::~TrainingWorkspace() = default;
TrainingWorkspace::TrainingWorkspace(TrainingWorkspace&&) noexcept = default;
TrainingWorkspace& TrainingWorkspace::operator=(TrainingWorkspace&&) noexcept = default;

std::size_t ActivationPattern::bytes() const {
  std::size_t sum = best.size() * sizeof(std::int32_t);
  for (const auto& each : edges) sum += each.size();
  for (const auto& each : nodes) sum += each.size();
  return sum;
}

bool has_training_kernels(int hidden) { return hidden == 16 || hidden == 32 || hidden == 64; }

void training_forward(int hidden, std::span<const float> parameters, std::span<const float> statistics,
                      const LineGraphView& view, BatchNormMode mode, TrainingWorkspace& workspace,
                      std::span<float> logits, const ActivationPattern* held) {
  if (held != nullptr && (held->hidden != hidden || held->n_segments != static_cast<std::size_t>(view.n_segments)))
    throw std::invalid_argument("an activation pattern of another frame or network");
  auto& buffers = workspace.buffers();
  buffers.held = held;
  if (buffers.layout.steps.empty() || buffers.layout.description.hidden != hidden)
    buffers.layout = line_graph_layout(hidden);
  buffers.mode = mode;
  buffers.frame_statistics.assign(buffers.layout.n_statistics, std::numeric_limits<double>::quiet_NaN());
  if (view.n_segments == 0) return;
  HWY_DYNAMIC_DISPATCH(Forward)(parameters, statistics, view, buffers, logits);
}

ActivationPattern record_pattern(const LineGraphView& view, TrainingWorkspace& workspace) {
  auto& buffers = workspace.buffers();
  ActivationPattern pattern;
  pattern.hidden = buffers.layout.description.hidden;
  pattern.n_segments = static_cast<std::size_t>(view.n_segments);
  if (view.n_segments == 0) return pattern;
  pattern.n_kinks = buffers.n_kinks;
  HWY_DYNAMIC_DISPATCH(Record)(view, buffers, pattern);
  return pattern;
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
