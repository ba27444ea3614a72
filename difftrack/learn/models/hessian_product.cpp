// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/hessian_product.hpp"

#include <utility>

#include "difftrack/learn/models/graph_network.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"

namespace difftrack::learn {

HessianProduct::HessianProduct(network::ParameterLayout layout, network::FlatParameters flat,
                               network::BatchNormMode mode)
    : layout_(std::move(layout)), flat_(std::move(flat)), mode_(mode) {}

std::vector<double> HessianProduct::operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                               const Loss& loss, std::span<const double> v) const {
  GraphNetwork network(layout_.description);
  load_parameters(*network, flat_);
  network->to(torch::kDouble);
  network->train(mode_ == network::BatchNormMode::Frame);
  const std::vector<torch::Tensor> parameters = network->parameters();
  const GraphTensors tensors = graph_tensors(layout_.description, frame, graph).to_type(torch::kDouble);
  const torch::Tensor value = loss(network->forward(tensors));
  const auto gradient = torch::autograd::grad({value}, parameters, {}, true, true, true);
  torch::Tensor along = torch::zeros({}, torch::kDouble);
  std::size_t at = 0;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const auto size = static_cast<std::size_t>(parameters[k].numel());
    const std::vector<double> part(v.begin() + static_cast<std::ptrdiff_t>(at),
                                   v.begin() + static_cast<std::ptrdiff_t>(at + size));
    if (gradient[k].defined())
      along = along + (gradient[k] * torch::tensor(part, torch::kDouble).view(parameters[k].sizes())).sum();
    at += size;
  }
  const auto image = torch::autograd::grad({along}, parameters, {}, false, false, true);
  std::vector<double> result;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const torch::Tensor flat = (image[k].defined() ? image[k] : torch::zeros_like(parameters[k])).contiguous();
    result.insert(result.end(), flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
  }
  return result;
}

}  // namespace difftrack::learn
