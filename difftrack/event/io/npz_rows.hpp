// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/row_source.hpp"

namespace difftrack::event {

/// The rows of a .npz file: the array arr_0, or the only one, or else one column per array.
///
/// As columns, an array of one dimension gives the column KEY, one of rows x n (n to 100) the columns KEY[0] to
/// KEY[n-1]. The table has the longest length, which more than half of them must share. Whatever else there is (text,
/// Python objects, types that NumPy does not know, single numbers, other lengths and shapes) is left out with a
/// warning. Throws InputError where there is no such length, where nothing is left, and for a damaged archive.
std::unique_ptr<RowSource> npz_rows(const NpzFile& file);

}  // namespace difftrack::event
