// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/module_weights.hpp"

#include <algorithm>

#include "difftrack/core/error.hpp"

namespace difftrack::learn {

namespace {

bool is_batch_count(const std::string& path) {
  constexpr std::string_view suffix = "num_batches_tracked";
  return path.size() >= suffix.size() && path.compare(path.size() - suffix.size(), suffix.size(), suffix) == 0;
}

/// Parameters and buffers that carry numbers, in module order.
std::vector<std::pair<std::string, torch::Tensor>> state(const torch::nn::Module& module) {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  for (const auto& item : module.named_parameters()) all.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers())
    if (!is_batch_count(item.key())) all.emplace_back(item.key(), item.value());
  return all;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

}  // namespace

network::Weights to_weights(const torch::nn::Module& module) {
  network::Weights weights;
  for (const auto& [path, value] : state(module)) {
    const torch::Tensor flat = value.detach().to(torch::kCPU, torch::kFloat).contiguous();
    network::Tensor& tensor = weights.tensors[path];
    tensor.shape = flat.sizes().vec();
    tensor.data.assign(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  }
  return weights;
}

void load_weights(torch::nn::Module& module, const network::Weights& weights, const std::string& source) {
  const auto own = state(module);
  for (const auto& [path, value] : own) {
    const auto found = weights.tensors.find(path);
    if (found == weights.tensors.end()) throw core::InputError({source, path, ""}, "is missing from the model");
    const std::vector<std::int64_t> expected = value.sizes().vec();
    if (found->second.shape != expected)
      throw core::InputError({source, path, shape_text(found->second.shape)},
                             "has the wrong shape; expected " + shape_text(expected));
  }
  for (const auto& [path, tensor] : weights.tensors)
    if (!is_batch_count(path) &&
        std::none_of(own.begin(), own.end(), [&path = path](const auto& item) { return item.first == path; }))
      throw core::InputError({source, path, ""}, "is no parameter of this network");
  const torch::NoGradGuard no_grad;
  for (const auto& [path, value] : own) {
    torch::Tensor target = value;
    target.copy_(torch::tensor(weights.tensors.at(path).data).view(value.sizes()));
  }
}

}  // namespace difftrack::learn
