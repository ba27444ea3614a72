// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace difftrack::plot {

/// One axis of a figure. Units are part of the label, as in "depth [mm]".
struct Axis {
  std::string label;
  bool logarithmic = false;             ///< values <= 0 are left out of the drawing then, not out of the CSV
  std::optional<double> low = {};       ///< where it begins; none: so that all data are inside
  std::optional<double> high = {};      ///< where it ends; none: the same
  std::vector<std::string> names = {};  ///< of the positions 0, 1, … in place of numbers
};

/// How the values of a series are drawn.
enum class Mark {
  Line,    ///< a line from point to point
  Points,  ///< a circle at each point
  Steps,   ///< a histogram: y[i] from x[i] to x[i + 1], so x has one more value than y
};

/// Values of one quantity; NaN leaves a gap.
struct Series {
  std::string label;  ///< in the legend; empty: not there
  std::vector<double> x;
  std::vector<double> y;
  Mark mark = Mark::Line;
  std::vector<double> low = {};   ///< lower ends of the error bars, one per y, or none at all
  std::vector<double> high = {};  ///< upper ends
  int colour = -1;                ///< number in the palette of eight; -1: that of its place in the figure
};

/// Values over a grid of cells, drawn as shades; with numbers in the cells it is a matrix.
struct HeatMap {
  std::vector<double> x_edges;  ///< columns + 1, ascending
  std::vector<double> y_edges;  ///< rows + 1, ascending
  std::vector<double> values;   ///< row by row; NaN leaves a cell empty
  std::string label;            ///< what the values are
  bool numbers = false;         ///< writes each value into its cell
};

/// A diagram as data: what is drawn, and what its CSV holds.
struct Figure {
  std::string title;
  Axis x;
  Axis y;
  std::vector<Series> series = {};
  std::optional<HeatMap> map = {};  ///< behind the series
  std::string note = {};            ///< a sentence below: what is seen, and how it was made
};

/// Counts of `values` in `bins` equal bins of [low, high); values outside are not counted. Throws core::InputError for
/// no bins or high <= low.
Series histogram(const std::string& label, std::span<const double> values, double low, double high, int bins);

/// A matrix with named rows (from the top) and columns; `values` row by row.
Figure matrix(const std::string& title, const std::vector<std::string>& rows, const std::vector<std::string>& columns,
              const std::vector<double>& values, const std::string& label);

/// Throws core::InputError (title, part, value) where the sizes of x, y, error bars, edges and values do not fit.
void check(const Figure& figure);

}  // namespace difftrack::plot
