// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/layer_emulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/learn/emulator/share_head.hpp"

namespace difftrack::learn {

namespace {

/// Columns: energy, deposit. Output 0 of the head sends energy to the deposit, the rest goes on.
constexpr std::array<aerosol::Pool, 1> kEnergyPool{{{0, 0, 1, {1, -1, -1, -1}, 0}}};
constexpr std::int64_t kInputs = 4;
enum Output : std::int64_t { Stops, Share, ShareSpread, KinkSpread, kOutputs };

torch::Tensor column(const std::vector<double>& values) {
  return torch::tensor(std::vector<float>(values.begin(), values.end()));
}

}  // namespace

torch::Tensor LayerEmulator::inputs(const torch::Tensor& e) const {
  const torch::Tensor plain = torch::stack({e, e.log(), 1.0 / e, 1.0 / (e * e)}, 1);
  return mean_.defined() ? (plain - mean_) / deviation_ : plain;
}

torch::Tensor LayerEmulator::outputs(const torch::Tensor& z) const {
  const torch::Tensor one = torch::tanh(torch::addmm(state_[1], z, state_[0].t()));
  const torch::Tensor two = torch::tanh(torch::addmm(state_[3], one, state_[2].t()));
  return torch::addmm(state_[5], two, state_[4].t());
}

detector::LayerCrossings LayerEmulator::operator()(const std::vector<double>& energies, std::uint64_t seed) const {
  torch::NoGradGuard guard;
  shim::use_one_thread_per_operation();
  const ShareHead head(kEnergyPool, 1, 2);
  detector::LayerCrossings all;
  all.resize(energies.size());
  all.energy_in = energies;
  constexpr std::size_t kTogether = 4096;
  for (std::size_t first = 0; first < energies.size(); first += kTogether) {
    const std::size_t n = std::min(kTogether, energies.size() - first);
    const std::vector<double> some(energies.begin() + static_cast<std::ptrdiff_t>(first),
                                   energies.begin() + static_cast<std::ptrdiff_t>(first + n));
    const torch::Tensor out = outputs(inputs(column(some)));
    const auto o = out.accessor<float, 2>();
    core::RandomStream random(seed, first);
    std::vector<double> weight(n);
    std::vector<bool> stops(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<std::int64_t>(i);
      stops[i] = random.uniform() < 1.0 / (1.0 + std::exp(-o[row][Stops]));
      weight[i] = std::exp(std::clamp(o[row][Share] + std::exp(o[row][ShareSpread]) * random.normal(), -40.0, 40.0));
      if (stops[i]) continue;
      const double spread = std::exp(o[row][KinkSpread]);
      all.kink_x[first + i] = spread * random.normal();
      all.kink_y[first + i] = spread * random.normal();
    }
    const torch::Tensor before = torch::stack(
        {torch::tensor(some, torch::kFloat64), torch::zeros({static_cast<std::int64_t>(n)}, torch::kFloat64)}, 1);
    const torch::Tensor after = before + head(torch::tensor(weight, torch::kFloat64).unsqueeze(1), before);
    const auto divided = after.accessor<double, 2>();
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<std::int64_t>(i);
      all.energy_out[first + i] = stops[i] ? 0.0 : divided[row][0];
      all.deposit[first + i] = stops[i] ? some[i] : divided[row][1];
    }
  }
  return all;
}

LayerEmulator train_layer(const detector::LayerCrossings& crossings, const LayerTraining& training,
                          const EmulatorRun& run) {
  core::check_fields(training, "");
  if (crossings.size() < 2)
    throw core::InputError({"", "crossings", fmt::format("{}", crossings.size())}, "are too few to learn from");
  LayerEmulator emulator;
  const torch::Tensor plain = emulator.inputs(column(crossings.energy_in));
  emulator.mean_ = plain.mean(0);
  emulator.deviation_ = plain.std(0, false).clamp_min(1e-6);
  const torch::Tensor z = (plain - emulator.mean_) / emulator.deviation_;
  const torch::Tensor out = column(crossings.energy_out), kept = column(crossings.deposit);
  const torch::Tensor on = (out > 0.0).to(torch::kFloat32);
  const torch::Tensor logit = torch::where(out > 0.0, (kept.clamp_min(1e-6) / out.clamp_min(1e-6)).log(), 0.0);
  const torch::Tensor kink2 = 0.5 * (column(crossings.kink_x).square() + column(crossings.kink_y).square());
  core::RandomStream random(static_cast<std::uint64_t>(training.seed), 0);
  const std::int64_t h = training.hidden;
  const auto layer = [&](const char* weight, const char* bias, std::int64_t rows, std::int64_t columns) {
    emulator.state_.add(weight, rows, columns, std::sqrt(1.0 / static_cast<double>(columns)), random);
    emulator.state_.add(bias, rows, 0, 0.0, random);
  };
  layer("weight1", "bias1", h, kInputs);
  layer("weight2", "bias2", h, h);
  layer("weight3", "bias3", kOutputs, h);
  EmulatorTask task;
  task.rows = [&](std::int64_t) { return z.size(0); };
  task.loss = [&](const torch::Tensor& some) {
    const torch::Tensor o = emulator.outputs(z.index_select(0, some)), goes = on.index_select(0, some);
    const auto of = [&](Output which) { return o.select(1, which); };
    const torch::Tensor off = (logit.index_select(0, some) - of(Share)) * torch::exp(-of(ShareSpread));
    const torch::Tensor share = 0.5 * off.square() + of(ShareSpread);
    const torch::Tensor kink = kink2.index_select(0, some) * torch::exp(-2.0 * of(KinkSpread)) + 2.0 * of(KinkSpread);
    return torch::binary_cross_entropy_with_logits(of(Stops), 1.0 - goes) + (goes * (share + kink)).mean();
  };
  std::string options = fmt::format("layer, protons {}", crossings.size());
  run_training(emulator.state_, task,
               {.epochs = training.epochs,
                .batch = training.batch,
                .learning_rate = training.learning_rate,
                .seed = static_cast<std::uint64_t>(training.seed)},
               run, options);
  return emulator;
}

std::vector<LayerMoments> layer_moments(const detector::LayerCrossings& c, double lowest, double highest,
                                        std::size_t intervals) {
  std::vector<LayerMoments> all(intervals);
  const double width = (highest - lowest) / static_cast<double>(intervals);
  const auto interval_of = [&](double energy) {
    return static_cast<std::ptrdiff_t>(std::floor((energy - lowest) / width));
  };
  const auto each = [&](const auto& visit) {
    for (std::size_t i = 0; i < c.size(); ++i) {
      const std::ptrdiff_t at = interval_of(c.energy_in[i]);
      if (at >= 0 && at < static_cast<std::ptrdiff_t>(intervals)) visit(all[static_cast<std::size_t>(at)], i);
    }
  };
  each([&](LayerMoments& m, std::size_t i) {
    ++m.protons;
    if (c.energy_out[i] <= 0.0)
      m.stopped += 1.0;
    else
      m.deposit += c.deposit[i], m.kink += 0.5 * (c.kink_x[i] * c.kink_x[i] + c.kink_y[i] * c.kink_y[i]);
  });
  for (std::size_t k = 0; k < intervals; ++k) {
    LayerMoments& m = all[k];
    m.energy = lowest + (static_cast<double>(k) + 0.5) * width;
    const double on = std::max(1.0, static_cast<double>(m.protons) - m.stopped);
    m.stopped /= std::max(1.0, static_cast<double>(m.protons));
    m.deposit /= on;
    m.kink = std::sqrt(m.kink / on);
  }
  each([&](LayerMoments& m, std::size_t i) {
    if (c.energy_out[i] > 0.0) m.deposit_spread += (c.deposit[i] - m.deposit) * (c.deposit[i] - m.deposit);
  });
  for (LayerMoments& m : all)
    m.deposit_spread = std::sqrt(m.deposit_spread / std::max(1.0, static_cast<double>(m.protons) * (1.0 - m.stopped)));
  return all;
}

std::string layer_table(const std::vector<LayerMoments>& simulated, const std::vector<LayerMoments>& emulated) {
  std::string text =
      fmt::format("{:>8} {:>8} {:>15} {:>17} {:>17} {:>17}\n{:>8} {:>8} {:>15} {:>17} {:>17} {:>17}\n", "energy",
                  "protons", "stopped", "deposit", "its deviation", "kink", "MeV", "", "share", "MeV", "MeV", "mrad");
  for (std::size_t k = 0; k < simulated.size(); ++k) {
    const LayerMoments &s = simulated[k], &e = emulated.at(k);
    text += fmt::format("{:>8.1f} {:>8} {:>7.4f} {:>7.4f} {:>8.4f} {:>8.4f} {:>8.4f} {:>8.4f} {:>8.3f} {:>8.3f}\n",
                        s.energy, s.protons, s.stopped, e.stopped, s.deposit, e.deposit, s.deposit_spread,
                        e.deposit_spread, 1e3 * s.kink, 1e3 * e.kink);
  }
  return text;
}

}  // namespace difftrack::learn
