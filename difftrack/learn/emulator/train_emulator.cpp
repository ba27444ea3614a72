// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/train_emulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/aerosol/emulator/pools.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/event/io/safetensors.hpp"
#include "difftrack/learn/torch_shim.hpp"

namespace difftrack::learn {

namespace {

using namespace aerosol;
using torch::indexing::Slice;

torch::Tensor tensor(const std::vector<float>& values, std::int64_t columns) {
  return torch::from_blob(const_cast<float*>(values.data()),
                          {static_cast<std::int64_t>(values.size()) / columns, columns})
      .clone();
}

/// The pools as index lists and matrices, so that a batch takes a handful of operations.
struct PoolTensors {
  torch::Tensor group_sum, group_of;     // [outputs, groups], [outputs]
  torch::Tensor source, output, effect;  // [flows], [flows], [flows, kNewState]
  torch::Tensor volume;                  // [kNewState, kSoluble]

  PoolTensors() {
    std::vector<std::int64_t> group(kPoolOutputs), from, by;
    std::vector<std::array<std::int64_t, 2>> to;
    std::int64_t groups = 0;
    std::vector<std::size_t> seen;
    for (const Pool& pool : kPools) {
      if (std::find(seen.begin(), seen.end(), pool.first) == seen.end()) {
        seen.push_back(pool.first);
        for (std::size_t j = 0; j < pool.targets; ++j) group[pool.first + j] = groups;
        ++groups;
      }
      for (std::size_t j = 0; j < pool.targets; ++j) {
        from.push_back(static_cast<std::int64_t>(pool.source));
        by.push_back(static_cast<std::int64_t>(pool.first + j));
        to.push_back({pool.rest, pool.to[j]});
      }
    }
    group_of = torch::tensor(group);
    group_sum = torch::zeros({kPoolOutputs, groups});
    for (std::int64_t o = 0; o < static_cast<std::int64_t>(kPoolOutputs); ++o)
      group_sum.index_put_({o, group[static_cast<std::size_t>(o)]}, 1.0F);
    source = torch::tensor(from);
    output = torch::tensor(by);
    effect = torch::zeros({static_cast<std::int64_t>(to.size()), kNewState});
    for (std::size_t f = 0; f < to.size(); ++f) {
      const auto row = static_cast<std::int64_t>(f);
      if (to[f][0] >= 0) effect.index_put_({row, to[f][0]}, -1.0F);
      if (to[f][1] >= 0) effect.index_put_({row, to[f][1]}, 1.0F);
    }
    volume = torch::zeros({kNewState, kSoluble});
    for (std::size_t c = 0; c < kNewState; ++c)
      if (kWetVolumes[c].mode >= 0)
        volume.index_put_({static_cast<std::int64_t>(c), kWetVolumes[c].mode}, kWetVolumes[c].volume);
  }

  /// y of the network's outputs; `before` [n, kPoolColumns].
  torch::Tensor operator()(const torch::Tensor& outputs, const torch::Tensor& before) const {
    const torch::Tensor weight = outputs.clamp(-kSteepest, kSteepest).exp();
    const torch::Tensor of_pools = weight.slice(1, 0, kPoolOutputs);
    const torch::Tensor sum = 1.0 + of_pools.matmul(group_sum);
    const torch::Tensor share = of_pools / sum.index_select(1, group_of);
    const torch::Tensor moved = before.index_select(1, source) * share.index_select(1, output);
    torch::Tensor change = moved.matmul(effect);
    const torch::Tensor nucleated = before.slice(1, kNewSulphate, kNewSulphate + 1);
    change = change + torch::cat({-nucleated, nucleated, torch::zeros({before.size(0), kNewState - 2})}, 1);
    torch::Tensor after = before.slice(1, 0, kNewState) + change;
    after = after.clamp_min(0.0);  // gas lacks what nucleates twice here, but has no water
    return torch::cat({change, after.matmul(volume) * weight.slice(1, kPoolOutputs)}, 1);
  }
};

/// Rows as tensors, and the scales of their outputs.
struct Data {
  torch::Tensor z, before, y, after;                // [n, ·]
  torch::Tensor regime;                             // [n]
  torch::Tensor median, deviation;                  // [kRegimes, kOutputs], of the regime
  torch::Tensor deviation_of_all, deviation_asinh;  // [kOutputs]
  std::vector<float> mean, spread;                  // of features

  explicit Data(const Rows& rows) {
    std::vector<float> features, nucleated;
    Emulate::features(cells_of(rows.x), features, nucleated);
    const torch::Tensor plain = tensor(features, kFeatures);
    const torch::Tensor middle = plain.mean(0), width = plain.std(0, false).clamp_min(1e-3);
    z = ((plain - middle) / width).clamp(-kFarthest, kFarthest);
    mean.assign(middle.data_ptr<float>(), middle.data_ptr<float>() + kFeatures);
    spread.assign(width.data_ptr<float>(), width.data_ptr<float>() + kFeatures);
    before = torch::cat({tensor(rows.x, kInputs).slice(1, kFirstState), tensor(nucleated, 2)}, 1);
    before.select(1, 0).sub_(before.select(1, kNewSulphate)).clamp_min_(0.0);
    y = tensor(rows.y, kOutputs);
    after = tensor(rows.new_state, kNewState);
    regime = torch::tensor(std::vector<std::int64_t>(rows.regime.begin(), rows.regime.end()));
    set_scales();
  }

  void set_scales() {
    deviation_of_all = y.std(0, false).clamp_min(1e-30);
    const torch::Tensor fallback = y.abs().mean(0).clamp_min(1e-30);
    median = torch::zeros({kRegimes, kOutputs});
    deviation = torch::zeros({kRegimes, kOutputs});
    for (std::int64_t k = 0; k < static_cast<std::int64_t>(kRegimes); ++k) {
      const torch::Tensor of = (regime == k).nonzero().flatten();
      if (of.size(0) == 0) continue;
      const torch::Tensor part = y.index_select(0, of);
      median[k] = torch::maximum(std::get<0>(part.abs().median(0)), 1e-6 * fallback);
      deviation[k] = torch::maximum(part.std(0, false), 1e-4 * deviation_of_all);
    }
    deviation_asinh = torch::asinh(y / median.index_select(0, regime)).std(0, false).clamp_min(1e-3);
  }
};

/// Weights, their averages in Adam, and how far training is.
struct State {
  std::vector<std::pair<std::string, torch::Tensor>> weights;
  std::vector<torch::Tensor> first, second;
  std::int64_t epoch = 0, step = 0;
  double loss = 0.0;

  State(std::int64_t hidden, std::uint64_t seed) {
    core::RandomStream random(seed, 0);
    const auto add = [&](const char* name, std::int64_t rows, std::int64_t columns, double scale) {
      torch::Tensor values = torch::zeros({rows, columns});
      float* at = values.data_ptr<float>();
      if (scale > 0.0)
        for (std::int64_t i = 0; i < values.numel(); ++i) at[i] = static_cast<float>(scale * random.normal());
      if (columns == 1) values = values.flatten();
      weights.emplace_back(name, values.requires_grad_());
      first.push_back(torch::zeros_like(values).detach());
      second.push_back(torch::zeros_like(values).detach());
    };
    const double inputs = static_cast<double>(kFeatures), units = static_cast<double>(hidden);
    add("weight1", hidden, kFeatures, std::sqrt(2.0 / inputs));
    add("bias1", hidden, 1, 0.0);
    add("weight2", hidden, hidden, std::sqrt(2.0 / units));
    add("bias2", hidden, 1, 0.0);
    add("weight3", kNetworkOutputs, hidden, 0.1 / std::sqrt(units));
    add("direct", kNetworkOutputs, kFeatures, 0.01);
    add("bias3", kNetworkOutputs, 1, 0.0);
    torch::NoGradGuard guard;
    weights[6].second.slice(0, 0, kPoolOutputs).fill_(-4.0);  // little moves at first
  }

  torch::Tensor operator()(const torch::Tensor& z) const {
    const auto w = [this](std::size_t i) { return weights[i].second; };
    const torch::Tensor one = torch::relu(torch::addmm(w(1), z, w(0).t()));
    const torch::Tensor two = torch::relu(torch::addmm(w(3), one, w(2).t()));
    return torch::addmm(w(6), two, w(4).t()) + z.matmul(w(5).t());
  }

  void adam(double rate) {
    torch::NoGradGuard guard;
    ++step;
    double norm = 0.0;
    for (const auto& [name, weight] : weights) norm += weight.grad().square().sum().item<double>();
    norm = std::sqrt(norm);
    const double cut = norm > 1.0 ? 1.0 / norm : 1.0, count = static_cast<double>(step);
    constexpr double kFirst = 0.9, kSecond = 0.999;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      torch::Tensor& weight = weights[i].second;
      const torch::Tensor gradient = weight.grad() * cut;
      first[i].mul_(kFirst).add_(gradient, 1.0 - kFirst);
      second[i].mul_(kSecond).addcmul_(gradient, gradient, 1.0 - kSecond);
      const torch::Tensor root = (second[i] / (1.0 - std::pow(kSecond, count))).sqrt_().add_(1e-8);
      weight.addcdiv_(first[i], root, -rate / (1.0 - std::pow(kFirst, count)));
      weight.mutable_grad() = torch::Tensor();
    }
  }
};

std::vector<float> values_of(const torch::Tensor& any) {
  const torch::Tensor flat = any.detach().contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

std::string options_of(const EmulatorTraining& training, std::size_t rows) {
  std::string text = fmt::format("rows {}", rows);
  core::for_each_field<EmulatorTraining>(
      [&](const auto& each) { text += fmt::format(", {} {}", each.name, core::field_text(each, each.of(training))); });
  return text;
}

void write_checkpoint(const std::string& path, const State& state, const std::string& options) {
  if (path.empty()) return;
  event::SafeTensors file;
  const auto add = [&](const std::string& name, const torch::Tensor& values) {
    file.tensors[name] = {values.sizes().vec(), values_of(values)};
  };
  for (std::size_t i = 0; i < state.weights.size(); ++i) {
    add(state.weights[i].first, state.weights[i].second);
    add(fmt::format("first_{}", state.weights[i].first), state.first[i]);
    add(fmt::format("second_{}", state.weights[i].first), state.second[i]);
  }
  file.tensors["progress"] = {
      {3}, std::vector<double>{static_cast<double>(state.epoch), static_cast<double>(state.step), state.loss}};
  file.metadata["options"] = options;
  event::write_safetensors(path, file);
}

void read_checkpoint(const std::string& path, State& state, const std::string& options) {
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
  for (std::size_t i = 0; i < state.weights.size(); ++i) {
    fill(state.weights[i].first, state.weights[i].second);
    fill(fmt::format("first_{}", state.weights[i].first), state.first[i]);
    fill(fmt::format("second_{}", state.weights[i].first), state.second[i]);
  }
  const auto* progress = std::get_if<std::vector<double>>(&get("progress").values);
  if (progress == nullptr || progress->size() != 3) throw core::InputError({path, "progress", {}}, "is damaged");
  state.epoch = static_cast<std::int64_t>((*progress)[0]);
  state.step = static_cast<std::int64_t>((*progress)[1]);
  state.loss = (*progress)[2];
}

/// The mean loss of some rows.
torch::Tensor loss_of(const State& state, const PoolTensors& pools, const Data& data, const torch::Tensor& rows,
                      const EmulatorTraining& training) {
  const torch::Tensor y = data.y.index_select(0, rows), regime = data.regime.index_select(0, rows);
  const torch::Tensor found = pools(state(data.z.index_select(0, rows)), data.before.index_select(0, rows));
  const torch::Tensor error = found - y, median = data.median.index_select(0, regime);
  const torch::Tensor by_asinh = (torch::asinh(found / median) - torch::asinh(y / median)) / data.deviation_asinh;
  torch::Tensor loss = by_asinh.square().mean();
  if (training.squares > 0.0)
    loss = loss + 0.5 * training.squares *
                      ((error / data.deviation_of_all).square().mean() +
                       (error / data.deviation.index_select(0, regime)).square().mean());
  if (training.relative > 0.0) {
    const torch::Tensor percent =
        100.0 * error.slice(1, 0, kNewState) /
        (data.after.index_select(0, rows) + 1e-6 * data.deviation_of_all.slice(0, 0, kNewState));
    loss = loss + training.relative * torch::log1p(percent.square()).mean();
  }
  return loss;
}

/// Rows of an epoch in the order in which it sees them.
std::vector<std::int64_t> order_of(std::int64_t rows, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  core::RandomStream random(seed, static_cast<std::uint64_t>(epoch) + 1);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  return order;
}

/// One epoch; false where it was stopped.
bool run_epoch(State& state, const PoolTensors& pools, const Data& data, const EmulatorTraining& training,
               const EmulatorRun& run) {
  const std::int64_t n = data.y.size(0), batch = std::min<std::int64_t>(training.batch, n), batches = n / batch;
  const auto all = static_cast<double>(batches * training.epochs);
  const std::vector<std::int64_t> order = order_of(n, static_cast<std::uint64_t>(training.seed), state.epoch);
  double sum = 0.0;
  for (std::int64_t b = 0; b < batches; ++b) {
    const torch::Tensor rows = torch::from_blob(const_cast<std::int64_t*>(&order[static_cast<std::size_t>(b * batch)]),
                                                {batch}, torch::kInt64);
    const torch::Tensor loss = loss_of(state, pools, data, rows, training);
    loss.backward();
    sum += loss.item<double>();
    const double at = static_cast<double>(state.step) / all,
                 warm = std::min(1.0, (1.0 + static_cast<double>(state.step)) / 300.0);
    state.adam(training.learning_rate * warm * 0.5 * (1.0 + std::cos(std::numbers::pi * at)));
    if (run.progress && (b + 1) % 20 == 0)
      run.progress(
          {state.step, batches * training.epochs, fmt::format("loss {:.4f}", sum / static_cast<double>(b + 1))});
    if (run.stop && run.stop()) return false;
  }
  state.loss = sum / static_cast<double>(batches);
  return true;
}

}  // namespace

TrainedEmulator train_emulator(const Rows& rows, const EmulatorTraining& training, const EmulatorRun& run) {
  core::check_fields(training, "");
  if (rows.size() == 0) throw core::InputError({"", "rows", "0"}, "are none to learn from");
  shim::use_one_thread_per_operation();
  const Data data(rows);
  const PoolTensors pools;
  State state(training.hidden, static_cast<std::uint64_t>(training.seed));
  const std::string options = options_of(training, rows.size());
  read_checkpoint(run.checkpoint, state, options);
  TrainedEmulator result;
  while (state.epoch < training.epochs && result.finished) {
    result.finished = run_epoch(state, pools, data, training, run);
    if (!result.finished) break;
    ++state.epoch;
    write_checkpoint(run.checkpoint, state, options);
  }
  EmulatorModel& model = result.model;
  model.hidden = static_cast<std::size_t>(training.hidden);
  model.mean = data.mean;
  model.deviation = data.spread;
  const std::array into{&model.weight1, &model.bias1,  &model.weight2, &model.bias2,
                        &model.weight3, &model.direct, &model.bias3};
  for (std::size_t i = 0; i < into.size(); ++i) *into[i] = values_of(state.weights[i].second);
  model.metadata["training"] = options;
  result.loss = state.loss;
  return result;
}

}  // namespace difftrack::learn
