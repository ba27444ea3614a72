// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "difftrack/aerosol/state.hpp"
#include "difftrack/event/io/npz.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::aerosol {

/// 500 steps with their intermediate quantities, from an independent implementation; where the folder beside the
/// repository is missing, tests that need it say so.
class Golden {
 public:
  static std::string path() { return paths::shared() + "/data/m7/golden.npz"; }
  static bool is_there() { return std::filesystem::exists(path()); }

  Golden() : file_(path()) {
    const auto met = file_.values<double>("met"), state = file_.values<double>("state0");
    cells_.resize(state.size() / kColumns);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const double* air = &met[7 * i];
      CellState cell;
      std::copy_n(&state[kColumns * i], kColumns, cell.begin());
      cells_.set(i, {air[0], air[1], air[2], air[4], air[5], air[6]}, cell);
    }
  }

  const Cells& cells() const { return cells_; }
  std::vector<double> values(const std::string& key) const { return file_.values<double>(key); }

 private:
  event::NpzFile file_;
  Cells cells_;
};

/// Largest |a - b| over 1e-9 |b| + 1e-13 of the column's maximum; both are rows of `width` columns.
inline double worst_column_error(const std::vector<double>& a, const std::vector<double>& b, std::size_t width) {
  std::vector<double> largest(width);
  for (std::size_t i = 0; i < b.size(); ++i) largest[i % width] = std::max(largest[i % width], std::abs(b[i]));
  double worst = 0.0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double error = std::abs(a[i] - b[i]), allowed = 1e-9 * std::abs(b[i]) + 1e-13 * largest[i % width];
    worst = std::max(worst, error == 0.0 ? 0.0 : std::isnan(error) ? 1e300 : error / allowed);
  }
  return worst;
}

}  // namespace difftrack::aerosol
