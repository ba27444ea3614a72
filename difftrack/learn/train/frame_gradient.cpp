// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/frame_gradient.hpp"

#include <mutex>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/ops/line_graph_kernels.hpp"

namespace difftrack::learn {

namespace {

/// `Network` is a module; `tensors` makes its input from a frame.
template <class Network, class Tensors>
class PlainGradient : public FrameGradientFunction {
 public:
  PlainGradient(const network::ParameterLayout& layout, Tensors tensors, torch::Device device)
      : layout_(layout), tensors_(tensors), device_(device) {}

  FrameGradient operator()(const std::vector<float>& parameters, const event::Frame& frame,
                           const graph::HitGraph& graph, const LogitLoss& loss) const override {
    Network network(layout_.hidden);
    load_parameters(*network, {parameters, std::vector<float>(layout_.n_statistics, 0.0F)});
    set_batch_norm_momentum(*network, 1.0);
    network->to(device_);
    network->train();
    const torch::Tensor value = loss(network->forward(tensors_(frame, graph).to_device(device_)).to(torch::kCPU));
    // Gradients are returned, not accumulated: nothing is shared between frames.
    const auto gradient = torch::autograd::grad({value}, network->parameters(), {}, {}, false, true);
    return {value.item<double>(), flatten_like_parameters(*network, gradient), flat_parameters(*network).statistics};
  }

 private:
  network::ParameterLayout layout_;
  Tensors tensors_;
  torch::Device device_;
};

/// The kernels' path. Scratch memory is lent to one call at a time, so that there is one piece per thread in the end.
class KernelGradient : public FrameGradientFunction {
 public:
  explicit KernelGradient(const network::ParameterLayout& layout) : layout_(layout) {}

  FrameGradient operator()(const std::vector<float>& parameters, const event::Frame& frame,
                           const graph::HitGraph& graph, const LogitLoss& loss) const override {
    const auto scratch = borrow();
    scratch->load(frame, graph);
    const torch::Tensor flat = torch::tensor(parameters).requires_grad_();
    const torch::Tensor value =
        loss(line_graph_logits(flat, scratch, layout_.hidden, network::kernels::BatchNormMode::Frame));
    const torch::Tensor gradient = torch::autograd::grad({value}, {flat})[0];
    FrameGradient result{value.item<double>(),
                         {gradient.data_ptr<float>(), gradient.data_ptr<float>() + gradient.numel()},
                         batch_statistics(*scratch, layout_)};
    give_back(scratch);
    return result;
  }

 private:
  using Scratch = c10::intrusive_ptr<KernelFrame>;
  Scratch borrow() const {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return c10::make_intrusive<KernelFrame>();
    Scratch scratch = free_.back();
    free_.pop_back();
    return scratch;
  }
  void give_back(Scratch scratch) const {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(scratch));
  }

  network::ParameterLayout layout_;
  mutable std::mutex mutex_;
  mutable std::vector<Scratch> free_;
};

torch::Device usable_device(const std::string& name) {
  try {
    const torch::Device device(name);
    if (!device.is_cuda() || torch::cuda::is_available()) return device;
  } catch (const c10::Error&) {
    throw core::InputError({"", "device", name}, "is no device; use cpu, cuda or cuda:N");
  }
  throw core::InputError({"", "device", name}, "is not available: this LibTorch has no usable CUDA device");
}

}  // namespace

std::unique_ptr<FrameGradientFunction> plain_gradient(const network::ParameterLayout& layout,
                                                      const std::string& device) {
  const torch::Device target = usable_device(device);
  if (layout.kind == network::NetworkKind::LineGraph)
    return std::make_unique<PlainGradient<LineGraphNetwork, decltype(&line_graph_tensors)>>(layout, &line_graph_tensors,
                                                                                            target);
  return std::make_unique<PlainGradient<HitGraphNetwork, decltype(&hit_graph_tensors)>>(layout, &hit_graph_tensors,
                                                                                        target);
}

std::unique_ptr<FrameGradientFunction> kernel_gradient(const network::ParameterLayout& layout) {
  if (layout.kind != network::NetworkKind::LineGraph || !network::kernels::has_training_kernels(layout.hidden))
    throw core::InputError({"", "hidden", std::to_string(layout.hidden)},
                           "has no fast kernels (line graph with 16, 32 or 64); use path = 'plain'");
  return std::make_unique<KernelGradient>(layout);
}

void update_statistics(const std::vector<float>& batch, std::vector<float>& running, float momentum) {
  for (std::size_t i = 0; i < running.size(); ++i) running[i] = momentum * batch[i] + (1.0F - momentum) * running[i];
}

}  // namespace difftrack::learn
