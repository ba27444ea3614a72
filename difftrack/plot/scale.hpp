// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <vector>

namespace difftrack::plot {

/// The map from values to pixels along one axis, linear or logarithmic.
class Scale {
 public:
  /// `from` and `to` [pixels] are where the axis begins and ends.
  Scale(double from, double to, bool logarithmic) : from_(from), to_(to), logarithmic_(logarithmic) {}

  bool shows(double value) const;     ///< finite, and positive where the axis is logarithmic
  void include(double value);         ///< widens the range so that the value lies inside, if it can be shown
  void widen(double share);           ///< leaves a margin on both sides; gives an empty or single range a width
  void raise(double share);           ///< leaves this much more room above
  void set_low(double value);         ///< the axis begins here
  void set_high(double value);        ///< the axis ends here
  double pixel(double value) const;   ///< of a value that can be shown; values outside lie outside
  std::vector<double> ticks() const;  ///< round values inside the range, ascending: about six, or 1, 2, 5 of a decade

 private:
  double scaled(double value) const;

  double from_, to_;
  bool logarithmic_;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -std::numeric_limits<double>::infinity();
};

}  // namespace difftrack::plot
