// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "difftrack/event/io/bytes.hpp"
#include "difftrack/event/io/row_source.hpp"

namespace difftrack::event {

/// Rows of a text: lines that begin with '#' are comments, the rest hold numbers, after a line of names (text_head.hpp
/// says where that may stand; `names` are those from outside). Fields are separated by commas, semicolons, tabs or
/// blanks; they may be in double quotes. Decimals may follow a comma where commas do not separate the fields; a file
/// that uses points, too, is refused. A column is of integers as long as all its entries in what is read at once are.
/// An empty field is NaN, with a warning; columns whose first entry is no number are left out. Throws InputError with
/// line, column and text of what is no number.
std::unique_ptr<RowSource> csv_rows(std::unique_ptr<ByteStream> text, const std::vector<std::string>& names = {});

}  // namespace difftrack::event
