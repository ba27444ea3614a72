// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "difftrack/aerosol/boxes/rows.hpp"

namespace difftrack::aerosol {

/// How often something that happens was foreseen, and how often what was foreseen happens.
struct EventScore {
  std::size_t happened = 0, foreseen = 0, both = 0;  ///< rows
  double recall() const;                             ///< both over happened
  double precision() const;                          ///< both over foreseen
};

/// How good an emulator is: the scores of Harder et al. (Environ. Data Sci. 1 (2022) e20, section 4), whose R² a few
/// polluted rows carry, and those that see every regime and the new state itself.
struct EmulatorScores {
  std::array<double, kOutputs> r2{};  ///< by column of y
  double r2_mean = 0.0;               ///< of those
  double r2_log = 0.0;                ///< of ln(|y| + 1e-8), mean over columns
  double rmse = 0.0;                  ///< root of mean squares of errors over deviations of y
  double mass_bias = 0.0;             ///< mean sum of a species' tendencies over its mean mass, largest of four
  double mass_rmse = 0.0;             ///< root of mean squares of those sums, over the mean mass, largest
  double negative = 0.0, negative_mean = 0.0;  ///< share of new values below 0, and their mean over the column's mean
  std::array<double, kRegimes> r2_regime{};    ///< of the rows of a regime, mean over columns; NaN where there are none
  double asinh_skill = 0.0;                    ///< R² of asinh(y / median |y| of the regime), mean over columns
  double within_1 = 0.0, within_10 = 0.0;      ///< share of new values within 1 % and 10 % of the true ones
  double same_within_1 = 0.0, same_within_10 = 0.0;  ///< the same of doing nothing
  double r2_nucleating = 0.0;  ///< of particles of NS where nucleation makes over 1 per cm³ and s
  EventScore nucleation;       ///< more than 1 particle per cm³ more in NS
  EventScore into_coarse;      ///< more than 1 % more particles in CS
};

/// Scores of `y` and `new_state` that an emulator gave for rows. Throws InputError where there are fewer than two rows.
EmulatorScores score_emulator(const Rows& rows, const std::vector<double>& y, const std::vector<double>& new_state);

/// As a table to read, an emulator a column, under `names` where there are any.
std::string score_table(const std::vector<EmulatorScores>& all, const std::vector<std::string>& names = {});

}  // namespace difftrack::aerosol
