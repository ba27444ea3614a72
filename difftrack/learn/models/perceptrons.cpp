// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/perceptrons.hpp"

namespace difftrack::learn {

namespace {

torch::nn::LeakyReLU leaky_relu() { return torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.01)); }

torch::nn::Sequential common_layers(std::int64_t in, std::int64_t out, std::int64_t hidden) {
  using torch::nn::BatchNorm1d;
  using torch::nn::Linear;
  return torch::nn::Sequential(BatchNorm1d(in), Linear(in, hidden), leaky_relu(),          //
                               BatchNorm1d(hidden), Linear(hidden, hidden), leaky_relu(),  //
                               BatchNorm1d(hidden), Linear(hidden, out));
}

}  // namespace

RelationalMlpImpl::RelationalMlpImpl(std::int64_t in, std::int64_t out, std::int64_t hidden)
    : layers(register_module("layers", common_layers(in, out, hidden))) {}

PairMlpImpl::PairMlpImpl(std::int64_t in, std::int64_t hidden)
    : layers(register_module(
          "layers", torch::nn::Sequential(torch::nn::Linear(in, hidden), leaky_relu(), torch::nn::Linear(hidden, 1)))) {
}

ObjectMlpImpl::ObjectMlpImpl(std::int64_t in, std::int64_t out, std::int64_t hidden)
    : layers(register_module("layers", common_layers(in, out, hidden))) {
  layers->push_back(leaky_relu());
  layers->push_back(torch::nn::BatchNorm1d(out));
}

}  // namespace difftrack::learn
