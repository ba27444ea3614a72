// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>

#include "difftrack/aerosol/boxes/rows.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/core/progress.hpp"

namespace difftrack::aerosol {

/// Sends boxes of air through M7 and writes down some of their steps.
///
/// A box runs for a while until it has forgotten how it began, then each of its rows is a step some steps after the
/// last. A row is what M7 makes of the row's 32-bit numbers, in 64 bits, and the box goes on from there. Some rows are
/// disturbed: states near those that boxes come to (state by 40 %, humidity by 10 %, temperature by 2 K).
/// Same seed, same rows, for any number of threads; box `i` is the same in runs of any number of boxes.
class SampleBoxes {
 public:
  /// How many rows, and of what.
  struct Config {
    std::int64_t boxes = 90000;
    std::int32_t samples = 5;
    std::int64_t seed = 1;
    Regime regime = Regime::All;
    double disturbed = 0.1;
    std::int32_t least_spin_up = 16, most_spin_up = 59;
    std::int32_t least_spacing = 2, most_spacing = 10;
    std::int32_t threads = 0;

    static constexpr auto fields() {
      using C = Config;
      using core::field;
      return std::tuple{
          field("boxes", &C::boxes, "", {1, 1e8}, "Number of boxes."),
          field("samples", &C::samples, "", {1, 100000}, "Number of rows of each box."),
          field("seed", &C::seed, "", {0, 9e18}, "Seed: the same one gives the same rows."),
          field("regime", &C::regime, "", "Kind of air of all boxes."),
          field("disturbed", &C::disturbed, "", {0, 1}, "Share of rows whose state and air are disturbed."),
          field("least_spin_up", &C::least_spin_up, "", {0, 100000}, "Steps before a box's first row, the least."),
          field("most_spin_up", &C::most_spin_up, "", {0, 100000}, "Steps before a box's first row, the most."),
          field("least_spacing", &C::least_spacing, "", {1, 100000}, "Steps from row to row, the least."),
          field("most_spacing", &C::most_spacing, "", {1, 100000}, "Steps from row to row, the most."),
          field("threads", &C::threads, "", {0, 1024},
                "Number of threads, without effect on the result; 0: all cores.")};
    }
  };

  /// Throws InputError where the least is more than the most.
  explicit SampleBoxes(const Config& config);

  /// All rows, box after box: boxes times samples.
  Rows operator()(const core::ProgressCallback& progress = {}) const;
  /// Rows of the boxes from number `first` on, `count` of them.
  Rows operator()(std::int64_t first, std::int64_t count, const core::ProgressCallback& progress = {}) const;

 private:
  Config config_;
};

}  // namespace difftrack::aerosol
