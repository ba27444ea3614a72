// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/plot/figure.hpp"

namespace difftrack::plot {

/// Every number of a figure, for a spreadsheet: `series,x,y` (`x_low,x_high` of a histogram's bins, `low,high` of error
/// bars where a series has some), then `x_low,x_high,y_low,y_high,value` of a heat map after an empty line. Numbers
/// with all their digits; NaN is an empty field. Throws core::InputError as check() does.
std::string csv(const Figure& figure);

/// A text as one field of a CSV: in quotes where it needs them.
std::string csv_field(const std::string& text);

}  // namespace difftrack::plot
