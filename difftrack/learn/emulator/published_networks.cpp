// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/published_networks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/learn/emulator/training_loop.hpp"

namespace difftrack::learn {

namespace {

using namespace aerosol;

/// The tendencies of a species, and the one that completes their sum to 0.
struct SpeciesColumns {
  std::int64_t first, last, completed;
  double mass_weight;  // of the published loss
};
constexpr std::array<SpeciesColumns, 4> kSpecies{
    {{0, 5, 4, 1e-7}, {5, 9, 7, 2e4}, {9, 13, 11, 2e3}, {13, 17, 13, 0.1}}};
/// Weights of the published loss of negative values, by column up to which they hold.
constexpr std::array<std::pair<std::int64_t, double>, 6> kNegativeWeights{
    {{5, 1e-11}, {9, 1e6}, {13, 1e7}, {17, 1e3}, {24, 1e-8}, {28, 1.0}}};
/// Tendencies that have both signs, and those of the others: gas, what leaves insoluble modes, and their particles
/// never grow.
constexpr std::array<std::int64_t, 11> kBothSigns{1, 2, 3, 5, 6, 9, 10, 13, 17, 18, 19};
constexpr std::array<std::int64_t, 8> kNeverUp{0, 8, 12, 15, 16, 21, 22, 23};
constexpr double kLeast = 1e-8;  // beside amounts in logarithms

torch::Tensor logarithms(const torch::Tensor& values) { return (values.abs() + kLeast).log(); }

/// x and y of a network and their transformation.
class Transformation {
 public:
  Transformation(const torch::Tensor& x, const torch::Tensor& y, TendencyForm form)
      : logs_(form == TendencyForm::Logarithms) {
    const torch::Tensor in = logs_ ? logarithms(x) : x, out = logs_ ? logarithms(y) : y;
    mean_x_ = in.mean(0), spread_x_ = in.std(0, false).clamp_min(1e-12);
    mean_y_ = out.mean(0), spread_y_ = out.std(0, false).clamp_min(1e-30);
    both_ = torch::tensor(std::vector<std::int64_t>(kBothSigns.begin(), kBothSigns.end()));
    signs_ = torch::ones({kOutputs});
    for (const std::int64_t c : kNeverUp) signs_.index_put_({c}, -1.0);
  }

  std::int64_t outputs() const {
    return static_cast<std::int64_t>(kOutputs) + (logs_ ? static_cast<std::int64_t>(kBothSigns.size()) : 0);
  }
  torch::Tensor inputs(const torch::Tensor& x) const { return ((logs_ ? logarithms(x) : x) - mean_x_) / spread_x_; }
  /// Tendencies that outputs mean; `hard`: signs are 1 or -1, else what is likely.
  torch::Tensor tendencies(const torch::Tensor& outputs, bool hard) const {
    const torch::Tensor values = outputs.slice(1, 0, kOutputs) * spread_y_ + mean_y_;
    if (!logs_) return values;
    const torch::Tensor sign = outputs.slice(1, kOutputs);
    torch::Tensor signs = signs_.expand({outputs.size(0), static_cast<std::int64_t>(kOutputs)}).clone();
    signs.index_copy_(1, both_,
                      (hard ? torch::where(sign >= 0.0, 1.0, -1.0) : torch::tanh(0.5 * sign)).to(signs.dtype()));
    return signs * (values.clamp_max(60.0).exp() - kLeast).clamp_min(0.0);
  }
  /// Squared errors of what outputs mean, and of signs; `tendencies` where they are other than the outputs say.
  torch::Tensor loss(const torch::Tensor& outputs, const torch::Tensor& y, const torch::Tensor& tendencies) const {
    torch::Tensor z = outputs.slice(1, 0, kOutputs);
    if (tendencies.defined()) z = ((logs_ ? logarithms(tendencies) : tendencies) - mean_y_) / spread_y_;
    const torch::Tensor truth = ((logs_ ? logarithms(y) : y) - mean_y_) / spread_y_;
    torch::Tensor loss = (z - truth).square().mean();
    if (logs_)
      loss = loss + torch::binary_cross_entropy_with_logits(outputs.slice(1, kOutputs),
                                                            (y.index_select(1, both_) >= 0.0).to(torch::kFloat32));
    return loss;
  }

 private:
  bool logs_;
  torch::Tensor mean_x_, spread_x_, mean_y_, spread_y_, both_, signs_;
};

torch::Tensor completed(const torch::Tensor& y) {
  std::vector<torch::Tensor> columns = y.unbind(1);
  for (const SpeciesColumns& s : kSpecies) {
    torch::Tensor sum = torch::zeros_like(columns[0]);
    for (std::int64_t c = s.first; c < s.last; ++c)
      if (c != s.completed) sum = sum + columns[static_cast<std::size_t>(c)];
    columns[static_cast<std::size_t>(s.completed)] = -sum;
  }
  return torch::stack(columns, 1);
}

/// The published losses beside squared errors.
torch::Tensor constraint_losses(const torch::Tensor& y, const torch::Tensor& state, const PublishedTraining& training) {
  torch::Tensor loss = torch::zeros({});
  if (training.mass_loss > 0.0)
    for (const SpeciesColumns& s : kSpecies)
      loss = loss + training.mass_loss * s.mass_weight * y.slice(1, s.first, s.last).sum(1).abs().mean();
  if (training.positivity_loss <= 0.0) return loss;
  const torch::Tensor after = torch::cat({state + y.slice(1, 0, kNewState), y.slice(1, kNewState)}, 1);
  const torch::Tensor squares = torch::relu(-after).square().mean(0);
  std::int64_t first = 0;
  for (const auto& [last, weight] : kNegativeWeights) {
    loss = loss + training.positivity_loss * weight * squares.slice(0, first, last).mean();
    first = last;
  }
  return loss;
}

EmulatorState begin(const PublishedTraining& training, std::int64_t outputs) {
  core::RandomStream random(static_cast<std::uint64_t>(training.seed), 0);
  EmulatorState state;
  const std::int64_t h = training.hidden, in = kInputs;
  const auto layer = [&](const char* weight, const char* bias, std::int64_t rows, std::int64_t columns) {
    state.add(weight, rows, columns, std::sqrt(1.0 / (3.0 * static_cast<double>(columns))), random);
    state.add(bias, rows, 0, 0.0, random);
  };
  layer("weight1", "bias1", h, in);
  layer("weight2", "bias2", h, h);
  layer("weight3", "bias3", outputs, h);
  return state;
}

torch::Tensor outputs_of(const EmulatorState& w, const torch::Tensor& z) {
  const torch::Tensor one = torch::relu(torch::addmm(w[1], z, w[0].t()));
  const torch::Tensor two = torch::relu(torch::addmm(w[3], one, w[2].t()));
  return torch::addmm(w[5], two, w[4].t());
}

/// First row of the boxes that choose the epoch.
std::int64_t first_validation_row(const Rows& rows, double share) {
  auto first = static_cast<std::size_t>((1.0 - share) * static_cast<double>(rows.size()));
  while (first > 0 && first < rows.size() && rows.box[first] == rows.box[first - 1]) ++first;
  return static_cast<std::int64_t>(first);
}

EmulatedRows rows_of(const torch::Tensor& y, const torch::Tensor& state) {
  const auto values = [](const torch::Tensor& any) {
    const torch::Tensor flat = any.contiguous();
    return std::vector<double>(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
  };
  return {values(y), values(state + y.slice(1, 0, kNewState))};
}

PublishedAnswers answers_of(const EmulatorState& state, const Transformation& transformation,
                            const std::vector<float>& asked, bool complete) {
  torch::NoGradGuard guard;
  const torch::Tensor x = table_of(asked, kInputs), before = x.slice(1, kFirstState).to(torch::kFloat64);
  std::vector<torch::Tensor> parts;
  constexpr std::int64_t kTogether = 8192;
  for (std::int64_t first = 0; first < x.size(0); first += kTogether)
    parts.push_back(transformation.tendencies(
        outputs_of(state, transformation.inputs(x.slice(0, first, std::min(x.size(0), first + kTogether))))
            .to(torch::kFloat64),
        true));
  torch::Tensor y = torch::cat(parts);
  const torch::Tensor whole = completed(y);
  if (complete) y = whole;
  const torch::Tensor positive = torch::cat(
      {(before + y.slice(1, 0, kNewState)).clamp_min(0.0) - before, y.slice(1, kNewState).clamp_min(0.0)}, 1);
  PublishedAnswers answers{rows_of(y, before), rows_of(whole, before), rows_of(positive, before)};
  for (double& value : answers.corrected.new_state) value = std::max(0.0, value);  // x + (0 - x) may be 1e-17 less
  return answers;
}

}  // namespace

TrainedPublished train_published(const Rows& rows, const std::vector<float>& asked, const PublishedTraining& training,
                                 const EmulatorRun& run) {
  core::check_fields(training, "");
  const std::int64_t all = static_cast<std::int64_t>(rows.size()), n = first_validation_row(rows, training.validation);
  if (n < 2) throw core::InputError({"", "rows", fmt::format("{}", all)}, "are too few to learn from");
  const torch::Tensor x = table_of(rows.x, kInputs), y = table_of(rows.y, kOutputs);
  const torch::Tensor before = x.slice(1, kFirstState);
  const Transformation transformation(x.slice(0, 0, n), y.slice(0, 0, n), training.form);
  const torch::Tensor z = transformation.inputs(x);
  EmulatorState state = begin(training, transformation.outputs());
  const auto loss_of = [&](const torch::Tensor& inputs, const torch::Tensor& truth, const torch::Tensor& old) {
    const torch::Tensor outputs = outputs_of(state, inputs);
    torch::Tensor changed, tendencies;
    const bool constrained = training.mass_loss > 0.0 || training.positivity_loss > 0.0;
    if (training.complete || constrained) tendencies = transformation.tendencies(outputs, false);
    if (training.complete) changed = tendencies = completed(tendencies);
    torch::Tensor loss = transformation.loss(outputs, truth, changed);
    return constrained ? loss + constraint_losses(tendencies, old, training) : loss;
  };
  EmulatorTask task;
  task.rows = [n](std::int64_t) { return n; };
  task.loss = [&](const torch::Tensor& some) {
    return loss_of(z.index_select(0, some), y.index_select(0, some), before.index_select(0, some));
  };
  if (n < all)
    task.validation = [&] { return loss_of(z.slice(0, n), y.slice(0, n), before.slice(0, n)).item<double>(); };
  std::string options = fmt::format("published, rows {}", all);
  core::for_each_field<PublishedTraining>([&](const auto& each) {
    options += fmt::format(", {} {}", each.name, core::field_text(each, each.of(training)));
  });
  TrainedPublished result;
  result.finished = run_training(state, task,
                                 {.epochs = training.epochs,
                                  .batch = training.batch,
                                  .learning_rate = training.learning_rate,
                                  .weight_decay = training.weight_decay,
                                  .steady = true,
                                  .seed = static_cast<std::uint64_t>(training.seed)},
                                 run, options);
  result.loss = state.loss;
  if (result.finished) result.answers = answers_of(state, transformation, asked, training.complete);
  return result;
}

}  // namespace difftrack::learn
