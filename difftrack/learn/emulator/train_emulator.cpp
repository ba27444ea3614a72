// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/train_emulator.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <vector>

#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/aerosol/emulator/pools.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/learn/emulator/share_head.hpp"
#include "difftrack/learn/emulator/training_loop.hpp"

namespace difftrack::learn {

namespace {

using namespace aerosol;

/// What M7's pools and its water make of a network's outputs.
struct PoolTensors {
  ShareHead head{kPools, static_cast<std::int64_t>(kPoolOutputs), static_cast<std::int64_t>(kNewState)};
  torch::Tensor volume;  // [kNewState, kSoluble]

  PoolTensors() {
    volume = torch::zeros({kNewState, kSoluble});
    for (std::size_t c = 0; c < kNewState; ++c)
      if (kWetVolumes[c].mode >= 0)
        volume.index_put_({static_cast<std::int64_t>(c), kWetVolumes[c].mode}, kWetVolumes[c].volume);
  }

  /// y of the network's outputs; `before` [n, kPoolColumns].
  torch::Tensor operator()(const torch::Tensor& outputs, const torch::Tensor& before) const {
    const torch::Tensor weight = outputs.clamp(-kSteepest, kSteepest).exp();
    torch::Tensor change = head(weight.slice(1, 0, kPoolOutputs), before);
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
    const torch::Tensor plain = read(rows);
    const torch::Tensor middle = plain.mean(0), width = plain.std(0, false).clamp_min(1e-3);
    mean = values_of(middle);
    spread = values_of(width);
    z = ((plain - middle) / width).clamp(-kFarthest, kFarthest);
    set_scales();
  }

  /// Other rows, scales as they are.
  void renew(const Rows& rows) {
    const torch::Tensor plain = read(rows);
    z = ((plain - table_of(mean, kFeatures)) / table_of(spread, kFeatures)).clamp(-kFarthest, kFarthest);
  }

 private:
  /// All but z; the features as they are.
  torch::Tensor read(const Rows& rows) {
    std::vector<float> features, nucleated;
    Emulate::features(cells_of(rows.x), features, nucleated);
    before = torch::cat({table_of(rows.x, kInputs).slice(1, kFirstState), table_of(nucleated, 2)}, 1);
    before.select(1, 0).sub_(before.select(1, kNewSulphate)).clamp_min_(0.0);
    y = table_of(rows.y, kOutputs);
    after = table_of(rows.new_state, kNewState);
    regime = torch::tensor(std::vector<std::int64_t>(rows.regime.begin(), rows.regime.end()));
    return table_of(features, kFeatures);
  }

  void set_scales() {
    deviation_of_all = y.std(0, false).clamp_min(1e-12);
    const torch::Tensor fallback = y.abs().mean(0).clamp_min(1e-12);
    median = torch::zeros({kRegimes, kOutputs});
    deviation = torch::zeros({kRegimes, kOutputs});
    for (std::int64_t k = 0; k < static_cast<std::int64_t>(kRegimes); ++k) {
      const torch::Tensor of = (regime == k).nonzero().flatten();
      const torch::Tensor part = of.size(0) > 0 ? y.index_select(0, of) : y;  // none here: fresh rows may have some
      median[k] = torch::maximum(std::get<0>(part.abs().median(0)), 1e-6 * fallback);
      deviation[k] = torch::maximum(part.std(0, false), 1e-4 * deviation_of_all);
    }
    deviation_asinh = torch::asinh(y / median.index_select(0, regime)).std(0, false).clamp_min(1e-3);
  }
};

/// The network of an emulator, with weights in the order of EmulatorModel.
EmulatorState begin(std::int64_t hidden, std::uint64_t seed) {
  core::RandomStream random(seed, 0);
  EmulatorState state;
  const double inputs = static_cast<double>(kFeatures), units = static_cast<double>(hidden);
  state.add("weight1", hidden, kFeatures, std::sqrt(2.0 / inputs), random);
  state.add("bias1", hidden, 0, 0.0, random);
  state.add("weight2", hidden, hidden, std::sqrt(2.0 / units), random);
  state.add("bias2", hidden, 0, 0.0, random);
  state.add("weight3", kNetworkOutputs, hidden, 0.1 / std::sqrt(units), random);
  state.add("direct", kNetworkOutputs, kFeatures, 0.01, random);
  state.add("bias3", kNetworkOutputs, 0, 0.0, random);
  torch::NoGradGuard guard;
  state[6].slice(0, 0, kPoolOutputs).fill_(-4.0);  // little moves at first
  return state;
}

torch::Tensor outputs_of(const EmulatorState& w, const torch::Tensor& z) {
  const torch::Tensor one = torch::relu(torch::addmm(w[1], z, w[0].t()));
  const torch::Tensor two = torch::relu(torch::addmm(w[3], one, w[2].t()));
  return torch::addmm(w[6], two, w[4].t()) + z.matmul(w[5].t());
}

std::string options_of(const EmulatorTraining& training, std::size_t rows) {
  std::string text = fmt::format("rows {}", rows);
  core::for_each_field<EmulatorTraining>(
      [&](const auto& each) { text += fmt::format(", {} {}", each.name, core::field_text(each, each.of(training))); });
  return text;
}

/// Rows that no other epoch sees.
Rows fresh_rows(const EmulatorTraining& training, std::int64_t epoch) {
  SampleBoxes::Config config;
  config.seed = training.fresh_seed;
  return SampleBoxes(config)(epoch * training.fresh, training.fresh);
}

/// The mean loss of some rows.
torch::Tensor loss_of(const EmulatorState& state, const PoolTensors& pools, const Data& data, const torch::Tensor& rows,
                      const EmulatorTraining& training) {
  const torch::Tensor y = data.y.index_select(0, rows), regime = data.regime.index_select(0, rows);
  const torch::Tensor found = pools(outputs_of(state, data.z.index_select(0, rows)), data.before.index_select(0, rows));
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

}  // namespace

TrainedEmulator train_emulator(const Rows& rows, const EmulatorTraining& training, const EmulatorRun& run) {
  core::check_fields(training, "");
  if (rows.size() == 0) throw core::InputError({"", "rows", "0"}, "are none to learn from");
  Data data(rows);
  const PoolTensors pools;
  EmulatorState state = begin(training.hidden, static_cast<std::uint64_t>(training.seed));
  const std::string options = options_of(training, rows.size());
  EmulatorTask task;
  task.rows = [&](std::int64_t epoch) {
    if (training.fresh > 0) data.renew(fresh_rows(training, epoch));
    return data.y.size(0);
  };
  task.loss = [&](const torch::Tensor& some) { return loss_of(state, pools, data, some, training); };
  TrainedEmulator result;
  result.finished = run_training(state, task,
                                 {.epochs = training.epochs,
                                  .batch = training.batch,
                                  .learning_rate = training.learning_rate,
                                  .seed = static_cast<std::uint64_t>(training.seed)},
                                 run, options);
  EmulatorModel& model = result.model;
  model.hidden = static_cast<std::size_t>(training.hidden);
  model.mean = data.mean;
  model.deviation = data.spread;
  const std::array into{&model.weight1, &model.bias1,  &model.weight2, &model.bias2,
                        &model.weight3, &model.direct, &model.bias3};
  for (std::size_t i = 0; i < into.size(); ++i) *into[i] = state.values(i);
  model.metadata["training"] = options;
  result.loss = state.loss;
  return result;
}

}  // namespace difftrack::learn
