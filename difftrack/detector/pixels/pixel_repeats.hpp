// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "difftrack/event/pixels.hpp"

namespace difftrack::detector {

/// How often pixels fired in two successive readouts, and how often they would by chance.
struct RepeatedPixels {
  std::int64_t rows = 0;        ///< fired pixels, each once per readout
  std::int64_t duplicates = 0;  ///< further rows of a pixel in the same readout
  std::int64_t repeats = 0;     ///< of rows: the pixel fired in the readout before, too
  double by_chance = 0.0;       ///< repeats that independent firings would give

  /// Of all rows [0 to 1].
  double share() const { return rows > 0 ? static_cast<double>(repeats) / static_cast<double>(rows) : 0.0; }
  double share_by_chance() const { return rows > 0 ? by_chance / static_cast<double>(rows) : 0.0; }
  /// Whether pixels seem to stay over threshold into the next readout: more than twice the repeats that chance gives,
  /// and the excess is over 5 % of the rows and over 10 + 5 sqrt(by_chance). The 5 % bound keeps silent about pixels
  /// that fire in bursts, and about beams whose intensity varies; the last bound about small files.
  bool suspicious() const;
};

/// Counts pixels that fired in the readout before: that whose frame number is one less.
///
/// A pixel that fired in n of F readouts, independently, fired in both readouts of any pair with probability
/// n (n - 1) / (F (F - 1)); with A pairs of successive numbers among the readouts of the file, chance gives
/// A sum over pixels of n (n - 1) / (F (F - 1)) repeats, hot pixels included, each at its own rate. That takes rates
/// for constant in time. Long pulses raise the n of their pixels, too, so the estimate is rather too high.
///
/// Rows in any order, any frame numbers. Linear after a sort. Throws InputError when columns differ in length.
RepeatedPixels find_repeats(const event::Pixels& pixels);

/// Leaves out rows of pixels that fired in the readout before: of a pixel that fires in readouts f, f + 1 and f + 2
/// only the row of f stays. A pixel that is listed several times in one readout keeps its first row. Rows that stay
/// keep their order. Throws InputError as find_repeats does.
event::Pixels drop_repeats(const event::Pixels& pixels);

}  // namespace difftrack::detector
