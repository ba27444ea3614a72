// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/aerosol/boxes/rows.hpp"
#include "difftrack/event/io/npz_writer.hpp"

namespace difftrack::aerosol {

/// Writes rows into a .npz, one array per member of Rows under its name, with the names and units of the columns of x
/// and y, the names of the regimes, dt [s] and, as `command`, what made them. Throws InputError when the disk is full.
void write_rows(event::NpzWriter& out, const Rows& rows, const std::string& command);

/// The array x of a .npz, [n, 32]; n rows of what an emulator is asked for.
///
/// Throws InputError (file, row and column of x, value) for values that no air has: negative masses, numbers and gas, a
/// humidity or a cover above 1, temperatures outside 150 to 350 K, pressures below 2000 Pa (a file in hPa) or above
/// 120,000, less gas than is produced; for a column too few or in another place, and for what is no number.
std::vector<float> read_input_rows(const std::string& path);

/// Rows to learn from: x checked as above, y, and the members of Rows that scores need.
/// Throws InputError where arrays are missing or have different numbers of rows.
Rows read_rows(const std::string& path);

}  // namespace difftrack::aerosol
