// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "difftrack/event/io/bytes.hpp"
#include "difftrack/event/io/row_source.hpp"

namespace difftrack::event {

/// Rows of a text file: lines that begin with '#' are comments, the first other line names the columns, the rest are
/// numbers. Fields are separated by commas, or by semicolons or tabs where the first line has no comma; names may be
/// in double quotes. A column is of integers as long as all its entries in what is read at once are; columns whose
/// first entry is no number are skipped. Throws InputError with line, column and text of what is no number.
std::unique_ptr<RowSource> csv_rows(std::shared_ptr<const Bytes> file);

}  // namespace difftrack::event
