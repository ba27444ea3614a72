// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/training_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <numeric>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/safetensors.hpp"

namespace difftrack::learn {

torch::Tensor table_of(const std::vector<float>& values, std::int64_t columns) {
  return torch::from_blob(const_cast<float*>(values.data()),
                          {static_cast<std::int64_t>(values.size()) / columns, columns})
      .clone();
}

std::vector<float> values_of(const torch::Tensor& any) {
  const torch::Tensor flat = any.detach().contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

void EmulatorState::add(const std::string& name, std::int64_t rows, std::int64_t columns, double deviation,
                        core::RandomStream& random) {
  torch::Tensor values = columns > 0 ? torch::zeros({rows, columns}) : torch::zeros({rows});
  float* at = values.data_ptr<float>();
  if (deviation > 0.0)
    for (std::int64_t i = 0; i < values.numel(); ++i) at[i] = static_cast<float>(deviation * random.normal());
  weights_.emplace_back(name, values.requires_grad_());
  first_.push_back(torch::zeros_like(values).detach());
  second_.push_back(torch::zeros_like(values).detach());
}

std::vector<float> EmulatorState::values(std::size_t i) const { return values_of(weights_[i].second); }

void EmulatorState::step_down(const Schedule& schedule, double rate) {
  torch::NoGradGuard guard;
  ++step;
  double cut = 1.0;
  if (!schedule.steady) {
    double squares = 0.0;
    for (const auto& [name, weight] : weights_) squares += weight.grad().square().sum().item<double>();
    cut = 1.0 / std::max(1.0, std::sqrt(squares));
  }
  const auto count = static_cast<double>(step);
  constexpr double kFirst = 0.9, kSecond = 0.999;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    torch::Tensor& weight = weights_[i].second;
    torch::Tensor gradient = weight.grad() * cut;
    if (schedule.weight_decay > 0.0) gradient = gradient + schedule.weight_decay * weight;
    first_[i].mul_(kFirst).add_(gradient, 1.0 - kFirst);
    second_[i].mul_(kSecond).addcmul_(gradient, gradient, 1.0 - kSecond);
    const torch::Tensor root = (second_[i] / (1.0 - std::pow(kSecond, count))).sqrt_().add_(1e-8);
    weight.addcdiv_(first_[i], root, -rate / (1.0 - std::pow(kFirst, count)));
    weight.mutable_grad() = torch::Tensor();
  }
}

void EmulatorState::keep_best(double validation) {
  if (!(validation < best_validation_)) return;
  best_validation_ = validation;
  best_.clear();
  for (const auto& [name, weight] : weights_) best_.push_back(weight.detach().clone());
}

void EmulatorState::take_best() {
  torch::NoGradGuard guard;
  for (std::size_t i = 0; i < best_.size(); ++i) weights_[i].second.copy_(best_[i]);
}

void EmulatorState::write(const std::string& path, const std::string& options) const {
  if (path.empty()) return;
  event::SafeTensors file;
  const auto add = [&](const std::string& name, const torch::Tensor& values) {
    file.tensors[name] = {values.sizes().vec(), values_of(values)};
  };
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const std::string& name = weights_[i].first;
    add(name, weights_[i].second);
    add("first_" + name, first_[i]);
    add("second_" + name, second_[i]);
    if (!best_.empty()) add("best_" + name, best_[i]);
  }
  file.tensors["progress"] = {
      {4}, std::vector<double>{static_cast<double>(epoch), static_cast<double>(step), loss, best_validation_}};
  file.metadata["options"] = options;
  event::write_safetensors(path, file);
}

void EmulatorState::read(const std::string& path, const std::string& options) {
  if (path.empty() || !std::filesystem::exists(path)) return;
  const event::SafeTensors file = event::read_safetensors(path);
  const auto found = file.metadata.find("options");
  const std::string was = found == file.metadata.end() ? std::string() : found->second;
  if (was != options)
    throw core::InputError({path, "options", was}, fmt::format("is of another run than '{}'", options));
  const auto get = [&](const std::string& name) -> const event::NamedTensor& {
    const auto at = file.tensors.find(name);
    if (at == file.tensors.end()) throw core::InputError({path, name, {}}, "is missing");
    return at->second;
  };
  torch::NoGradGuard guard;
  const auto fill = [&](const std::string& name, torch::Tensor into) {
    const event::NamedTensor& from = get(name);
    if (from.shape != into.sizes().vec()) throw core::InputError({path, name, {}}, "has another shape");
    const std::vector<float> values = from.floats();
    std::copy(values.begin(), values.end(), into.data_ptr<float>());
  };
  best_.clear();
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const std::string& name = weights_[i].first;
    fill(name, weights_[i].second);
    fill("first_" + name, first_[i]);
    fill("second_" + name, second_[i]);
    if (!file.tensors.contains("best_" + name)) continue;
    best_.push_back(torch::zeros_like(first_[i]));
    fill("best_" + name, best_.back());
  }
  const auto* progress = std::get_if<std::vector<double>>(&get("progress").values);
  if (progress == nullptr || progress->size() != 4) throw core::InputError({path, "progress", {}}, "is damaged");
  epoch = static_cast<std::int64_t>((*progress)[0]);
  step = static_cast<std::int64_t>((*progress)[1]);
  loss = (*progress)[2];
  best_validation_ = (*progress)[3];
}

namespace {

/// Rows of an epoch in the order in which it sees them.
std::vector<std::int64_t> order_of(std::int64_t rows, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  core::RandomStream random(seed, static_cast<std::uint64_t>(epoch) + 1);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  return order;
}

double rate_at(const Schedule& schedule, std::int64_t step, std::int64_t all) {
  if (schedule.steady) return schedule.learning_rate;
  constexpr double kWarm = 300.0;  // steps
  const double at = static_cast<double>(step) / static_cast<double>(all);
  const double warm = std::min(1.0, (1.0 + static_cast<double>(step)) / kWarm);
  return schedule.learning_rate * warm * 0.5 * (1.0 + std::cos(std::numbers::pi * at));
}

/// One epoch; false where it was stopped.
bool run_epoch(EmulatorState& state, const EmulatorTask& task, const Schedule& schedule, const EmulatorRun& run) {
  const std::int64_t n = task.rows(state.epoch), batch = std::min(schedule.batch, n), batches = n / batch;
  const std::vector<std::int64_t> order = order_of(n, schedule.seed, state.epoch);
  double sum = 0.0;
  for (std::int64_t b = 0; b < batches; ++b) {
    const torch::Tensor rows = torch::from_blob(const_cast<std::int64_t*>(&order[static_cast<std::size_t>(b * batch)]),
                                                {batch}, torch::kInt64);
    const torch::Tensor loss = task.loss(rows);
    loss.backward();
    sum += loss.item<double>();
    state.step_down(schedule, rate_at(schedule, state.step, batches * schedule.epochs));
    if (run.progress && (b + 1) % 20 == 0)
      run.progress(
          {state.step, batches * schedule.epochs, fmt::format("loss {:.4f}", sum / static_cast<double>(b + 1))});
    if (run.stop && run.stop()) return false;
  }
  state.loss = sum / static_cast<double>(batches);
  return true;
}

}  // namespace

bool run_training(EmulatorState& state, const EmulatorTask& task, const Schedule& schedule, const EmulatorRun& run,
                  const std::string& options) {
  shim::use_one_thread_per_operation();
  state.read(run.checkpoint, options);
  while (state.epoch < schedule.epochs) {
    if (!run_epoch(state, task, schedule, run)) return false;
    if (task.validation) {
      torch::NoGradGuard guard;
      state.keep_best(task.validation());
    }
    ++state.epoch;
    state.write(run.checkpoint, options);
  }
  state.take_best();
  return true;
}

}  // namespace difftrack::learn
