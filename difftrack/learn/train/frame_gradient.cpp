// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/frame_gradient.hpp"

#include <mutex>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/ops/line_graph_kernels.hpp"
#include "difftrack/network/scorer/registry.hpp"

namespace difftrack::learn {

namespace {

class PlainGradient : public FrameGradientFunction {
 public:
  PlainGradient(const network::ParameterLayout& layout, torch::Device device) : layout_(layout), device_(device) {}

  FrameGradient operator()(const std::vector<float>& parameters, const event::Frame& frame,
                           const graph::HitGraph& graph, const LogitLoss& loss) const override {
    GraphNetwork network(layout_.description);
    load_parameters(*network, {parameters, std::vector<float>(layout_.n_statistics, 0.0F)});
    set_batch_norm_momentum(*network, 1.0);
    network->to(device_);
    network->train();
    const GraphTensors tensors = graph_tensors(layout_.description, frame, graph).to_device(device_);
    std::vector<torch::Tensor> head;
    if (!network->pair_head.is_empty())
      for (const torch::Tensor& each : network->pair_head->parameters()) head.push_back(each.flatten().to(torch::kCPU));
    const torch::Tensor value =
        loss(network->forward(tensors).to(torch::kCPU), head.empty() ? torch::empty({0}) : torch::cat(head));
    // Gradients are returned, not accumulated: nothing is shared between frames.
    const auto gradient = torch::autograd::grad({value}, network->parameters(), {}, {}, false, true);
    return {value.item<double>(), flatten_like_parameters(*network, gradient), flat_parameters(*network).statistics};
  }

 private:
  network::ParameterLayout layout_;
  torch::Device device_;
};

/// The kernels' path. Scratch memory is lent to one call at a time, so that there is one piece per thread in the end.
class KernelGradient : public FrameGradientFunction {
 public:
  explicit KernelGradient(const network::ParameterLayout& layout) : layout_(layout) {}

  FrameGradient operator()(const std::vector<float>& parameters, const event::Frame& frame,
                           const graph::HitGraph& graph, const LogitLoss& loss) const override {
    network::check_kinks(layout_.description, graph);
    const auto scratch = borrow();
    scratch->load(frame, graph);
    const torch::Tensor flat = torch::tensor(parameters).requires_grad_();
    const torch::Tensor value =
        loss(kernel_logits(flat, scratch, layout_.description.hidden, network::BatchNormMode::Frame),
             flat.slice(0, static_cast<std::int64_t>(layout_.pair_begin)));
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
  return std::make_unique<PlainGradient>(layout, usable_device(device));
}

std::unique_ptr<FrameGradientFunction> kernel_gradient(const network::ParameterLayout& layout) {
  if (const auto obstacle = network::no_training_kernels(layout.description))
    throw core::InputError({"", obstacle->option, obstacle->value},
                           "has no kernels for training (they need " + obstacle->needed + "); use path = 'plain'");
  return std::make_unique<KernelGradient>(layout);
}

void update_statistics(const std::vector<float>& batch, std::vector<float>& running, float momentum) {
  for (std::size_t i = 0; i < running.size(); ++i) running[i] = momentum * batch[i] + (1.0F - momentum) * running[i];
}

}  // namespace difftrack::learn
