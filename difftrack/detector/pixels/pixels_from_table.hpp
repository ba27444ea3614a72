// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/pixels.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::detector {

/// The name of a column of event::Pixels in files.
struct PixelName {
  std::string_view column;  ///< in the struct
  std::string_view name;    ///< in files; of the layer where the description has no other
};
/// All of them; docs/files.md lists them from here.
const std::vector<PixelName>& known_pixel_names();

/// Reads fired pixels from the columns `frame`, `x`, `y` and the layer column of the detector's mapping (form "column";
/// "layer" for any other form). x and y are pixel numbers, turned into indices [0, n) by the detector's numbering:
///   index                 0 … n-1, as it is
///   centred               -(n/2 - 1) … n/2, with 0 (the last pixel of the lower half)
///   centred-without-zero  -n/2 … -1, 1 … n/2
/// Truth is taken where all of `eventID`, `trackID`, `parentID`, `PDGEncoding` are present, beside them `secondEventID`
/// where it is there, too; energies from `edep`. Throws InputError (file, column and row, value) for a missing column,
/// a fraction, or a number outside the matrix or the detector's layers.
event::Pixels pixels_from_table(const event::Table& table, const Detector& detector);

/// True when a table looks like fired pixels rather than energy deposits: it has frame, x, y and no posX.
bool is_pixel_table(const event::Table& table);

}  // namespace difftrack::detector
