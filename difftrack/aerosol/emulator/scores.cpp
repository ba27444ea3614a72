// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/emulator/scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/core/error.hpp"

namespace difftrack::aerosol {

namespace {

/// R² of pairs (true, found).
class Fit {
 public:
  void add(double truth, double found) {
    ++n_;
    const double delta = truth - mean_;  // Welford's update
    mean_ += delta / static_cast<double>(n_);
    variance_ += delta * (truth - mean_);
    errors_ += (found - truth) * (found - truth);
  }
  std::size_t size() const { return n_; }
  double errors() const { return errors_; }
  double variance() const { return variance_; }
  bool varies() const { return variance_ > 0.0; }
  double r2() const { return varies() ? 1.0 - errors_ / variance_ : std::numeric_limits<double>::quiet_NaN(); }

 private:
  std::size_t n_ = 0;
  double mean_ = 0.0, variance_ = 0.0, errors_ = 0.0;
};

/// Mean R² of those columns that vary.
template <class Fits>
double mean_r2(const Fits& fits) {
  double sum = 0.0;
  std::size_t n = 0;
  for (const Fit& fit : fits)
    if (fit.varies()) sum += fit.r2(), ++n;
  return n > 0 ? sum / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN();
}

using Fits = std::array<Fit, kOutputs>;

/// Median of |y| of each regime and column; a millionth of the column's mean where more than half are 0.
std::array<std::array<double, kOutputs>, kRegimes> medians(const Rows& rows) {
  std::array<std::array<double, kOutputs>, kRegimes> result{};
  for (std::size_t c = 0; c < kOutputs; ++c) {
    std::array<std::vector<float>, kRegimes> values;
    double mean = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const float value = std::abs(rows.y[i * kOutputs + c]);
      values[rows.regime[i]].push_back(value);
      mean += double{value} / static_cast<double>(rows.size());
    }
    for (std::size_t k = 0; k < kRegimes; ++k) {
      if (values[k].empty()) continue;
      const auto middle = values[k].begin() + static_cast<std::ptrdiff_t>(values[k].size() / 2);
      std::nth_element(values[k].begin(), middle, values[k].end());
      result[k][c] = std::max({double{*middle}, 1e-6 * mean, 1e-300});
    }
  }
  return result;
}

void score_tendencies(const Rows& rows, const std::vector<double>& y, EmulatorScores& scores) {
  const auto median = medians(rows);
  Fits all, logs, asinhs;
  std::array<Fits, kRegimes> regimes;
  Fit nucleating;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t c = 0; c < kOutputs; ++c) {
      const double truth = rows.y[i * kOutputs + c], found = y[i * kOutputs + c], scale = median[rows.regime[i]][c];
      all[c].add(truth, found);
      logs[c].add(std::log(std::abs(truth) + 1e-8), std::log(std::abs(found) + 1e-8));
      asinhs[c].add(std::asinh(truth / scale), std::asinh(found / scale));
      regimes[rows.regime[i]][c].add(truth, found);
      if (c == kNewState - kModes && rows.nucleation_rate[i] > 1.0F) nucleating.add(truth, found);
    }
  double squares = 0.0;
  for (std::size_t c = 0; c < kOutputs; ++c) {
    scores.r2[c] = all[c].r2();
    if (all[c].varies()) squares += all[c].errors() / all[c].variance() / kOutputs;
  }
  scores.r2_mean = mean_r2(all);
  scores.rmse = std::sqrt(squares);
  scores.r2_log = mean_r2(logs);
  scores.asinh_skill = mean_r2(asinhs);
  scores.r2_nucleating = nucleating.r2();
  for (std::size_t k = 0; k < kRegimes; ++k) scores.r2_regime[k] = mean_r2(regimes[k]);
}

void score_masses(const Rows& rows, const std::vector<double>& y, EmulatorScores& scores) {
  constexpr std::array<std::array<std::size_t, 2>, 4> kSpecies{{{0, 5}, {5, 9}, {9, 13}, {13, 17}}};
  const auto n = static_cast<double>(rows.size());
  for (const auto& [first, last] : kSpecies) {
    double bias = 0.0, squares = 0.0, mass = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      double sum = 0.0;
      for (std::size_t c = first; c < last; ++c) {
        sum += y[i * kOutputs + c];
        mass += rows.x[i * kInputs + kFirstState + c] / n;
      }
      bias += sum / n;
      squares += sum * sum / n;
    }
    if (mass <= 0.0) continue;
    if (std::abs(bias / mass) > std::abs(scores.mass_bias)) scores.mass_bias = bias / mass;
    scores.mass_rmse = std::max(scores.mass_rmse, std::sqrt(squares) / mass);
  }
}

void score_states(const Rows& rows, const std::vector<double>& new_state, EmulatorScores& scores) {
  std::array<double, kNewState> mean{};
  for (std::size_t i = 0; i < rows.new_state.size(); ++i)
    mean[i % kNewState] += rows.new_state[i] / static_cast<double>(rows.size());
  double values = 0.0, negative = 0.0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t c = 0; c < kNewState; ++c) {
      const double truth = rows.new_state[i * kNewState + c], found = new_state[i * kNewState + c];
      const double old = rows.x[i * kInputs + kFirstState + c];
      if (found < 0.0) negative += 1.0, scores.negative_mean += mean[c] > 0.0 ? found / mean[c] : 0.0;
      if (truth == 0.0 && old == 0.0) continue;
      values += 1.0;
      const double off = std::abs(found - truth), same = std::abs(old - truth);
      scores.within_1 += off <= 0.01 * truth ? 1.0 : 0.0;
      scores.within_10 += off <= 0.1 * truth ? 1.0 : 0.0;
      scores.same_within_1 += same <= 0.01 * truth ? 1.0 : 0.0;
      scores.same_within_10 += same <= 0.1 * truth ? 1.0 : 0.0;
    }
  const auto all = static_cast<double>(rows.new_state.size());
  scores.negative = negative / all;
  scores.negative_mean /= all;
  for (double* each : {&scores.within_1, &scores.within_10, &scores.same_within_1, &scores.same_within_10})
    *each /= std::max(values, 1.0);
}

void score_events(const Rows& rows, const std::vector<double>& y, EmulatorScores& scores) {
  const auto count = [](EventScore& score, bool happened, bool foreseen) {
    score.happened += happened ? 1 : 0;
    score.foreseen += foreseen ? 1 : 0;
    score.both += happened && foreseen ? 1 : 0;
  };
  constexpr std::size_t kNs = kNewState - kModes, kCs = kNs + CS;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto gain = [&](const auto& from, std::size_t c) { return double{from[i * kOutputs + c]}; };
    count(scores.nucleation, gain(rows.y, kNs) > 1.0, gain(y, kNs) > 1.0);
    const double hundredth = 0.01 * rows.x[i * kInputs + kFirstState + kCs];
    count(scores.into_coarse, gain(rows.y, kCs) > hundredth, gain(y, kCs) > hundredth);
  }
}

}  // namespace

double EventScore::recall() const {
  return happened > 0 ? static_cast<double>(both) / static_cast<double>(happened) : 1.0;
}
double EventScore::precision() const {
  return foreseen > 0 ? static_cast<double>(both) / static_cast<double>(foreseen) : 1.0;
}

EmulatorScores score_emulator(const Rows& rows, const std::vector<double>& y, const std::vector<double>& new_state) {
  if (rows.size() < 2) throw core::InputError({"", "rows", fmt::format("{}", rows.size())}, "are too few for scores");
  EmulatorScores scores;
  score_tendencies(rows, y, scores);
  score_masses(rows, y, scores);
  score_states(rows, new_state, scores);
  score_events(rows, y, scores);
  return scores;
}

std::string score_table(const std::vector<EmulatorScores>& all, const std::vector<std::string>& names) {
  std::string text;
  const auto line = [&](std::string_view name, const auto& value_of) {
    text += fmt::format("{:<42}", name);
    for (std::size_t i = 0; i < all.size(); ++i) text += fmt::format(" {:>11}", value_of(i));
    text += '\n';
  };
  const auto value = [&](std::string_view name, const auto& get) {
    line(name, [&](std::size_t i) { return fmt::format("{:.4f}", get(all[i])); });
  };
  const auto small = [&](std::string_view name, double EmulatorScores::*member) {
    line(name, [&](std::size_t i) { return fmt::format("{:.1e}", all[i].*member); });
  };
  if (!names.empty()) line("", [&](std::size_t i) { return names[i]; });
  using S = EmulatorScores;
  value("R2, mean of 28 columns", [](const S& s) { return s.r2_mean; });
  value("R2 of logarithms", [](const S& s) { return s.r2_log; });
  value("root mean square error over deviations", [](const S& s) { return s.rmse; });
  small("mass bias", &S::mass_bias);
  small("mass error, root mean square", &S::mass_rmse);
  value("share of negative new values", [](const S& s) { return s.negative; });
  small("their mean", &S::negative_mean);
  value("asinh skill", [](const S& s) { return s.asinh_skill; });
  value("new values within 1 %", [](const S& s) { return s.within_1; });
  value("  of doing nothing", [](const S& s) { return s.same_within_1; });
  value("new values within 10 %", [](const S& s) { return s.within_10; });
  value("  of doing nothing", [](const S& s) { return s.same_within_10; });
  value("R2 of particles of NS where they nucleate", [](const S& s) { return s.r2_nucleating; });
  const auto event = [&](const std::string& name, EventScore S::*member) {
    value(name + ": recall", [&](const S& s) { return (s.*member).recall(); });
    value(name + ": precision", [&](const S& s) { return (s.*member).precision(); });
  };
  event("nucleation", &S::nucleation);
  event("accumulation to coarse", &S::into_coarse);
  for (std::size_t k = 0; k < kRegimes; ++k)
    value(fmt::format("R2, {}", core::name_of(static_cast<Regime>(k))), [k](const S& s) { return s.r2_regime[k]; });
  for (std::size_t c = 0; c < kOutputs; ++c)
    value(fmt::format("R2 of {}", output_name(c)), [c](const S& s) { return s.r2[c]; });
  return text;
}

}  // namespace difftrack::aerosol
