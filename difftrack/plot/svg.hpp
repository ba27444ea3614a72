// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/plot/figure.hpp"

namespace difftrack::plot {

inline constexpr double kFigureWidth = 480.0;   ///< [pixels] of the drawing's own coordinates
inline constexpr double kFigureHeight = 300.0;  ///< the same

/// The figure as one inline `<svg>` element with axes, ticks and a legend. Its colours are the classes of page_style(),
/// so that it is readable on a light and on a dark page. Throws core::InputError as check() does.
std::string svg(const Figure& figure);

/// Figures in rows of `columns` as one SVG file on white that needs no style sheet, for a page that shows pictures.
/// Throws core::InputError as check() does, or for less than one column.
std::string picture(const std::vector<Figure>& figures, int columns);

}  // namespace difftrack::plot
