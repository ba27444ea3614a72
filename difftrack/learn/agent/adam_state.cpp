// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/adam_state.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/error.hpp"

namespace difftrack::learn {

namespace {

using Named = std::pair<std::string, torch::Tensor>;

constexpr double kFirst = 0.9, kSecond = 0.999, kSmall = 1e-8;

void put(event::SafeTensors& file, const std::string& name, const torch::Tensor& values) {
  const torch::Tensor flat = values.detach().contiguous();
  file.tensors[name] = {values.sizes().vec(),
                        std::vector<float>(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel())};
}

void fill(const event::SafeTensors& file, const std::string& path, const std::string& name, torch::Tensor into) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) throw core::InputError({path, name, ""}, "is missing");
  if (found->second.shape != into.sizes().vec()) throw core::InputError({path, name, ""}, "has another shape");
  const std::vector<float> values = found->second.floats();
  const torch::NoGradGuard guard;
  into.copy_(torch::from_blob(const_cast<float*>(values.data()), into.sizes(), torch::kFloat32));
}

}  // namespace

void add_weights(event::SafeTensors& file, const std::vector<Named>& weights) {
  for (const auto& [name, weight] : weights) put(file, name, weight);
}

void take_weights(const event::SafeTensors& file, const std::string& path, const std::vector<Named>& weights) {
  for (const auto& [name, weight] : weights) fill(file, path, name, weight);
}

AdamState::AdamState(std::vector<Named> weights, bool largest) : weights_(std::move(weights)), largest_(largest) {
  const torch::NoGradGuard guard;
  for (const auto& [name, weight] : weights_) {
    first_.push_back(torch::zeros_like(weight));
    second_.push_back(torch::zeros_like(weight));
    if (largest_) most_.push_back(torch::zeros_like(weight));
  }
}

void AdamState::step_down(double rate, double norm) {
  const torch::NoGradGuard guard;
  double cut = 1.0;
  if (norm > 0.0) {
    double squares = 0.0;
    for (const auto& [name, weight] : weights_)
      if (weight.grad().defined()) squares += weight.grad().square().sum().item<double>();
    cut = std::min(1.0, norm / std::max(std::sqrt(squares), kSmall));
  }
  const auto count = static_cast<double>(++step_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    torch::Tensor& weight = weights_[i].second;
    if (!weight.grad().defined()) continue;
    const torch::Tensor gradient = weight.grad() * cut;
    first_[i].mul_(kFirst).add_(gradient, 1.0 - kFirst);
    second_[i].mul_(kSecond).addcmul_(gradient, gradient, 1.0 - kSecond);
    if (largest_) most_[i].copy_(torch::maximum(most_[i], second_[i]));
    const torch::Tensor root =
        ((largest_ ? most_[i] : second_[i]) / (1.0 - std::pow(kSecond, count))).sqrt_().add_(kSmall);
    weight.addcdiv_(first_[i], root, -rate / (1.0 - std::pow(kFirst, count)));
    weight.mutable_grad() = torch::Tensor();
  }
}

void AdamState::add_to(event::SafeTensors& file) const {
  add_weights(file, weights_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    put(file, "first." + weights_[i].first, first_[i]);
    put(file, "second." + weights_[i].first, second_[i]);
    if (largest_) put(file, "most." + weights_[i].first, most_[i]);
  }
  file.tensors["adam_step"] = {{1}, std::vector<std::int64_t>{step_}};
}

void AdamState::take_from(const event::SafeTensors& file, const std::string& path) {
  take_weights(file, path, weights_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    fill(file, path, "first." + weights_[i].first, first_[i]);
    fill(file, path, "second." + weights_[i].first, second_[i]);
    if (largest_) fill(file, path, "most." + weights_[i].first, most_[i]);
  }
  const auto found = file.tensors.find("adam_step");
  const auto* step =
      found == file.tensors.end() ? nullptr : std::get_if<std::vector<std::int64_t>>(&found->second.values);
  if (step == nullptr || step->size() != 1) throw core::InputError({path, "adam_step", ""}, "is missing");
  step_ = step->front();
}

}  // namespace difftrack::learn
