// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/module_parameters.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/random.hpp"

namespace difftrack::learn {

namespace {

/// Buffers that carry statistics: running means and variances, not the count of batches.
std::vector<torch::Tensor> statistics(const torch::nn::Module& module) {
  std::vector<torch::Tensor> all;
  for (const auto& buffer : module.named_buffers())
    if (!buffer.key().ends_with("num_batches_tracked")) all.push_back(buffer.value());
  return all;
}

std::vector<float> join(const std::vector<torch::Tensor>& tensors) {
  std::vector<float> values;
  for (const torch::Tensor& tensor : tensors) {
    const torch::Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
    values.insert(values.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  }
  return values;
}

void split(const std::vector<float>& values, const std::vector<torch::Tensor>& targets) {
  const torch::NoGradGuard no_grad;
  auto from = values.begin();
  for (torch::Tensor target : targets) {
    const std::vector<float> part(from, from + target.numel());
    from += target.numel();
    target.copy_(torch::tensor(part).view(target.sizes()));
  }
  TORCH_INTERNAL_ASSERT(from == values.end());
}

void fill_linear(const network::LinearSlices& linear, core::RandomStream& random, std::vector<float>& values) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(linear.in));
  const auto draw = [&](std::size_t begin, std::size_t count) {
    for (std::size_t i = begin; i < begin + count; ++i)
      values[i] = static_cast<float>(bound * (2.0 * random.uniform() - 1.0));
  };
  draw(linear.weight, static_cast<std::size_t>(linear.in) * static_cast<std::size_t>(linear.out));
  draw(linear.bias, static_cast<std::size_t>(linear.out));
}

}  // namespace

network::FlatParameters flat_parameters(const torch::nn::Module& module) {
  return {join(module.parameters()), join(statistics(module))};
}

void load_parameters(torch::nn::Module& module, const network::FlatParameters& flat) {
  split(flat.values, module.parameters());
  split(flat.statistics, statistics(module));
}

std::vector<float> flatten_like_parameters(const torch::nn::Module& module, const std::vector<torch::Tensor>& tensors) {
  const std::vector<torch::Tensor> shapes = module.parameters();
  std::vector<torch::Tensor> filled(shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i)
    filled[i] = tensors[i].defined() ? tensors[i] : torch::zeros_like(shapes[i]);
  return join(filled);
}

void set_batch_norm_momentum(torch::nn::Module& module, double momentum) {
  module.apply([momentum](torch::nn::Module& part) {
    if (auto* norm = part.as<torch::nn::BatchNorm1d>()) norm->options.momentum(momentum);
  });
}

network::FlatParameters initial_parameters(const network::ParameterLayout& layout, std::uint64_t seed) {
  network::FlatParameters flat{std::vector<float>(layout.n_parameters, 0.0F),
                               std::vector<float>(layout.n_statistics, 0.0F)};
  core::RandomStream random(seed, ~std::uint64_t{0});  // the streams 0, 1, … belong to the training steps
  for (const network::PerceptronSlices* perceptron : layout.perceptrons()) {
    for (std::size_t k = 0; k < (perceptron->object ? 4U : 3U); ++k) {
      const network::NormSlices& norm = perceptron->norm[k];
      std::fill_n(flat.values.begin() + static_cast<std::ptrdiff_t>(norm.weight), norm.width, 1.0F);
      std::fill_n(flat.statistics.begin() + static_cast<std::ptrdiff_t>(norm.var), norm.width, 1.0F);
    }
    for (const network::LinearSlices& linear : perceptron->linear) fill_linear(linear, random, flat.values);
  }
  // The pair head's score begins as zero: what it adds is to be learnt, not to be unlearnt.
  if (layout.description.pair_width > 0) fill_linear(layout.pair_head.hidden, random, flat.values);
  return flat;
}

}  // namespace difftrack::learn
