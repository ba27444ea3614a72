// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace difftrack::physics {

/// Points of one quantity: a line for our own numbers, markers for the reference. Without a label it is not in the
/// legend.
struct Series {
  std::string label;
  std::vector<double> x, y;
  bool markers = false;
  int colour = -1;  ///< number in the palette; -1: that of its place
};

/// One diagram as inline SVG (480 × 300) with axes, ticks and a legend; `log_y` needs positive values.
std::string plot_svg(const std::string& title, const std::string& x_label, const std::string& y_label,
                     const std::vector<Series>& series, bool log_y = false);

}  // namespace difftrack::physics
