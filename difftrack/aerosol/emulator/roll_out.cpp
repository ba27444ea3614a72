// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/emulator/roll_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/m7.hpp"
#include "difftrack/aerosol/species.hpp"

namespace difftrack::aerosol {

namespace {

constexpr std::array<std::string_view, kModes> kModeNames{"NS", "KS", "AS", "CS", "KI", "AI", "CI"};

/// Numbers [1/cm³] and masses [g/cm³] by mode.
struct Totals {
  std::array<double, kModes> number{}, mass{};
};
Totals totals(const CellState& state) {
  Totals result;
  for (std::size_t k = 0; k < kModes; ++k) result.number[k] = state[number_of(k)];
  for (std::size_t j = 0; j < kMasses; ++j)
    result.mass[static_cast<std::size_t>(kMassColumns[j].mode)] +=
        state[So4Ns + j] * grams(kMassColumns[j], constants::kAcid) * to_particle_unit(kMassColumns[j]);
  return result;
}

/// All boxes on one of the two ways.
struct Fleet {
  std::vector<Box> boxes;
  std::vector<CellState> states;

  /// Weather, sources and losses of a step; the cells for what happens among the particles.
  void advance(std::int64_t step, Cells& cells) {
    cells.resize(boxes.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) cells.set(i, boxes[i].advance(step, states[i]).air, states[i]);
  }
};

void take(const StepResult& result, std::vector<CellState>& states) {
  for (std::size_t c = 0; c < kColumns; ++c)
    for (std::size_t i = 0; i < states.size(); ++i) states[i][c] = result.state[c][i];
}
void take(const EmulatedCells& result, std::vector<CellState>& states) {
  for (std::size_t c = 0; c < kNewState; ++c)
    for (std::size_t i = 0; i < states.size(); ++i) states[i][kStateColumns[c]] = result.state[c][i];
}

ModeDrift drift_of(std::size_t mode, const std::vector<CellState>& truth, const std::vector<CellState>& found) {
  ModeDrift drift;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const Totals was = totals(truth[i]), is = totals(found[i]);
    if (!(was.number[mode] > constants::kFewParticles) || !(was.mass[mode] > 0.0)) continue;
    const double least = constants::kFewParticles / was.number[mode];  // of M7's: fewer count as so many
    const double number = std::log(std::max(is.number[mode] / was.number[mode], least));
    const double mass = std::log(std::max(is.mass[mode] / was.mass[mode], least));
    ++drift.boxes;
    drift.number_drift += number;
    drift.mass_drift += mass;
    drift.number_error += number * number;
    drift.mass_error += mass * mass;
  }
  const double n = std::max(1.0, static_cast<double>(drift.boxes));
  drift.number_drift /= n;
  drift.mass_drift /= n;
  drift.number_error = std::sqrt(drift.number_error / n);
  drift.mass_error = std::sqrt(drift.mass_error / n);
  return drift;
}

/// Largest number and mass of each mode that boxes came to.
struct Extremes {
  std::vector<Totals> largest;
  explicit Extremes(std::size_t n) : largest(n) {}
  void see(const std::vector<CellState>& states) {
    for (std::size_t i = 0; i < states.size(); ++i) {
      const Totals now = totals(states[i]);
      for (std::size_t k = 0; k < kModes; ++k) {
        const auto grow = [](double& most, double value) {
          most = std::isfinite(value) ? std::max(most, value) : value;
        };
        grow(largest[i].number[k], now.number[k]);
        grow(largest[i].mass[k], now.mass[k]);
      }
    }
  }
};

std::size_t count_run_away(const Extremes& truth, const Extremes& found) {
  Totals mean;
  const auto n = static_cast<double>(truth.largest.size());
  for (const Totals& each : truth.largest)
    for (std::size_t k = 0; k < kModes; ++k) {
      mean.number[k] += each.number[k] / n;
      mean.mass[k] += each.mass[k] / n;
    }
  // A hundredth of the mean counts as nothing: ten times little is no run-away.
  const auto away = [](double is, double was, double average) { return !(is <= 10.0 * (was + 0.01 * average)); };
  std::size_t count = 0;
  for (std::size_t i = 0; i < truth.largest.size(); ++i) {
    bool any = false;
    for (std::size_t k = 0; k < kModes; ++k)
      any = any || away(found.largest[i].number[k], truth.largest[i].number[k], mean.number[k]) ||
            away(found.largest[i].mass[k], truth.largest[i].mass[k], mean.mass[k]);
    count += any ? 1 : 0;
  }
  return count;
}

}  // namespace

RollOut roll_out(const EmulatorModel& model, const RollOutConfig& config, const core::ProgressCallback& progress) {
  core::check_fields(config, "");
  const M7 step({.threads = config.threads});
  const Emulate emulate(model, {.threads = config.threads});
  Fleet truth;
  for (std::int32_t i = 0; i < config.boxes; ++i) {
    truth.boxes.emplace_back(static_cast<std::uint64_t>(config.seed), static_cast<std::uint64_t>(i), config.regime);
    truth.states.push_back(truth.boxes.back().start());
  }
  Cells cells;
  StepResult stepped;
  EmulatedCells emulated;
  for (std::int64_t t = 0; t < config.spin_up; ++t) {
    truth.advance(t, cells);
    step(cells, stepped);
    take(stepped, truth.states);
  }
  Fleet found = truth;
  Extremes most_truth(truth.boxes.size()), most_found(truth.boxes.size());
  RollOut result;
  for (std::int64_t t = 0; t < config.steps; ++t) {
    truth.advance(config.spin_up + t, cells);
    step(cells, stepped);
    take(stepped, truth.states);
    found.advance(config.spin_up + t, cells);
    emulate(cells, emulated);
    take(emulated, found.states);
    most_truth.see(truth.states);
    most_found.see(found.states);
    result.first_m7.push_back(totals(truth.states[0]).number);
    result.first_emulated.push_back(totals(found.states[0]).number);
    if (progress) progress({t + 1, config.steps, ""});
  }
  for (std::size_t k = 0; k < kModes; ++k) result.drift[k] = drift_of(k, truth.states, found.states);
  result.run_away = count_run_away(most_truth, most_found);
  return result;
}

std::string roll_out_table(const RollOut& result, const RollOutConfig& config) {
  std::string text =
      fmt::format("{} of {} boxes ran away in {} steps; ln(emulated / M7) at the end: mean, root mean square\n",
                  result.run_away, config.boxes, config.steps);
  text += fmt::format("{:<6}{:>8}{:>20}{:>20}\n", "mode", "boxes", "number", "mass");
  for (std::size_t k = 0; k < kModes; ++k) {
    const ModeDrift& d = result.drift[k];
    text += fmt::format("{:<6}{:>8}{:>11.4f} {:>8.4f}{:>11.4f} {:>8.4f}\n", kModeNames[k], d.boxes, d.number_drift,
                        d.number_error, d.mass_drift, d.mass_error);
  }
  return text;
}

std::string roll_out_csv(const RollOut& result) {
  std::string text = "step";
  for (const std::string_view model : {"m7", "emulated"})
    for (const std::string_view mode : kModeNames) text += fmt::format(",{}_N_{}", model, mode);
  text += '\n';
  for (std::size_t t = 0; t < result.first_m7.size(); ++t) {
    text += fmt::format("{}", t + 1);
    for (const auto* numbers : {&result.first_m7[t], &result.first_emulated[t]})
      for (const double number : *numbers) text += fmt::format(",{:g}", number);
    text += '\n';
  }
  return text;
}

}  // namespace difftrack::aerosol
